/* SPDX-License-Identifier: MIT
 *
 * histogram.h - how often something took how long, in steps of twice as long: up to 1 us, 2 us, 4 us and
 * so on to 16.8 s, and longer. To note a time takes some ten instructions.
 */
#ifndef SPREAD_BASE_HISTOGRAM_H
#define SPREAD_BASE_HISTOGRAM_H

#include "daemon/base/usec.h"

enum { HISTOGRAM_BOUNDS = 25, HISTOGRAM_STEPS = HISTOGRAM_BOUNDS + 1 };

struct histogram {
    uint64_t counts[HISTOGRAM_STEPS]; /* of times up to each bound and above the one before; the last:
                                         above all */
    uint64_t sum_us;
};

static inline usec histogram_bound(int i)
{
    return (usec)1 << i;
}

/* count things took that time each. */
static inline void histogram_note(struct histogram *h, usec time, uint64_t count)
{
    int step = time < 2 ? 0 : 64 - __builtin_clzll(time - 1);
    h->counts[step < HISTOGRAM_BOUNDS ? step : HISTOGRAM_BOUNDS] += count;
    h->sum_us += time * count;
}

/* How many were noted in now that were not in before. */
uint64_t histogram_count(const struct histogram *now, const struct histogram *before);
/* The time that this share of these did not exceed, by the bound of its step: 0.99 of 1000 that took
 * between 65 and 128 us is 128 us. 0: there were none. */
usec histogram_quantile(const struct histogram *now, const struct histogram *before, double share);

#endif
