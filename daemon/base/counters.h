/* SPDX-License-Identifier: MIT
 *
 * counters.h - what the daemon counts, in one place for the monitor and the metrics.
 * They only grow.
 */
#ifndef SPREAD_BASE_COUNTERS_H
#define SPREAD_BASE_COUNTERS_H

#include <stdint.h>

struct counters {
    uint64_t accepted;          /* connections */
    uint64_t opened;            /* sessions that passed the handshake */
    uint64_t refused_quota;     /* turned away for want of descriptors */
    uint64_t refused_hello;     /* by version, name or authentication */
    uint64_t handshake_timeouts;
    uint64_t malformed;         /* sessions ended for what they sent */
    uint64_t slow_readers;      /* sessions ended by MaxSessionMessages or MaxSessionBytes */
    uint64_t departures;
    uint64_t messages_in;       /* from clients: data, joins, leaves, departures */
    uint64_t messages_ordered;  /* delivered by the core */
    uint64_t messages_delivered; /* of these, what clients sent to groups, for local delivery */
    uint64_t deliveries;        /* put into outboxes */
    uint64_t rejects;           /* refused by the access policy, or of what can be no group */
    uint64_t unsound;           /* messages of other daemons' clients that do not hold */
    uint64_t datagrams_in, datagrams_out, datagrams_refused;
    uint64_t other_spreads;     /* of those refused, packets of daemons of another Spread */
    uint64_t monitor_obeyed, monitor_refused; /* packets of monitors */
    uint64_t replies_dropped;   /* status reports that had nowhere to go or were too many */
    uint64_t read_pauses;       /* times that back-pressure stopped reading */
};

#endif
