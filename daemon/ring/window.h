/* SPDX-License-Identifier: MIT
 *
 * window.h - the numbered packets of a ring that somebody may still need: by seq, those that are
 * here and the holes between them.
 */
#ifndef SPREAD_RING_WINDOW_H
#define SPREAD_RING_WINDOW_H

#include <stdbool.h>

#include "daemon/base/block.h"

struct slot {
    struct block *block; /* NULL: a hole */
    uint8_t *body;       /* of the DATA or RDATA, checked */
    uint16_t len;
    uint16_t origin;
};

/* Every number up to stable is here at all members and forgotten by us; all up to aru are here;
 * nothing is known beyond high. stable <= aru <= high <= stable + size. */
struct window {
    struct slot *slots; /* by seq modulo size */
    uint32_t size;      /* a power of two */
    uint64_t stable, aru, high;
};

void window_init(struct window *w, uint32_t size);
void window_fini(struct window *w);

/* Forgets everything and starts at 1. */
void window_restart(struct window *w);
/* Numbers that were given and used up at once, in a ring of one. */
static inline void window_skip_to(struct window *w, uint64_t seq)
{
    w->stable = w->aru = w->high = seq;
}

/* True if seq is one that may be put and is a hole yet. */
bool window_wants(const struct window *w, uint64_t seq);
/* Puts a wanted packet, taking over the reference; advances aru and high. */
void window_put(struct window *w, uint64_t seq, const struct slot *s);

/* The packet of that number; NULL if it is not here. */
const struct slot *window_get(const struct window *w, uint64_t seq);
static inline bool window_has(const struct window *w, uint64_t seq)
{
    return window_get(w, seq) != NULL;
}

/* The origins have other indices. */
void window_renumber(struct window *w, const uint16_t *map);

/* All members have everything up to seq, which is at most aru: forgets it. */
void window_forget(struct window *w, uint64_t seq);

#endif
