/* SPDX-License-Identifier: MIT
 *
 * bytes.h - words between daemons: most significant byte first. Reading is bounded and its failure
 * sticks (libspread/wire/bytes.h); so does that of writing.
 */
#ifndef SPREAD_PACKET_BYTES_H
#define SPREAD_PACKET_BYTES_H

#include "libspread/wire/bytes.h"

static inline uint64_t be_at(const uint8_t *p, int bytes)
{
    uint64_t v = 0;
    for (int i = 0; i < bytes; i++)
        v = v << 8 | p[i];
    return v;
}

static inline void be_put(uint8_t *p, int bytes, uint64_t v)
{
    for (int i = bytes - 1; i >= 0; i--, v >>= 8)
        p[i] = (uint8_t)v;
}

static inline uint64_t take(struct reader *r, int bytes)
{
    const uint8_t *p = read_bytes(r, (size_t)bytes);
    return p ? be_at(p, bytes) : 0;
}

static inline uint8_t take_u8(struct reader *r)
{
    return (uint8_t)take(r, 1);
}

static inline uint16_t take_u16(struct reader *r)
{
    return (uint16_t)take(r, 2);
}

static inline uint32_t take_u32(struct reader *r)
{
    return (uint32_t)take(r, 4);
}

static inline uint64_t take_u64(struct reader *r)
{
    return take(r, 8);
}

struct writer {
    uint8_t *start, *at;
    size_t left;
    bool failed; /* something did not fit; what was written is of no use */
};

static inline struct writer writer_of(void *bytes, size_t size)
{
    return (struct writer){.start = bytes, .at = bytes, .left = size};
}

static inline size_t writer_len(const struct writer *w)
{
    return w->failed ? 0 : (size_t)(w->at - w->start);
}

static inline uint8_t *give_room(struct writer *w, size_t len)
{
    if (w->failed || len > w->left) {
        w->failed = true;
        return NULL;
    }
    uint8_t *p = w->at;
    w->at += len;
    w->left -= len;
    return p;
}

static inline void give(struct writer *w, int bytes, uint64_t v)
{
    uint8_t *p = give_room(w, (size_t)bytes);
    if (p)
        be_put(p, bytes, v);
}

static inline void give_u8(struct writer *w, uint8_t v)
{
    give(w, 1, v);
}

static inline void give_u16(struct writer *w, uint16_t v)
{
    give(w, 2, v);
}

static inline void give_u32(struct writer *w, uint32_t v)
{
    give(w, 4, v);
}

static inline void give_u64(struct writer *w, uint64_t v)
{
    give(w, 8, v);
}

static inline void give_bytes(struct writer *w, const void *bytes, size_t len)
{
    uint8_t *p = give_room(w, len);
    if (p)
        memcpy(p, bytes, len);
}

#endif
