/* SPDX-License-Identifier: MIT
 *
 * view.h - who is in: one daemon membership.
 */
#ifndef SPREAD_CONFIG_VIEW_H
#define SPREAD_CONFIG_VIEW_H

#include "daemon/base/procset.h"
#include "daemon/config/conf.h"

struct view {
    uint32_t leader_id; /* VirtualID of its first member; 0: the boot view, which counts for nothing */
    uint32_t time;      /* low 32 bits of its epoch */
    uint64_t tag;       /* names the ring behind it, for messages that belong to one view only */
    struct procset members; /* indices into conf.daemons */
    /* In a regular view: which members come from one earlier view, and so know the same: those
     * with equal numbers. */
    uint8_t came_from[PROCS_MAX];
};

/* The members that came with i, i included. */
static inline struct procset view_synced_set(const struct view *v, unsigned i)
{
    struct procset s = {{0}};
    for procset_each(k, &v->members)
        if (v->came_from[k] == v->came_from[i])
            procset_add(&s, (unsigned)k);
    return s;
}

#endif
