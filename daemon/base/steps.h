/* SPDX-License-Identifier: MIT
 *
 * steps.h - the steps of a histogram: four to a power of two, so that a percentile read off them is
 * exact enough for a limit and the same on every run.
 */
#ifndef SPREAD_BASE_STEPS_H
#define SPREAD_BASE_STEPS_H

#include <stdint.h>

/* Step of a value: two bits behind the leading one; the last of so many for what is beyond. */
static inline unsigned step_of(uint64_t value, unsigned steps)
{
    if (value < 4)
        return (unsigned)value;
    unsigned power = 63u - (unsigned)__builtin_clzll(value);
    unsigned step = 4 * (power - 1) + (unsigned)(value >> (power - 2) & 3);
    return step < steps ? step : steps - 1;
}

/* The largest value of a step. */
static inline uint64_t step_end(unsigned step)
{
    if (step < 4)
        return step;
    return ((uint64_t)(4 + step % 4 + 1) << (step / 4 - 1)) - 1;
}

#endif
