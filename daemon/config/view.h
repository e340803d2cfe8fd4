/* SPDX-License-Identifier: MIT
 *
 * view.h - who is in: one daemon membership.
 */
#ifndef SPREAD_CONFIG_VIEW_H
#define SPREAD_CONFIG_VIEW_H

#include "daemon/config/conf.h"

struct view {
    uint32_t leader_id; /* VirtualID of its first member; 0: the boot view, which counts for nothing */
    uint32_t time;      /* low 32 bits of its epoch */
    int member_count;
    uint16_t members[CONF_DAEMONS_MAX]; /* indices into conf.daemons, ascending */
};

#endif
