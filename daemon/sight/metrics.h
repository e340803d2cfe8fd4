/* SPDX-License-Identifier: MIT
 *
 * metrics.h - the numbers of a daemon as text for Prometheus. docs/operating.md explains each.
 */
#ifndef SPREAD_SIGHT_METRICS_H
#define SPREAD_SIGHT_METRICS_H

#include "daemon/base/counters.h"
#include "daemon/ring/ring.h"
#include "daemon/sight/latency.h"
#include "daemon/sight/sight.h"

enum { METRICS_SESSIONS = 20 }; /* that have numbers of their own, the slowest first */

/* All is lent. */
struct metrics {
    const struct counters *counters;
    const struct ring_counters *ring;
    const struct history *history;
    const struct latency *latency;
    const struct histogram *rotations;
    const struct sight_self *self;
    const char *name;      /* of this daemon */
    uint64_t views;        /* installed */
    uint32_t daemons, in_view;
    usec now;
    uint64_t log_lost;     /* lines that could not be written */
};

void metrics_write(struct text *out, const struct metrics *m);
/* Those of sessions; s: of count of them. */
void metrics_write_sessions(struct text *out, const struct sight_session *s, uint32_t count);

#endif
