/* SPDX-License-Identifier: MIT
 *
 * procset.h - sets of daemons by index, as plain values.
 */
#ifndef SPREAD_BASE_PROCSET_H
#define SPREAD_BASE_PROCSET_H

#include <stdbool.h>
#include <stdint.h>

/* Configured daemons have the indices below CONF_DAEMONS_MAX (128). Those above belong to ghosts:
 * daemons that a reload of the configuration has removed and that the last view still had. */
enum {
    PROCS_MAX = 192,
    FIRST_GHOST = 128,
    PROCSET_WORDS = PROCS_MAX / 64,
    NO_PROC = 0xffff,
};

struct procset {
    uint64_t bits[PROCSET_WORDS];
};

static inline bool procset_has(const struct procset *s, unsigned i)
{
    return i < PROCS_MAX && (s->bits[i / 64] >> (i % 64) & 1);
}

static inline void procset_add(struct procset *s, unsigned i)
{
    s->bits[i / 64 % PROCSET_WORDS] |= (uint64_t)1 << (i % 64);
}

static inline void procset_remove(struct procset *s, unsigned i)
{
    s->bits[i / 64 % PROCSET_WORDS] &= ~((uint64_t)1 << (i % 64));
}

static inline struct procset procset_of(unsigned i)
{
    struct procset s = {{0}};
    procset_add(&s, i);
    return s;
}

static inline int procset_count(const struct procset *s)
{
    int n = 0;
    for (int w = 0; w < PROCSET_WORDS; w++)
        n += __builtin_popcountll(s->bits[w]);
    return n;
}

static inline bool procset_empty(const struct procset *s)
{
    for (int w = 0; w < PROCSET_WORDS; w++)
        if (s->bits[w])
            return false;
    return true;
}

static inline bool procset_equal(const struct procset *a, const struct procset *b)
{
    for (int w = 0; w < PROCSET_WORDS; w++)
        if (a->bits[w] != b->bits[w])
            return false;
    return true;
}

static inline struct procset procset_union(const struct procset *a, const struct procset *b)
{
    struct procset s;
    for (int w = 0; w < PROCSET_WORDS; w++)
        s.bits[w] = a->bits[w] | b->bits[w];
    return s;
}

static inline struct procset procset_both(const struct procset *a, const struct procset *b)
{
    struct procset s;
    for (int w = 0; w < PROCSET_WORDS; w++)
        s.bits[w] = a->bits[w] & b->bits[w];
    return s;
}

static inline struct procset procset_minus(const struct procset *a, const struct procset *b)
{
    struct procset s;
    for (int w = 0; w < PROCSET_WORDS; w++)
        s.bits[w] = a->bits[w] & ~b->bits[w];
    return s;
}

static inline bool procset_within(const struct procset *a, const struct procset *b)
{
    struct procset rest = procset_minus(a, b);
    return procset_empty(&rest);
}

/* The smallest member >= from; -1 if there is none. So a loop over a set reads
 *     for (int i = procset_next(&s, 0); i >= 0; i = procset_next(&s, i + 1)) */
static inline int procset_next(const struct procset *s, int from)
{
    for (int w = from / 64; w < PROCSET_WORDS; w++) {
        uint64_t bits = s->bits[w];
        if (w == from / 64)
            bits &= ~(uint64_t)0 << (from % 64);
        if (bits)
            return w * 64 + __builtin_ctzll(bits);
    }
    return -1;
}

#define procset_each(i, s) (int i = procset_next((s), 0); i >= 0; i = procset_next((s), i + 1))

static inline int procset_first(const struct procset *s)
{
    return procset_next(s, 0);
}

/* The member behind i in ring order: the next larger index, after the largest the smallest. i need
 * not be a member; s is not empty. */
static inline int procset_successor(const struct procset *s, int i)
{
    int next = procset_next(s, i + 1);
    return next >= 0 ? next : procset_first(s);
}

static inline int procset_predecessor(const struct procset *s, int i)
{
    int last = -1, before = -1;
    for procset_each(k, s) {
        if (k < i)
            before = k;
        last = k;
    }
    return before >= 0 ? before : last;
}

/* The set under other indices: i becomes map[i]. */
static inline struct procset procset_renumbered(const struct procset *s,
                                                const uint16_t map[PROCS_MAX])
{
    struct procset r = {{0}};
    for procset_each(i, s)
        procset_add(&r, map[i]);
    return r;
}

#endif
