/* SPDX-License-Identifier: MIT
 *
 * usec.h - points in time and durations: microseconds of a clock that never goes back.
 * The core never reads a clock; it is told.
 */
#ifndef SPREAD_BASE_USEC_H
#define SPREAD_BASE_USEC_H

#include <stdint.h>

typedef uint64_t usec;

#define NEVER       UINT64_MAX
#define USEC_MS     1000u
#define USEC_SECOND 1000000u

static inline usec usec_earlier(usec a, usec b)
{
    return a < b ? a : b;
}

#endif
