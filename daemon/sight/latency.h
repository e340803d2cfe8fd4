/* SPDX-License-Identifier: MIT
 *
 * latency.h - how long messages of this daemon's clients take from when they are submitted until they
 * are delivered here, by service.
 *
 * They come back in the order in which they were submitted, so a queue of times is enough, with one entry
 * for all that were submitted at one time: a burst of 500 that was read at once is one. Those of them that
 * are delivered at one time are counted together, too: they make a run. So most messages take one comparison
 * on their way in and three on their way out, and no clock is read for them.
 */
#ifndef SPREAD_SIGHT_LATENCY_H
#define SPREAD_SIGHT_LATENCY_H

#include <stdbool.h>

#include "daemon/base/histogram.h"

struct stamp {
    uint64_t up_to; /* the last message that was submitted then, counted from 1; of the last stamp it is
                       the last of all */
    usec at;
};

struct latency {
    uint64_t submitted, delivered;
    usec last_at;           /* of the last stamp */
    struct stamp *stamps;   /* a circle of a power-of-two size */
    uint32_t head, used, size;
    /* Messages that came out at one time, with one service, of one stamp; not yet in a histogram. */
    struct {
        uint64_t count;
        uint64_t limit; /* the next ones up to this belong to it */
        usec from, to;
        bool safe;
    } run;
    struct histogram agreed, safe;
};

void latency_fini(struct latency *l);

/* For the two below: what is not the same as with the message before. */
void latency_begin_stamp(struct latency *l, usec now);
void latency_begin_run(struct latency *l, bool safe, usec now);

/* A message goes into the order. */
static inline void latency_on_submit(struct latency *l, usec now)
{
    if (l->used == 0 || l->last_at != now)
        latency_begin_stamp(l, now);
    l->submitted++;
}

/* The next one of these comes out of it. */
static inline void latency_on_delivery(struct latency *l, bool safe, usec now)
{
    l->delivered++;
    if (l->delivered > l->run.limit || l->run.to != now || l->run.safe != safe)
        latency_begin_run(l, safe, now);
    l->run.count++;
}

/* Puts the run into its histogram: before these are looked at. */
void latency_end_run(struct latency *l);

#endif
