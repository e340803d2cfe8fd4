/* SPDX-License-Identifier: MIT */
#include "daemon/membership/sayings.h"

uint32_t sayings_next(struct sayings *r, usec now)
{
    r->last++;
    r->at[r->last % SAYINGS_KEPT] = now;
    return r->last;
}

bool sayings_is_recent(const struct sayings *r, uint32_t number, usec ago, usec now)
{
    return r->last - number < SAYINGS_KEPT && r->last != 0 && now <= r->at[number % SAYINGS_KEPT] + ago;
}
