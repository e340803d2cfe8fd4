/* SPDX-License-Identifier: MIT
 *
 * quiet.h - log lines that somebody outside can cause at will: at most one a second of each kind,
 * the next one telling how many were left out.
 */
#ifndef SPREAD_BASE_QUIET_H
#define SPREAD_BASE_QUIET_H

#include <stdbool.h>

#include "daemon/base/usec.h"

struct quiet {
    usec again_at;
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

#endif
