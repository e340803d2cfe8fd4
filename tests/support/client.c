/* SPDX-License-Identifier: MIT */
#include "tests/support/client.h"

#include <poll.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/test.h"

mailbox client_connect(const char *daemon, const char *name, char *group)
{
    mailbox m = -1;
    char private_group[MAX_GROUP_NAME];
    int code, tries = 0;
    /* The name of a mailbox that was just left may be taken for a moment still. */
    while ((code = SP_connect(daemon, name, 0, 1, &m, group ? group : private_group)) ==
               REJECT_NOT_UNIQUE &&
           ++tries < 5000)
        poll(NULL, 0, 1);
    if (code != ACCEPT_SESSION) {
        sp_end why = {.text = ""};
        SP_last_end(-1, &why);
        fail_msg("SP_connect: %d, %s", code, why.text);
    }
    return m;
}

int client_receive_into(mailbox m, struct received *r, int max_groups, int max_len)
{
    r->result = SP_receive(m, &r->type, r->sender, max_groups, &r->num_groups, r->groups,
                           &r->mess_type, &r->endian_mismatch, max_len, r->body);
    return r->result;
}

int client_receive(mailbox m, struct received *r)
{
    r->type = 0;
    int len = client_receive_into(m, r, CLIENT_GROUPS, CLIENT_BODY);
    if (len < 0)
        fail_msg("SP_receive: %d, %s", len, SP_strerror(len));
    return len;
}

void client_join(mailbox m, const char *group)
{
    static struct received r;
    assert_int_equal(SP_join(m, group), 0);
    client_receive(m, &r);
    assert_int_equal(r.type, REG_MEMB_MESS | CAUSED_BY_JOIN);
    assert_string_equal(r.sender, group);
}

bool client_readable(mailbox m, int wait_ms)
{
    struct pollfd p = {.fd = m, .events = POLLIN};
    return poll(&p, 1, wait_ms) == 1 && (p.revents & POLLIN);
}

static long now_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

void client_last_end(mailbox m, sp_end *end)
{
    const long patience_ms = 2000; /* of the library, which calls it the network then */
    long began;
    int tries = 0;
    do {
        began = now_ms();
        assert_int_equal(SP_last_end(m, end), 0);
    } while (end->reason == SP_END_NETWORK && now_ms() - began >= patience_ms && ++tries < 20);
}

int client_room_for(int descriptors)
{
    const rlim_t others = 64; /* those the test has already */
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    limit.rlim_cur = limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    rlim_t room = limit.rlim_cur - others;
    return room < (rlim_t)descriptors ? (int)room : descriptors;
}

bool client_selectable(mailbox m)
{
    fd_set set;
    struct timeval now = {0, 0};
    FD_ZERO(&set);
    FD_SET(m, &set);
    return select(m + 1, &set, NULL, NULL, &now) == 1;
}

void client_error_text(int error, char *text, size_t size)
{
    int ends[2], before;
    fflush(stdout);
    assert_int_equal(pipe(ends), 0);
    before = dup(1);
    dup2(ends[1], 1);
    SP_error(error);
    fflush(stdout);
    dup2(before, 1);
    close(before);
    close(ends[1]);
    ssize_t n = read(ends[0], text, size - 1);
    close(ends[0]);
    assert_true(n > 0);
    text[n] = '\0';
}
