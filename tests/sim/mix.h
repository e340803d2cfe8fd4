/* SPDX-License-Identifier: MIT
 *
 * mix.h - one number of two, for keys and running hashes.
 */
#ifndef TESTS_SIM_MIX_H
#define TESTS_SIM_MIX_H

#include "daemon/base/random.h"

static inline uint64_t mix(uint64_t a, uint64_t b)
{
    struct random r = {a};
    r.state = random_next(&r) ^ b;
    return random_next(&r);
}

#endif
