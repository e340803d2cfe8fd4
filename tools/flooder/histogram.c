/* SPDX-License-Identifier: MIT */
#include "tools/flooder/histogram.h"

/* Shifting a value right so far leaves 64 to 127 of a large one, and a small one as it is. */
static unsigned shift_of(uint64_t value)
{
    return value < HISTOGRAM_PARTS ? 0 : 57u - (unsigned)__builtin_clzll(value);
}

static unsigned bucket_of(uint64_t value)
{
    unsigned shift = shift_of(value);
    return shift * HISTOGRAM_PARTS + (unsigned)(value >> shift);
}

static uint64_t upper_end(unsigned bucket)
{
    if (bucket < 2 * HISTOGRAM_PARTS)
        return bucket;
    unsigned shift = bucket / HISTOGRAM_PARTS - 1;
    return (((uint64_t)(bucket % HISTOGRAM_PARTS + HISTOGRAM_PARTS) + 1) << shift) - 1;
}

void histogram_add(struct histogram *h, uint64_t value)
{
    h->buckets[bucket_of(value)]++;
    h->count++;
    if (value > h->max)
        h->max = value;
}

uint64_t histogram_quantile(const struct histogram *h, double share)
{
    uint64_t wanted = (uint64_t)(share * (double)h->count + 0.5), seen = 0;
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        seen += h->buckets[i];
        if (seen > 0 && seen >= wanted)
            return upper_end(i) < h->max ? upper_end(i) : h->max;
    }
    return h->max;
}
