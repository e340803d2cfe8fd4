/* SPDX-License-Identifier: MIT
 *
 * search.h - who is there? seg.c has SEG and REPD, gather.c GATHER, stopped.c what the old ring still says
 * in any of them.
 */
#ifndef SPREAD_MEMBERSHIP_SEARCH_H
#define SPREAD_MEMBERSHIP_SEARCH_H

#include "daemon/membership/inside.h"

handler seg_alive, seg_join, seg_probe, seg_refer, repd_alive, repd_join, repd_probe;
handler gather_alive, gather_join, gather_refer, gather_probe;
handler stopped_data, stopped_suspect, stopped_leave;
timer_handler seg_start, seg_decide, seg_say_alive, repd_give_up, gather_say_join, gather_decide;
timer_handler gather_give_up;
struct move seg_begin(struct core *c, usec now);
struct move gather_begin(struct core *c, usec now);

static inline struct hearing hearing_of(const struct core *c)
{
    return (struct hearing){.peers = c->peers,
                            .count = c->peer_count,
                            .self = self_of(c),
                            .inc = c->inc32,
                            .since = c->gathering.began};
}

/* Those who are missing get so much time, from now on, to be heard. */
static inline void await_quiet(struct core *c, uint32_t limit_ms, usec now)
{
    arm(c, T_QUIET, now + gathering_quiet_time(pace_rotation(&c->pace),
                                               (unsigned)pace_health(&c->pace, now), ms(limit_ms)));
}

/* The state has lasted as long as it may. */
static inline bool has_lasted(const struct core *c, uint32_t limit_ms, usec now)
{
    return now >= c->entered_at + ms(limit_ms);
}

/* Of the old ring's members those that the configuration still has. */
static inline struct procset old_members(const struct core *c)
{
    struct procset old = ring_members(c->ring)->in;
    for (unsigned i = FIRST_GHOST; i < PROCS_MAX; i++)
        procset_remove(&old, i);
    return old;
}

#endif
