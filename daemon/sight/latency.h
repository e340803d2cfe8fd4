/* SPDX-License-Identifier: MIT
 *
 * latency.h - how long messages of this daemon's clients take from when they are submitted until they
 * are delivered here, by service.
 *
 * They come back in the order in which they were submitted, so a queue of times is enough, with one entry
 * for all that were submitted at one time: a burst of 500 that was read at once is one. No clock is read
 * for it.
 */
#ifndef SPREAD_SIGHT_LATENCY_H
#define SPREAD_SIGHT_LATENCY_H

#include <stdbool.h>

#include "daemon/base/histogram.h"

struct stamp {
    uint64_t up_to; /* the last message that was submitted then, counted from 1 */
    usec at;
};

struct latency {
    uint64_t submitted, delivered;
    struct stamp *stamps; /* a circle of a power-of-two size */
    uint32_t head, used, size;
    struct histogram agreed, safe;
};

void latency_fini(struct latency *l);

/* A message goes into the order. */
void latency_on_submit(struct latency *l, usec now);
/* The next one of these comes out of it. */
void latency_on_delivery(struct latency *l, bool safe, usec now);

#endif
