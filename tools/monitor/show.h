/* SPDX-License-Identifier: MIT
 *
 * show.h - what a monitor prints of what it knows. The block of a status report is, to the blank,
 * the one of 5.0.1, for scripts look for it.
 */
#ifndef TOOLS_MONITOR_SHOW_H
#define TOOLS_MONITOR_SHOW_H

#include "tools/monitor/await.h"

/* What a daemon reported before, for the differences; all zero: nothing yet. */
struct show_before {
    int32_t sec, aru, message_delivered;
};

/* The block, from its empty line to its closing rule. *before becomes this report. */
void show_status(const struct conf *conf, const struct station_report *r,
                 struct show_before *before);
/* What stands in its place for a daemon that is not in the file. */
void show_unknown(const struct station_report *r);

/* The hash of the configuration of each, and who differs from ours. */
void show_hashes(const struct await *a, const struct procset *asked);

/* By which keys daemons hear each other, and what they could not open; nothing where nothing is sealed. */
void show_seals(const struct await *a);

/* One object per daemon of asked, in an array; those of answered have a report. */
/* A text in JSON, with its quotes. */
void show_text(const char *text);
void show_json(const struct await *a, const struct procset *asked, const struct procset *answered);

void show_partition(const struct conf *conf, const int16_t *component);
void show_flow(const struct conf *conf, const struct monitor_flow *flow);

#endif
