/* SPDX-License-Identifier: MIT
 *
 * histogram.h - many durations in little memory, exact to 1.6 %.
 *
 * Durations below 64 have a bucket each; above, every power of two is divided
 * into 64 buckets.
 */
#ifndef TOOLS_HISTOGRAM_H
#define TOOLS_HISTOGRAM_H

#include <stdint.h>

enum { HISTOGRAM_PARTS = 64, HISTOGRAM_BUCKETS = 59 * HISTOGRAM_PARTS };

struct histogram {
    uint64_t buckets[HISTOGRAM_BUCKETS];
    uint64_t count, max;
};

void histogram_add(struct histogram *h, uint64_t value);

/* The value that a share of all, 0 to 1, do not exceed: a bucket's upper end, or the maximum. */
uint64_t histogram_quantile(const struct histogram *h, double share);

#endif
