/* SPDX-License-Identifier: MIT */
#include "daemon/base/histogram.h"

uint64_t histogram_count(const struct histogram *now, const struct histogram *before)
{
    uint64_t count = 0;
    for (int i = 0; i < HISTOGRAM_STEPS; i++)
        count += now->counts[i] - before->counts[i];
    return count;
}

usec histogram_quantile(const struct histogram *now, const struct histogram *before, double share)
{
    double wanted = share * (double)histogram_count(now, before);
    uint64_t seen = 0;
    for (int i = 0; i < HISTOGRAM_STEPS; i++) {
        seen += now->counts[i] - before->counts[i];
        if (seen > 0 && (double)seen >= wanted)
            return histogram_bound(i);
    }
    return 0;
}
