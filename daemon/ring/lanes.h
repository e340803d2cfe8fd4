/* SPDX-License-Identifier: MIT
 *
 * lanes.h - messages that wait for their place in the order, first come first served in each lane.
 *
 * A message stands in its lane until the last part of it has a number; if the ring changes before,
 * it starts over in the next one.
 */
#ifndef SPREAD_RING_LANES_H
#define SPREAD_RING_LANES_H

#include <stdbool.h>

#include "daemon/base/message.h"

struct waiting {
    struct message message;
    uint32_t done;     /* bytes that stand in packets already */
    uint32_t number;   /* of the message, once a fragment of it is out */
    uint16_t fragment; /* the next one */
    uint8_t service;
};

struct lane_queue {
    struct waiting *queue; /* a circle of a power-of-two size */
    uint32_t head, used, size;
    uint64_t bytes; /* not yet in packets */
};

void lane_fini(struct lane_queue *l);
void lane_add(struct lane_queue *l, struct message m, uint8_t service); /* takes the reference */

static inline bool lane_empty(const struct lane_queue *l)
{
    return l->used == 0;
}

static inline struct waiting *lane_front(const struct lane_queue *l)
{
    return &l->queue[l->head];
}

/* len more bytes of the front message are in packets. */
static inline void lane_advance(struct lane_queue *l, uint32_t len)
{
    lane_front(l)->done += len;
    l->bytes -= len;
}

/* Takes the front message out; its reference is the caller's. */
struct message lane_take(struct lane_queue *l);

/* What was sent in part is to be sent from its beginning. */
void lane_restart(struct lane_queue *l);

/* How many packets of room bytes would take all of it, about. */
uint32_t lane_packets(const struct lane_queue *l, uint32_t room);

#endif
