/* SPDX-License-Identifier: MIT
 *
 * trials.h - how often a packet of a life that is not known may be tried: TRIALS_SECOND a second, as
 * many at once. Anybody can send packets of lives that never were; making their keys takes a hundredth
 * of a processor at most.
 */
#ifndef SPREAD_SEAL_TRIALS_H
#define SPREAD_SEAL_TRIALS_H

#include <stdbool.h>

#include "daemon/base/usec.h"

enum { TRIALS_SECOND = 2000 };

struct trials {
    usec paid_until; /* each trial costs its share of a second, a second ahead at most */
};

static inline bool trials_may(struct trials *t, usec now)
{
    usec from = t->paid_until > now ? t->paid_until : now;
    if (from > now + USEC_SECOND)
        return false;
    t->paid_until = from + USEC_SECOND / TRIALS_SECOND;
    return true;
}

#endif
