/* SPDX-License-Identifier: MIT
 *
 * pack.h - messages into packets: several small ones in one, a large one in fragments.
 */
#ifndef SPREAD_RING_PACK_H
#define SPREAD_RING_PACK_H

#include "daemon/packet/data.h"
#include "daemon/ring/lanes.h"

/* A message that ended in a packet, for the trace. */
struct packed_end {
    struct message message; /* lent: the packer keeps a reference until the next packer_fill() */
    unsigned part;
    uint8_t service;
};

struct packer {
    uint32_t number; /* of the last fragmented message */
    struct packed_end ends[DATA_PARTS_MAX]; /* of the packet made last */
    unsigned end_count;
};

void packer_fini(struct packer *p);

/* Fills the parts of a body of at most room bytes from the lane, which is not empty; at_least:
 * pads it up to that length. Sets the parts of h, and returns the length of the body. */
size_t packer_fill(struct packer *p, struct lane_queue *l, uint8_t *body, size_t room, size_t at_least,
            struct data_header *h);

#endif
