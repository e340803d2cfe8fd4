/* SPDX-License-Identifier: MIT */
#include "tests/sim/alive_check.h"

#include "tests/sim/rest_check.h"

enum { LOOK_US = 20 * USEC_MS, DRAIN_US = 10 * USEC_SECOND };

usec alive_meeting_limit(const struct conf *c)
{
    const struct conf_timeouts *t = &c->timeouts;
    return (usec)(t->lookup + 2 * (t->seg + t->gather + t->form)) * USEC_MS;
}

static bool run_until_together(struct world *w, const struct procset *set, bool exact, usec end)
{
    while (!world_is_together(w, set, exact)) {
        if (w->verdict.broken || w->now >= end)
            return false;
        usec next = heap_next(&w->heap);
        world_run(w, next < end ? next : end);
    }
    return true;
}

static uint32_t views_of(const struct world *w, const struct procset *set)
{
    uint32_t views = 0;
    for procset_each(i, set)
        views += w->processes[i].views;
    return views;
}

bool alive_must_meet(struct world *w, const struct procset *set, bool exact, usec quiet,
                     usec *took)
{
    usec begin = w->now, end = begin + alive_meeting_limit(w->conf);
    while (run_until_together(w, set, exact, end)) {
        uint32_t views = views_of(w, set);
        *took = w->now - begin;
        world_run(w, w->now + quiet);
        if (views_of(w, set) == views && world_is_together(w, set, exact))
            return !w->verdict.broken;
    }
    verdict_break(&w->verdict, "L1", "not in one view that lasts, %llu ms after the last fault",
                  (unsigned long long)((w->now - begin) / USEC_MS));
    return false;
}

void alive_must_stay(struct world *w, const struct procset *set, usec how_long, uint32_t allowed)
{
    uint32_t before = views_of(w, set), most = allowed * (uint32_t)procset_count(set);
    world_run(w, w->now + how_long);
    if (views_of(w, set) - before > most)
        verdict_break(&w->verdict, "L2", "%u new views within %llu ms of nothing new",
                      views_of(w, set) - before, (unsigned long long)(how_long / USEC_MS));
    if (!world_is_together(w, set, false))
        verdict_break(&w->verdict, "L2", "not in one view any more, though nothing has happened");
}

/* -- P1 ------------------------------------------------------------------------------------ */

/* What of the messages of some daemons is not with everybody yet: nothing only if all is 0. The sum may
 * grow while what a client has written is taken up, for that counts in bytes before and in packets then.
 * Of clients that depart in parts, of which one is in the order at a time, the others show in departing
 * alone. */
struct left {
    uint64_t packets, backlog, at_work, departing, written;
};

static struct left left_of(const struct world *w, const struct procset *set)
{
    struct left l = {0};
    for procset_each(i, set) {
        const struct process *p = &w->processes[i];
        if (!p->daemon)
            continue; /* it was leaving, and has left */
        struct ring_counters c = core_counters(daemon_core(p->daemon));
        l.packets += c.high - c.aru + c.high - c.own_aru;
        l.backlog += core_backlog(daemon_core(p->daemon));
        l.at_work += !core_is_idle(daemon_core(p->daemon)) || daemon_is_behind(p->daemon);
        l.departing += rest_of_departures(p->daemon);
        l.written += rest_of_requests(p->daemon);
        for (const struct client *k = p->clients; k; k = k->next)
            l.written += k->out_len;
    }
    return l;
}

static uint64_t sum_of(const struct left *l)
{
    return l->packets + l->backlog + l->at_work + l->departing + l->written;
}

bool alive_must_run_dry(struct world *w, const struct procset *set)
{
    struct left left = left_of(w, set);
    uint64_t least = sum_of(&left);
    usec end = w->now + DRAIN_US;
    while (sum_of(&left) > 0 && w->now < end && !w->verdict.broken) {
        world_run(w, w->now + LOOK_US);
        left = left_of(w, set);
        if (sum_of(&left) < least) {
            least = sum_of(&left);
            end = w->now + DRAIN_US;
        }
    }
    if (!w->verdict.broken && sum_of(&left) > 0)
        verdict_break(&w->verdict, "P1",
                      "queues that have not become shorter in %d s: %llu packets, %llu messages, "
                      "%llu bytes of clients, %llu of departures, %llu daemons at work",
                      (int)(DRAIN_US / USEC_SECOND), (unsigned long long)left.packets,
                      (unsigned long long)left.backlog, (unsigned long long)left.written,
                      (unsigned long long)left.departing, (unsigned long long)left.at_work);
    return !w->verdict.broken;
}

void alive_must_drain(struct world *w, const struct procset *set, struct order_check *order,
                      struct group_check *groups)
{
    if (!alive_must_run_dry(w, set))
        return;
    if (!world_in_one_view(w, set))
        return; /* PARTIAL: a daemon has come or gone meanwhile */
    order_check_rest(order, set);
    group_check_rest(groups, set);
    rest_check(w, set);
}
