/* SPDX-License-Identifier: MIT
 *
 * ring.h - total order inside one view.
 *
 * What a client asks for is queued here and comes back once, in its place in
 * the order. In the boot ring nothing is ordered: all waits until the first
 * install. A view of one member needs no token: what is submitted is ordered at
 * once, SAFE included, for every member of the view has it.
 *
 * No I/O, no clock, no globals.
 */
#ifndef SPREAD_RING_RING_H
#define SPREAD_RING_RING_H

#include <stdbool.h>

#include "daemon/base/message.h"

/* How strongly a message is ordered. All are delivered in the one order; SAFE waits besides. */
enum ring_service { RING_AGREED, RING_SAFE };

struct ordered {
    struct message message;
    uint64_t seq;    /* its place in the view */
    uint16_t origin; /* index of the daemon that sent it */
    uint8_t service; /* enum ring_service */
};

struct ring;

struct ring *ring_new(uint16_t self);
void ring_free(struct ring *r);

/* Queues m for the order; the ring takes over the caller's reference. */
void ring_submit(struct ring *r, struct message m, enum ring_service service);

/* Messages submitted and not yet ordered. */
uint32_t ring_backlog(const struct ring *r);
uint64_t ring_backlog_bytes(const struct ring *r);

/* Order in a view of this daemon alone from here on; sequence numbers start at 1. */
void ring_install_alone(struct ring *r);

/* The next ordered message, with its reference; false: none is due. */
bool ring_next(struct ring *r, struct ordered *o);

#endif
