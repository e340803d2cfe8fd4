/* SPDX-License-Identifier: MIT
 *
 * sayings.h - the numbers of what we say. Each ALIVE, JOIN and READY of ours has one more than the one
 * before. Whoever tells us one that we have used a moment ago has heard us a moment ago: that proves
 * that a life is not one of the past, and a proposal not one that was long under way (rule F1).
 */
#ifndef SPREAD_MEMBERSHIP_SAYINGS_H
#define SPREAD_MEMBERSHIP_SAYINGS_H

#include <stdbool.h>

#include "daemon/base/usec.h"

enum { SAYINGS_KEPT = 64 };

struct sayings {
    uint32_t last; /* 0: none */
    usec at[SAYINGS_KEPT];
};

uint32_t sayings_next(struct sayings *r, usec now);
/* Used no longer ago than that, and not more than SAYINGS_KEPT ago. */
bool sayings_is_recent(const struct sayings *r, uint32_t number, usec ago, usec now);

#endif
