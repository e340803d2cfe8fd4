/* SPDX-License-Identifier: MIT
 *
 * order_inside.h - what the checks of the order keep, for the order_*.c files only: order_check.c
 * looks at messages, order_views.c at views, order_cut.c at the whole.
 */
#ifndef TESTS_SIM_ORDER_INSIDE_H
#define TESTS_SIM_ORDER_INSIDE_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "tests/sim/arrays.h"
#include "tests/sim/mix.h"
#include "tests/sim/order_check.h"

enum { NOWHERE = -1 };

/* A message in the order of its ring. */
struct sent {
    uint64_t seq;
    unsigned part;
    uint64_t content; /* hash of its bytes */
    uint8_t service;
    unsigned origin;   /* life */
    usec at;
    uint64_t position; /* up to which seq the sender had delivered */
    struct procset must_deliver; /* V1: members that deliver it, or fail */
};

/* One life of a daemon in one ring. */
struct stay {
    unsigned life;
    int old;          /* index into rings of the ring it came from; NOWHERE: the boot ring */
    struct procset transitional; /* by which it came */
    uint8_t *delivered; /* a flag for each of the ring's messages */
    size_t delivered_size;
    size_t regular;   /* so many, the first ones, while the view was regular */
    size_t count, own_sent, own_delivered;
    uint64_t hash;    /* of what was delivered, in order ... */
    uint64_t regular_hash; /* ... while the view was regular; hash is then of the rest */
    bool left;
    uint64_t first_skipped; /* seq of the first message passed over; 0: none */
    struct procset skipped; /* daemons of which messages were passed over */
    size_t next;      /* index of the message behind the one delivered last */
};

struct ring_record {
    uint64_t tag, epoch;
    int index;
    struct procset members;
    bool installed;
    struct sent *sent;
    size_t sent_count, sent_size;
    struct stay *stays;
    size_t stay_count, stay_size;
    UT_hash_handle hh;
};

/* For a thorough C5: what one life did, in order. */
enum deed_kind { DID_VIEW, DID_SEND, DID_DELIVER };

struct deed {
    enum deed_kind kind;
    uint64_t key; /* which view, which message */
};

struct life {
    const struct process *process; /* NULL: such a life was never seen */
    int proc;
    bool ended;
    int ring;         /* index of the ring it is in; NOWHERE: boot */
    int stay;         /* index of its stay there */
    bool transitional;
    uint64_t coming;  /* tag of the ring that the transitional view leads to */
    struct procset transitional_members;
    struct deed *deeds;
    size_t deed_count, deed_size;
};

/* Of one client: the ring in which each of its messages was ordered, by count. */
struct sender {
    uint64_t *tags;
    size_t size;
};

struct order_check {
    struct world *world;
    bool thorough;
    struct ring_record *by_tag;
    struct ring_record **rings;
    size_t ring_count, ring_size;
    struct life *lives; /* by number */
    size_t life_size;
    struct sender *senders; /* by number of the client */
    size_t sender_size;
    uint64_t deliveries, views;
};

#define BREAK(o, id, ...) verdict_break(&(o)->world->verdict, id, __VA_ARGS__)

int order_ring_index(struct order_check *o, uint64_t tag, uint64_t epoch);
struct stay *order_stay(const struct order_check *o, const struct life *l); /* NULL: boot */
struct stay *order_stay_of_proc(const struct order_check *o, const struct ring_record *r,
                                unsigned proc);
static inline unsigned order_life_number(const struct order_check *o, const struct life *l)
{
    return (unsigned)(l - o->lives);
}
static inline bool order_has_delivered(const struct stay *s, size_t index)
{
    return index < s->delivered_size && s->delivered[index];
}

/* -- order_views.c ------------------------------------------------------------------------- */

void order_on_transitional(struct order_check *o, struct life *l, const struct trace_record *t);
void order_on_regular(struct order_check *o, struct life *l, const struct trace_record *t);
void order_on_stable(struct order_check *o, const struct life *l, const struct trace_record *t);

/* -- order_cut.c --------------------------------------------------------------------------- */

void order_note_deed(struct order_check *o, struct life *l, enum deed_kind kind, uint64_t key);
void order_check_cut(struct order_check *o);

#endif
