/* SPDX-License-Identifier: MIT
 *
 * look.h - what daemons know of their clients, groups and views, as tables or as JSON: spmonitor's
 * sessions, groups, members and views.
 */
#ifndef TOOLS_MONITOR_LOOK_H
#define TOOLS_MONITOR_LOOK_H

#include "tools/monitor/station.h"

/* Each returns an exit status (batch.h). */

/* Of each daemon of who the sessions for which most waits. */
int look_sessions(const struct station *s, usec limit, const struct procset *who, bool json);
/* Of one daemon of who, as all have the same; the first of them that answers. */
int look_groups(const struct station *s, usec limit, const struct procset *who, bool json);
int look_members(const struct station *s, usec limit, const struct procset *who, const char *group, bool json);
int look_views(const struct station *s, usec limit, const struct procset *who, bool json);

#endif
