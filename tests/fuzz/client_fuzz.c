/* SPDX-License-Identifier: MIT
 *
 * What a daemon may say to the library: handshake replies, then messages, received into buffers of
 * all sizes; and membership bodies, taken apart.
 *
 * The first four bytes say how: whether a handshake comes first, room for groups, room for the body
 * and in how many pieces, whether to drop what does not fit. The rest is what the daemon says.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "include/sp.h"
#include "libspread/handshake.h"
#include "libspread/mailbox.h"

enum { CHOICES = 4, SAID_MAX = 100000, GROUPS_MAX = 64, PIECES = 7 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool true_for_sure)
{
    if (!true_for_sure)
        abort();
}

struct room {
    int groups;
    size_t body;
    size_t pieces;
    service flags;
};

/* A socket in which len bytes and then the end wait; they fit its buffer. */
static int hearing(const uint8_t *said, size_t len)
{
    int ends[2];
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
    must(fcntl(ends[1], F_SETFL, O_NONBLOCK) == 0);
    must(send(ends[1], said, len, MSG_NOSIGNAL) == (ssize_t)len);
    close(ends[1]);
    return ends[0];
}

/* Memory of exactly the room there is, in pieces of its own each: no overrun stays unseen. */
static scatter *scatter_new(const struct room *room)
{
    scatter *s = calloc(1, sizeof *s);
    must(s != NULL);
    s->num_elements = room->pieces;
    for (size_t i = 0; i < room->pieces; i++) {
        size_t len = room->body / room->pieces + (i < room->body % room->pieces);
        s->elements[i] = (scat_element){malloc(len), len};
    }
    return s;
}

static void scatter_free(scatter *s)
{
    for (size_t i = 0; i < s->num_elements; i++)
        free(s->elements[i].buf);
    free(s);
}

/* The body again, as long as it is, through the helpers. */
static void take_apart(scatter *s, size_t len, service type)
{
    membership_info info;
    vs_set_info sets[8];
    char members[8][MAX_GROUP_NAME];
    unsigned int own = 0;
    size_t lens[PIECES], left = len;
    for (size_t i = 0; i < s->num_elements; i++) {
        lens[i] = s->elements[i].len;
        s->elements[i].len = left < lens[i] ? left : lens[i];
        left -= s->elements[i].len;
    }
    SP_scat_get_memb_info(s, type, &info);
    int count = SP_scat_get_vs_sets_info(s, sets, 8, &own);
    must(count <= 8);
    for (int i = 0; i < count; i++)
        must(SP_scat_get_vs_set_members(s, &sets[i], members, 8) <= 8);
    for (size_t i = 0; i < s->num_elements; i++)
        s->elements[i].len = lens[i];
}

static bool receive(mailbox m, const struct room *room)
{
    service type = room->flags;
    char sender[MAX_GROUP_NAME];
    char(*groups)[MAX_GROUP_NAME] = malloc((size_t)room->groups * MAX_GROUP_NAME);
    int num_groups, mismatch;
    int16 mess_type;
    scatter *s = scatter_new(room);
    int len = SP_scat_receive(m, &type, sender, room->groups, &num_groups, groups, &mess_type,
                              &mismatch, s);
    must(len <= (int)room->body && SP_poll(m) >= 0);
    if (len >= 0) {
        must(num_groups <= room->groups);
        if (Is_reg_memb_mess(type))
            take_apart(s, (size_t)len, type);
    }
    scatter_free(s);
    free(groups);
    return len >= 0 || len == BUFFER_TOO_SHORT || len == GROUPS_TOO_SHORT;
}

static void receive_all(mailbox m, const struct room *room)
{
    static const struct room enough = {GROUPS_MAX, SAID_MAX, 1, DROP_RECV};
    while (receive(m, room) && receive(m, &enough))
        continue;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < CHOICES || size > SAID_MAX)
        return -1;
    struct room room = {.groups = data[1] % GROUPS_MAX,
                        .body = (size_t)data[2] * data[2] / 8,
                        .pieces = 1 + data[3] % PIECES,
                        .flags = data[3] & 0x80 ? DROP_RECV : 0};
    struct handshake h = {.private_name = "fuzz"};
    usec deadline = NEVER;
    struct connection *c = connection_new();
    must(c != NULL);
    c->fd = hearing(data + CHOICES, size - CHOICES);
    if (data[0] & 1 && handshake_run(&h, (struct channel){.fd = c->fd}, &deadline) != ACCEPT_SESSION) {
        connection_free(c);
        return 0;
    }
    must(memchr(h.private_group, '\0', sizeof h.private_group) != NULL);
    memcpy(c->private_group, h.private_group, sizeof c->private_group);
    readahead_init(&c->incoming, (struct channel){.fd = c->fd}, c->shared, c->born);
    mailbox m = c->fd;
    must(mailbox_open(c));
    receive_all(m, &room);
    SP_kill(m);
    return 0;
}
