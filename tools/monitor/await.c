/* SPDX-License-Identifier: MIT */
#include "tools/monitor/await.h"

#include <poll.h>

#include "daemon/io/clock.h"

enum {
    ASK_US = 200 * USEC_MS, /* between queries to a daemon */
    SILENCE_US = USEC_SECOND,
};

void await_init(struct await *a, const struct station *s, usec limit)
{
    *a = (struct await){.station = s, .until = clock_now() + limit};
}

static void ask(const struct await *a, const struct procset *who)
{
    for procset_each(i, who)
        station_ask_status(a->station, i);
}

/* Waits for one report until then. False: none came. */
static bool next_report(struct await *a, usec until, struct station_report *r)
{
    struct pollfd fd = {.fd = a->station->fd, .events = POLLIN};
    for (usec now; (now = clock_now()) < until;) {
        enum station_news news = station_receive(a->station, r);
        if (news == STATION_REPORT) {
            procset_add(&a->answered, (unsigned)r->daemon);
            a->reports[r->daemon] = *r;
            return true;
        }
        if (news == STATION_QUIET)
            poll(&fd, 1, (int)((until - now) / USEC_MS) + 1);
    }
    return false;
}

struct procset await_reports(struct await *a, const struct procset *who, await_test *test,
                             const void *expected)
{
    struct procset left = *who;
    struct station_report r;
    while (!procset_empty(&left) && clock_now() < a->until) {
        usec ask_again = usec_earlier(clock_now() + ASK_US, a->until);
        ask(a, &left);
        while (!procset_empty(&left) && next_report(a, ask_again, &r))
            if (test(expected, a->station->conf, &r))
                procset_remove(&left, (unsigned)r.daemon);
    }
    return left;
}

struct procset await_silence(struct await *a, const struct procset *who)
{
    struct procset left = *who;
    struct station_report r;
    usec heard[PROCS_MAX];
    for procset_each(i, who)
        heard[i] = clock_now();
    while (!procset_empty(&left) && clock_now() < a->until) {
        usec ask_again = usec_earlier(clock_now() + ASK_US, a->until);
        ask(a, &left);
        while (next_report(a, ask_again, &r))
            heard[r.daemon] = clock_now();
        for procset_each(i, &left)
            if (clock_now() - heard[i] >= SILENCE_US)
                procset_remove(&left, (unsigned)i);
    }
    return left;
}
