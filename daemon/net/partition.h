/* SPDX-License-Identifier: MIT
 *
 * partition.h - components that a monitor has declared: what comes from another one is not heard.
 * It ends by itself a minute after the last word of the monitor.
 */
#ifndef SPREAD_NET_PARTITION_H
#define SPREAD_NET_PARTITION_H

#include <stdbool.h>

#include "daemon/base/procset.h"
#include "daemon/base/usec.h"

enum { PARTITION_LASTS_S = 60 };

struct partition {
    int16_t component[PROCS_MAX]; /* of each daemon */
    usec until;                   /* 0: there is none */
};

static inline void partition_set(struct partition *p, const int16_t *component, int procs, usec now)
{
    for (int i = 0; i < procs; i++)
        p->component[i] = component[i];
    p->until = now + PARTITION_LASTS_S * (usec)USEC_SECOND;
}

static inline bool partition_cuts(const struct partition *p, unsigned a, unsigned b, usec now)
{
    return now < p->until && p->component[a] != p->component[b];
}

#endif
