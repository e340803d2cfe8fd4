/* SPDX-License-Identifier: MIT
 *
 * route.h - which datagrams a packet becomes: inside our segment the segment's address where that
 * serves two or more, elsewhere each daemon's own; and what is passed on for other segments.
 */
#ifndef SPREAD_NET_ROUTE_H
#define SPREAD_NET_ROUTE_H

#include "daemon/base/procset.h"
#include "daemon/config/in_force.h"
#include "daemon/packet/received.h"
#include "daemon/ring/outlet.h"

/* Where one datagram goes: to a daemon, or to the addresses of our segment. */
struct route {
    bool segment;
    uint16_t proc; /* if not */
};

struct routes {
    int count;
    struct route list[PROCS_MAX];
};

/* token_port: goes to the port of its own that token and control have; nobody listens there at a
 * segment's address. */
void route(const struct conf *conf, uint16_t self, const struct destination *to, bool token_port,
           struct routes *out);

/* True if a datagram that was admitted is to be sent on, as it is, to the address of our segment:
 * it came to us alone, from another segment, for everybody here. */
bool route_relays(const struct conf *conf, uint16_t self, const struct received *p);

#endif
