/* SPDX-License-Identifier: MIT
 *
 * clock.h - the clocks; nobody outside io/ reads them.
 */
#ifndef SPREAD_IO_CLOCK_H
#define SPREAD_IO_CLOCK_H

#include <sys/resource.h>
#include <time.h>

#include "daemon/base/usec.h"

/* Never goes back. */
static inline usec clock_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (usec)t.tv_sec * USEC_SECOND + (usec)t.tv_nsec / 1000;
}

/* How often the processor was taken from this thread: a time between two readings of the clock was its own if
 * this is still the same. */
static inline long clock_preemptions(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_THREAD, &usage) == 0 ? usage.ru_nivcsw : 0;
}

/* Microseconds since 1970. */
static inline uint64_t clock_wall(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (uint64_t)t.tv_sec * USEC_SECOND + (uint64_t)t.tv_nsec / 1000;
}

static inline uint64_t clock_wall_seconds(void)
{
    return (uint64_t)time(NULL);
}

#endif
