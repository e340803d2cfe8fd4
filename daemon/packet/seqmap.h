/* SPDX-License-Identifier: MIT
 *
 * seqmap.h - which of a stretch of sequence numbers: a bit for each of from + 1 ... from + count.
 */
#ifndef SPREAD_PACKET_SEQMAP_H
#define SPREAD_PACKET_SEQMAP_H

#include <stdbool.h>

#include "daemon/packet/bytes.h"

/* A ring lets nobody fall behind by more than SEQMAP_MAX / 2 packets. */
enum { SEQMAP_MAX = 8192 };

struct seqmap {
    uint64_t from;
    uint32_t count;
    uint8_t bits[SEQMAP_MAX / 8];
};

static inline bool seqmap_has(const struct seqmap *m, uint64_t seq)
{
    uint64_t at = seq - m->from - 1;
    return at < m->count && (m->bits[at / 8] >> (at % 8) & 1);
}

static inline void seqmap_add(struct seqmap *m, uint64_t seq)
{
    uint64_t at = seq - m->from - 1;
    m->bits[at / 8] |= (uint8_t)(1u << (at % 8));
}

static inline void seqmap_remove(struct seqmap *m, uint64_t seq)
{
    uint64_t at = seq - m->from - 1;
    m->bits[at / 8] &= (uint8_t) ~(1u << (at % 8));
}

static inline uint32_t seqmap_size(const struct seqmap *m)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < (m->count + 7) / 8; i++)
        n += (uint32_t)__builtin_popcount(m->bits[i]);
    return n;
}

/* Wire form: from 8, count 4, the bits. Taking fails on a count over SEQMAP_MAX or on bits
 * behind it. */
static inline void give_seqmap(struct writer *w, const struct seqmap *m)
{
    give_u64(w, m->from);
    give_u32(w, m->count);
    give_bytes(w, m->bits, (m->count + 7) / 8);
}

static inline void take_seqmap(struct reader *r, struct seqmap *m)
{
    *m = (struct seqmap){.from = take_u64(r), .count = take_u32(r)};
    if (m->count > SEQMAP_MAX || m->from > UINT64_MAX - SEQMAP_MAX) {
        m->count = 0;
        r->failed = true;
        return;
    }
    const uint8_t *bits = read_bytes(r, (m->count + 7) / 8);
    if (bits)
        memcpy(m->bits, bits, (m->count + 7) / 8);
    if (m->count % 8 && m->bits[m->count / 8] >> (m->count % 8))
        r->failed = true;
}

#endif
