/* SPDX-License-Identifier: MIT */
#include "tools/monitor/await.h"

#include <poll.h>

#include "daemon/io/clock.h"

enum {
    ASK_US = 200 * USEC_MS, /* between queries to a daemon */
    SILENCE = 5,              /* so many in a row that were not answered; 1 s */
};

void await_init(struct await *a, const struct station *s, usec limit)
{
    *a = (struct await){.station = s, .until = clock_now() + limit};
}

bool await_differs(const struct await *a, unsigned daemon)
{
    return procset_has(&a->told, daemon) && a->hashes[daemon] != a->station->conf->hash;
}

static void ask(const struct await *a, const struct procset *who)
{
    for procset_each(i, who) {
        if (a->peers)
            station_ask_peers(a->station, i);
        station_ask_status(a->station, i);
        station_ask_hash(a->station, i);
    }
}

static void note(struct await *a, enum station_news news, const struct station_report *r)
{
    if (news == STATION_REPORT) {
        procset_add(&a->answered, (unsigned)r->daemon);
        a->reports[r->daemon] = *r;
    } else if (news == STATION_HASH) {
        procset_add(&a->told, (unsigned)r->daemon);
        a->hashes[r->daemon] = r->hash;
    } else if (news == STATION_PEERS && a->peers) {
        procset_add(&a->peers_told, (unsigned)r->daemon);
        a->peers[r->daemon] = r->peers;
    }
}

/* Waits for one report, or hash, until then. STATION_QUIET: none came. */
static enum station_news next_news(struct await *a, usec until, struct station_report *r)
{
    struct pollfd fd = {.fd = a->station->fd, .events = POLLIN};
    for (usec now; (now = clock_now()) < until;) {
        enum station_news news = station_receive(a->station, r);
        note(a, news, r);
        if (news == STATION_REPORT || news == STATION_HASH)
            return news;
        if (news == STATION_QUIET)
            poll(&fd, 1, (int)((until - now) / USEC_MS) + 1);
    }
    return STATION_QUIET;
}

/* Those of left of whom there is something to be hoped for. */
static struct procset hopeful(const struct await *a, const struct procset *left)
{
    struct procset some = *left;
    for procset_each(i, left)
        if (!a->patient && await_differs(a, (unsigned)i))
            procset_remove(&some, (unsigned)i);
    return some;
}

struct procset await_reports(struct await *a, const struct procset *who, await_test *test,
                             const void *expected)
{
    struct procset left = *who, asked;
    struct station_report r;
    enum station_news news;
    while (asked = hopeful(a, &left), !procset_empty(&asked) && clock_now() < a->until) {
        usec ask_again = usec_earlier(clock_now() + ASK_US, a->until);
        ask(a, &asked);
        while (!procset_empty(&asked) && (news = next_news(a, ask_again, &r)) != STATION_QUIET) {
            if (news == STATION_REPORT && test(expected, a->station->conf, &r))
                procset_remove(&left, (unsigned)r.daemon);
            asked = hopeful(a, &left);
        }
    }
    return left;
}

/* Silence is counted in queries, not read off a clock: when we were stopped for a second ourselves, nobody
 * was silent but we. */
struct procset await_silence(struct await *a, const struct procset *who)
{
    struct procset left = *who;
    struct station_report r;
    int unanswered[PROCS_MAX] = {0};
    while (!procset_empty(&left) && clock_now() < a->until) {
        usec ask_again = usec_earlier(clock_now() + ASK_US, a->until);
        for procset_each(i, &left)
            unanswered[i]++;
        ask(a, &left);
        while (next_news(a, ask_again, &r) != STATION_QUIET)
            unanswered[r.daemon] = 0;
        for procset_each(i, &left)
            if (unanswered[i] >= SILENCE)
                procset_remove(&left, (unsigned)i);
    }
    return left;
}
