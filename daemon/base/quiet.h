/* SPDX-License-Identifier: MIT
 *
 * quiet.h - log lines that somebody outside can cause at will: at most one a second of each kind,
 * the next one telling how many were left out. What may go on for days is told less and less often.
 */
#ifndef SPREAD_BASE_QUIET_H
#define SPREAD_BASE_QUIET_H

#include <stdbool.h>

#include "daemon/base/usec.h"

struct quiet {
    usec again_at;
    usec wait; /* before that, since the last line; only used by quiet_backs_off */
    uint64_t left_out;
};

/* True if the line may be written now; *left_out is then how many were not, since the last. */
static inline bool quiet_may_speak(struct quiet *q, usec now, uint64_t *left_out)
{
    if (now < q->again_at) {
        q->left_out++;
        return false;
    }
    *left_out = q->left_out;
    *q = (struct quiet){.again_at = now + USEC_SECOND};
    return true;
}

/* The same, but each wait is twice as long as the one before, up to an hour; after a silence as
 * long as the last wait it starts anew. */
static inline bool quiet_backs_off(struct quiet *q, usec now, uint64_t *left_out)
{
    const usec longest = 3600 * (usec)USEC_SECOND;
    if (now < q->again_at) {
        q->left_out++;
        return false;
    }
    bool goes_on = now < q->again_at + q->wait;
    usec wait = goes_on ? usec_earlier(2 * q->wait, longest) : USEC_SECOND;
    *left_out = q->left_out;
    *q = (struct quiet){.again_at = now + wait, .wait = wait};
    return true;
}

#endif
