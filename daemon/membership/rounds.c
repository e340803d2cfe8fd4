/* SPDX-License-Identifier: MIT */
#include "daemon/membership/rounds.h"

uint32_t rounds_next(struct rounds *r, usec now)
{
    r->last++;
    r->at[r->last % ROUNDS_KEPT] = now;
    return r->last;
}

bool rounds_is_recent(const struct rounds *r, uint32_t round, usec ago, usec now)
{
    return r->last - round < ROUNDS_KEPT && r->last != 0 && now <= r->at[round % ROUNDS_KEPT] + ago;
}
