/* SPDX-License-Identifier: MIT
 *
 * A client that waits for its daemon to serve, joins, sends at its rate, and prints every regular
 * notice: the time in microseconds of the monotonic clock, which is that of all hosts of a lab, and
 * how many members there are.
 */
#include <poll.h>
#include <stdio.h>
#include <time.h>

#include "bench/measure.h"

enum { MEMBERS_MAX = 64, RETRY_US = 1000, GIVE_UP_US = 30000000 };

static mailbox connect_soon(const struct setup *s, char self[MAX_GROUP_NAME])
{
    uint64_t end = now_us() + GIVE_UP_US;
    mailbox mbox;
    int code;
    while ((code = SP_connect(s->daemon, NULL, 0, 1, &mbox, self)) != ACCEPT_SESSION) {
        if (now_us() > end)
            give_up("cannot connect", code);
        nanosleep(&(struct timespec){.tv_nsec = RETRY_US * 1000L}, NULL);
    }
    return mbox;
}

/* False once the daemon is gone. */
static int receive_one(mailbox mbox)
{
    static char body[144000], groups[MEMBERS_MAX][MAX_GROUP_NAME];
    char sender[MAX_GROUP_NAME];
    service type = 0;
    int16 kind;
    int members, swapped;
    int n = SP_receive(mbox, &type, sender, MEMBERS_MAX, &members, groups, &kind, &swapped,
                       sizeof body, body);
    if (n < 0)
        return 0;
    if (Is_reg_memb_mess(type)) {
        printf("%llu %d\n", (unsigned long long)now_us(), members);
        fflush(stdout);
    }
    return 1;
}

void bench_watch(const struct setup *s)
{
    static const char body[144000];
    char self[MAX_GROUP_NAME];
    mailbox mbox = connect_soon(s, self);
    uint64_t gap = s->rate ? 1000000u / (uint64_t)s->rate : 0, due = now_us();

    SP_join(mbox, "bench");
    for (;;) {
        uint64_t now = now_us();
        if (gap && now >= due) {
            due += gap;
            if (SP_multicast(mbox, s->service, "bench", 0, s->size, body) < 0)
                return;
            continue;
        }
        struct pollfd p = {.fd = mbox, .events = POLLIN};
        uint64_t us = gap ? due - now : GIVE_UP_US;
        struct timespec wait = {.tv_sec = (time_t)(us / 1000000),
                                .tv_nsec = (long)(us % 1000000) * 1000};
        if (ppoll(&p, 1, &wait, NULL) == 1 && !receive_one(mbox))
            return;
    }
}
