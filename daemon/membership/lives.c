/* SPDX-License-Identifier: MIT */
#include "daemon/membership/lives.h"

enum { PAST_US = 20 * USEC_SECOND }; /* packets do not travel longer */

static bool has_ended(const struct life *l, uint32_t inc, usec now)
{
    for (int k = 0; k < PAST_LIVES; k++)
        if (l->past[k] == inc && now < l->past_until[k])
            return true;
    return false;
}

enum life_answer life_judge(const struct life *l, uint64_t inc, const struct evidence *e, usec now)
{
    if (inc == l->inc)
        return LIFE_PRESENT;
    if (has_ended(l, (uint32_t)inc, now))
        return e->goes_on ? LIFE_GOES_ON : LIFE_ENDED;
    return l->inc == 0 || e->fell_silent || e->proof ? LIFE_BEGINS : LIFE_UNPROVEN;
}

/* The life that it was taken for meanwhile is not ended by that. */
static void revive(struct life *l, uint32_t inc)
{
    for (int k = 0; k < PAST_LIVES; k++)
        if (l->past[k] == inc)
            l->past_until[k] = 0;
    l->proven = false;
    l->proven_before = 0;
}

void life_take_up(struct life *l, uint64_t inc, enum life_answer answer)
{
    if (answer == LIFE_GOES_ON)
        revive(l, (uint32_t)inc);
    if (l->proven)
        l->proven_before = (uint32_t)l->inc;
    l->inc = inc;
    l->proven = false;
}

static void end_life(struct life *l, uint32_t inc, usec now)
{
    for (int k = PAST_LIVES - 1; k > 0; k--) {
        l->past[k] = l->past[k - 1];
        l->past_until[k] = l->past_until[k - 1];
    }
    l->past[0] = inc;
    l->past_until[0] = now + PAST_US;
}

bool life_prove(struct life *l, usec now)
{
    if (l->proven)
        return false;
    l->proven = true;
    if (!l->proven_before || l->proven_before == (uint32_t)l->inc)
        return false;
    end_life(l, l->proven_before, now);
    return true;
}
