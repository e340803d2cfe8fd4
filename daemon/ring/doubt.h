/* SPDX-License-Identifier: MIT
 *
 * doubt.h - packets of other daemons that decode and yet say what cannot be: dropped,
 * and told to the stream of events.
 *
 * Every value is judged against our own state before it is used, after the packet was found to be
 * meant for that state: what is late, doubled or of another ring is no lie and no doubt. So
 * daemons that do not lie never doubt each other. docs/daemon-protocol.md has the bound of each
 * field and where it is judged.
 */
#ifndef SPREAD_RING_DOUBT_H
#define SPREAD_RING_DOUBT_H

#include "daemon/base/why.h"
#include "daemon/packet/header.h"
#include "daemon/ring/effects.h"

/* The packet is dropped for that reason, a DOUBT_. */
void doubt_packet(struct effects *e, enum why why, const struct packet_header *h);

#endif
