/* SPDX-License-Identifier: MIT
 *
 * counters.h - what the daemon counts, in one place for the monitor and the metrics: what is in the
 * stream of events by its kind and reason, what comes too often for it by itself. They only grow.
 */
#ifndef SPREAD_BASE_COUNTERS_H
#define SPREAD_BASE_COUNTERS_H

#include <stdint.h>

#include "daemon/base/event.h"

struct counters {
    uint64_t accepted;          /* connections */
    uint64_t refused_quota;     /* turned away for want of descriptors */
    uint64_t departures;
    uint64_t messages_in;       /* from clients: data, joins, leaves, departures */
    uint64_t bytes_in;          /* of them, header and groups included */
    uint64_t messages_ordered;  /* delivered by the core */
    uint64_t messages_delivered; /* of these, what clients sent to groups, for local delivery */
    uint64_t deliveries;        /* put into outboxes */
    uint64_t bytes_out;         /* of what was put there */
    uint64_t datagrams_in, datagrams_out;
    uint64_t datagrams_sealed;  /* of those out, each packet once however many it goes to */
    uint64_t replies_dropped;   /* status reports that had nowhere to go or were too many */
    uint64_t read_pauses;       /* times that back-pressure stopped reading */
    uint64_t dropped;           /* messages that were left out for slow readers */
    uint64_t holds;             /* times that a sender had to wait for a receiver */
    uint64_t events[EVENT_KINDS]; /* of each kind ... */
    uint64_t reasons[WHYS];       /* ... and for each reason */
};

/* Datagrams that came from no daemon of ours. */
static inline uint64_t counters_refused(const struct counters *c)
{
    return c->events[EVENT_REFUSED] + c->events[EVENT_UNOPENED] + c->events[EVENT_OTHER_SPREAD];
}

static inline uint64_t counters_monitor_refused(const struct counters *c)
{
    return c->events[EVENT_MONITOR_IGNORED] + c->events[EVENT_MONITOR_REFUSED];
}

#endif
