/* SPDX-License-Identifier: MIT
 *
 * rounds.h - the numbers of what we say. Each ALIVE, JOIN and READY of ours has one more than the one
 * before. Whoever tells us one that we have used a moment ago has heard us a moment ago: that proves
 * that a life is not one of the past, and a proposal not one that was long under way (rule F1).
 */
#ifndef SPREAD_MEMBERSHIP_ROUNDS_H
#define SPREAD_MEMBERSHIP_ROUNDS_H

#include <stdbool.h>

#include "daemon/base/usec.h"

enum { ROUNDS_KEPT = 64 };

struct rounds {
    uint32_t last; /* 0: none */
    usec at[ROUNDS_KEPT];
};

uint32_t rounds_next(struct rounds *r, usec now);
/* Used no longer ago than that, and not more than ROUNDS_KEPT ago. */
bool rounds_is_recent(const struct rounds *r, uint32_t round, usec ago, usec now);

#endif
