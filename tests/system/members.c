/* SPDX-License-Identifier: MIT
 *
 * members - many connections in one group, each of which must be told who is in it.
 *
 * usage: members -s DAEMON -n COUNT -u NAME -j GROUP
 *
 * A line N on standard input is answered, when the newest notice of every connection has N members
 * and all of these notices are alike, by the group id and a number computed from the list. Status
 * 2: a notice was wrong in itself.
 */
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/system/record.h"

enum { CONNECTIONS_MAX = 900 };

struct member {
    mailbox mbox;
    char self[MAX_GROUP_NAME];
    int count; /* in the newest notice */
    group_id id;
    uint64_t list;
};

struct crowd {
    struct member members[CONNECTIONS_MAX];
    struct pollfd fds[CONNECTIONS_MAX + 1]; /* the last is standard input */
    int count;
    int awaited; /* 0: nothing was asked */
    bool over;
};

static void give_up(const char *who, const char *what)
{
    fprintf(stderr, "members: %s: %s\n", who, what);
    exit(2);
}

static uint64_t hash_of(const struct taken *t)
{
    uint64_t h = 1469598103934665603u;
    const unsigned char *bytes = (const unsigned char *)t->groups;
    for (size_t i = 0; i < (size_t)t->group_count * MAX_GROUP_NAME; i++)
        h = (h ^ bytes[i]) * 1099511628211u;
    return h;
}

static void receive(struct member *m)
{
    static struct taken t;
    membership_info info;
    int swapped;
    t.type = 0;
    memset(t.groups, 0, sizeof(t.groups[0]) * (size_t)(m->count + 1)); /* names end with noughts */
    int n = SP_receive(m->mbox, &t.type, t.sender, RECORD_MEMBERS_MAX, &t.group_count, t.groups,
                       &t.kind, &swapped, sizeof t.body, t.body);
    if (n < 0)
        give_up(m->self, "the connection is lost");
    if (!Is_reg_memb_mess(t.type))
        return;
    SP_get_memb_info(t.body, t.type, &info);
    if (t.kind < 0 || t.kind >= t.group_count || strcmp(t.groups[t.kind], m->self) != 0)
        give_up(m->self, "its place in the list is not its own");
    m->count = t.group_count;
    m->id = info.gid;
    m->list = hash_of(&t);
}

static void start(struct crowd *c, const char *daemon, const char *name, const char *group)
{
    for (int i = 0; i < c->count; i++) {
        struct member *m = &c->members[i];
        char full[MAX_GROUP_NAME];
        snprintf(full, sizeof full, "%.4s%d", name, i);
        if (SP_connect(daemon, full, 0, 1, &m->mbox, m->self) != ACCEPT_SESSION)
            give_up(full, "does not get in");
        if (SP_join(m->mbox, group) < 0)
            give_up(full, "cannot join");
        c->fds[i] = (struct pollfd){.fd = m->mbox, .events = POLLIN};
    }
    c->fds[c->count] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
}

static bool all_agree(const struct crowd *c)
{
    const struct member *first = &c->members[0];
    for (int i = 0; i < c->count; i++) {
        const struct member *m = &c->members[i];
        if (m->count != c->awaited || m->list != first->list ||
            memcmp(&m->id, &first->id, sizeof m->id) != 0)
            return false;
    }
    return true;
}

static void answer(struct crowd *c)
{
    const struct member *m = &c->members[0];
    if (c->awaited == 0 || !all_agree(c))
        return;
    printf("%d.%d.%d %llx\n", m->id.id[0], m->id.id[1], m->id.id[2], (unsigned long long)m->list);
    fflush(stdout);
    c->awaited = 0;
}

static void run(struct crowd *c)
{
    char line[64];
    while (!c->over) {
        poll(c->fds, (nfds_t)c->count + 1, -1);
        for (int i = 0; i < c->count; i++)
            if (c->fds[i].revents)
                receive(&c->members[i]);
        if (c->fds[c->count].revents) {
            ssize_t n = read(STDIN_FILENO, line, sizeof line - 1);
            line[n > 0 ? n : 0] = '\0';
            c->over = n <= 0;
            c->awaited = atoi(line);
        }
        answer(c);
    }
}

int main(int argc, char **argv)
{
    static struct crowd c;
    const char *daemon = NULL, *name = NULL, *group = NULL;
    for (int letter; (letter = getopt(argc, argv, "s:n:u:j:")) != -1;) {
        if (letter == 's')
            daemon = optarg;
        else if (letter == 'n')
            c.count = atoi(optarg);
        else if (letter == 'u')
            name = optarg;
        else if (letter == 'j')
            group = optarg;
        else
            return 1;
    }
    if (!daemon || !name || !group || c.count < 1 || c.count > CONNECTIONS_MAX)
        return 1;
    start(&c, daemon, name, group);
    run(&c);
    return 0;
}
