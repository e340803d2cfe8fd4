/* SPDX-License-Identifier: MIT
 *
 * ids.h - which ring, and which daemons in which of their lives.
 *
 * A daemon is named by its index in the configuration; a life of it by 64 random bits, its
 * incarnation, of which the low half (never 0) stands in lists.
 */
#ifndef SPREAD_PACKET_IDS_H
#define SPREAD_PACKET_IDS_H

#include "daemon/base/procset.h"
#include "daemon/packet/bytes.h"

/* Epochs order the rings a daemon has been in; the nonce makes ids unique, also over restarts. */
struct ring_id {
    uint64_t epoch;
    uint32_t nonce;
    uint16_t leader; /* index of the member that made it */
};

static inline bool ring_id_equal(const struct ring_id *a, const struct ring_id *b)
{
    return a->epoch == b->epoch && a->nonce == b->nonce && a->leader == b->leader;
}

/* The short form that data packets carry. */
static inline uint64_t ring_id_tag(const struct ring_id *id)
{
    return id->epoch << 32 | id->nonce;
}

/* Daemons and the life each is in; inc[i] is 0 exactly where i is not in. */
struct roster {
    struct procset in;
    uint32_t inc[PROCS_MAX];
};

static inline void roster_add(struct roster *r, unsigned i, uint32_t inc)
{
    procset_add(&r->in, i);
    r->inc[i] = inc;
}

static inline void roster_remove(struct roster *r, unsigned i)
{
    procset_remove(&r->in, i);
    r->inc[i] = 0;
}

static inline bool roster_has(const struct roster *r, unsigned i, uint32_t inc)
{
    return i < PROCS_MAX && inc != 0 && r->inc[i] == inc;
}

static inline struct roster roster_renumbered(const struct roster *r, const uint16_t map[PROCS_MAX])
{
    struct roster n = {.in = {{0}}};
    for procset_each(i, &r->in)
        roster_add(&n, map[i], r->inc[i]);
    return n;
}

/* Wire form: a count, then index and incarnation of each in rising order. Taking fails on indices
 * that are out of order or not below procs, and on incarnations of 0. */
void give_ring_id(struct writer *w, const struct ring_id *id);
struct ring_id take_ring_id(struct reader *r);
void give_roster(struct writer *w, const struct roster *l);
void take_roster(struct reader *r, struct roster *l, int procs);
/* Wire form of a set: a bit for each of procs, in bytes. */
void give_procset(struct writer *w, const struct procset *s, int procs);
struct procset take_procset(struct reader *r, int procs);
/* An index that must be below procs. */
uint16_t take_index(struct reader *r, int procs);

#endif
