/* SPDX-License-Identifier: MIT
 *
 * changes.h - changes of view, put together from what each daemon recorded: who came, who went, what those
 * who stayed say of it, and what the one who went says of itself.
 *
 * Example: d1 has SUSPECT of d3, {250}; d1 and d2 have VIEW of {d1 d2}; d3 has SLOW, {611}:
 *   d3 was excluded at 12:04:31.220 by d1: it did not answer for 250 ms; it says that it did not run for
 *   611 ms
 */
#ifndef TOOLS_MONITOR_CHANGES_H
#define TOOLS_MONITOR_CHANGES_H

#include "daemon/config/conf.h"
#include "tools/monitor/recall.h"
#include "tools/monitor/story.h"

struct change {
    uint64_t leader_id, time; /* of the view */
    size_t event;             /* in the recall: the VIEW of the one who had the largest view before it */
    size_t before;            /* the VIEW that this one had before; SIZE_MAX: none is recorded */
    uint64_t wall_us;         /* when the first one installed it */
};

/* All of them in order, to be freed; their number. r is sorted. */
size_t changes_find(const struct recall *r, struct change **list);

/* Whether that daemon comes or goes with it, or has told of it. */
bool change_concerns(const struct recall *r, const struct change *c, const char *daemon);

/* Adds its lines. */
void change_tell(const struct recall *r, const struct change *c, struct story *s);

#endif
