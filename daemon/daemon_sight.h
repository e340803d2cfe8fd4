/* SPDX-License-Identifier: MIT
 *
 * daemon_sight.h - what a daemon shows of itself: parts as JSON, and metrics.
 *
 * daemon_sight.c sees all rooms and changes none, so it may be asked between any two turns. An answer
 * takes a bounded time: of what there may be a million of, a page is shown (sight/sight.h).
 *
 *     struct sight_question q = {.part = SIGHT_SESSIONS, .limit = 20};
 *     struct text t = {0};
 *     daemon_show(d, &q, &process, now, &t);      {"name":"d1",...,"sessions":{...}}
 */
#ifndef SPREAD_DAEMON_SIGHT_H
#define SPREAD_DAEMON_SIGHT_H

#include "daemon/daemon.h"
#include "daemon/sight/sight.h"

/* Adds one part, as a whole JSON object, to text. process: NULL: not known. False: there is no such
 * group, whose members were asked for, or it is not to be seen; nothing was added. */
bool daemon_show(const struct daemon *d, const struct sight_question *q,
                 const struct sight_process *process, usec now, struct text *text);
/* All parts but members and samples, with few sessions and groups, in one object. asker: as that of a
 * question. */
void daemon_show_all(const struct daemon *d, const struct identity *asker,
                     const struct sight_process *process, usec now, struct text *text);
/* Metrics in Prometheus' text format. */
void daemon_show_metrics(const struct daemon *d, const struct sight_process *process, usec now,
                         struct text *text);

/* It is in a view whose groups are agreed, and serves clients. */
bool daemon_is_ready(const struct daemon *d);
/* Its configuration has others, and it has heard none of them since the start: they may not run yet, or
 * have another file, or be cut off. Who has been with others, and is alone now, is not lone. */
bool daemon_is_lone(const struct daemon *d);

/* Is it time for another sample? To be asked at the end of a turn. */
bool daemon_samples_due(const struct daemon *d, usec now);
/* wall_us: microseconds since 1970. */
void daemon_sample(struct daemon *d, usec now, uint64_t wall_us);

#endif
