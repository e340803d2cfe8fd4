/* SPDX-License-Identifier: MIT
 *
 * outlet.h - packets on their way out: numbered, with their header on, and to whom.
 *
 * Where a packet is built it stays: packets lie one behind the other in slabs, so that a run of
 * them can leave with one system call, and the sender's own store refers to the same bytes.
 */
#ifndef SPREAD_RING_OUTLET_H
#define SPREAD_RING_OUTLET_H

#include "daemon/base/procset.h"
#include "daemon/base/slab.h"
#include "daemon/config/in_force.h"
#include "daemon/packet/header.h"

enum destination_kind {
    TO_PROC,    /* one daemon, at its own address */
    TO_SET,     /* several: by the segment's address where that serves two or more of them */
    TO_SEGMENT, /* whoever listens at the address of our segment */
    TO_RING,    /* all of set: our segment at its address, one of each other segment passes it on */
};

struct destination {
    enum destination_kind kind;
    uint16_t proc;
    struct procset set;
};

struct sending {
    struct destination to;
    bool token_port;     /* token and control have a socket of their own */
    struct block *block; /* its reference is the taker's */
    uint8_t *bytes;
    uint32_t len;
};

struct send_queue {
    struct sending *list;
    size_t next, count, size;
};

struct outlet {
    const struct in_force *in_force;
    uint64_t incarnation; /* of this process */
    uint64_t counter;     /* packets so far */
    size_t packet_size;   /* largest datagram, header and tag included */
    uint32_t split_id;
    struct slab slab;
    bool deferring;
    struct send_queue queue, deferred;
};

void outlet_init(struct outlet *o, const struct in_force *in_force, uint64_t incarnation,
                 size_t packet_size);
void outlet_fini(struct outlet *o);

/* Longest body in a datagram of that size; a multiple of 4. */
static inline size_t outlet_room_of(size_t packet_size)
{
    return (packet_size - PACKET_HEADER - PACKET_TAG) & ~(size_t)3;
}

static inline size_t outlet_room(const struct outlet *o)
{
    return outlet_room_of(o->packet_size);
}

/* Room for a body of that length, which outlet_send then sends; *block gets a reference for whoever
 * keeps the body, or may be NULL. */
uint8_t *outlet_body(struct outlet *o, size_t len, struct block **block);
void outlet_send(struct outlet *o, const struct destination *to, enum packet_type type,
                 uint8_t flags, uint8_t *body, size_t len);

/* What is sent from now on waits until outlet_release; false: goes out as ever. */
static inline void outlet_defer(struct outlet *o, bool defer)
{
    o->deferring = defer;
}
void outlet_release(struct outlet *o);

/* Copies body, in pieces if it is long, and sends it. */
void outlet_control(struct outlet *o, const struct destination *to, enum packet_type type,
                    uint8_t flags, const uint8_t *body, size_t len);

static inline struct destination to_proc(unsigned i)
{
    return (struct destination){.kind = TO_PROC, .proc = (uint16_t)i};
}

bool outlet_next(struct outlet *o, struct sending *s); /* false: nothing left */
static inline bool outlet_is_empty(const struct outlet *o)
{
    return o->queue.next == o->queue.count && o->deferred.count == 0;
}

#endif
