/* SPDX-License-Identifier: MIT
 *
 * gather.h - asks daemons for parts of what they know (daemon/monitor/part.h), piece by piece: each is
 * asked one question at a time, and again when no answer comes.
 */
#ifndef TOOLS_MONITOR_GATHER_H
#define TOOLS_MONITOR_GATHER_H

#include "daemon/base/usec.h"
#include "tools/monitor/recall.h"
#include "tools/monitor/station.h"
#include "tools/monitor/value.h"

struct gather {
    const struct station *station;
    usec until;
    struct procset done;    /* who has told all */
    struct procset heard;   /* who has answered at all */
    struct procset other;   /* who runs another version: its records are of no use here */
    struct procset refused; /* who has nothing of the kind */
};

void gather_init(struct gather *g, const struct station *s, usec limit);

/* What the flight recorders of who have of name ("": all) in those tracks (bits; 0: all), at most so many
 * records of each daemon that are no older than since_us. */
void gather_events(struct gather *g, const struct procset *who, const char *name, uint32_t tracks,
                   size_t most, uint64_t since_us, struct recall *r);

/* A page of a part in JSON, of each of who: values[i] is the i-th daemon's, to be freed; NULL: it has told
 * none. */
void gather_page(struct gather *g, const struct procset *who, const char *part, const char *name,
                 uint32_t things, uint64_t cursor, struct value *values[CONF_DAEMONS_MAX]);

#endif
