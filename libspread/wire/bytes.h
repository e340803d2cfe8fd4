/* SPDX-License-Identifier: MIT
 *
 * bytes.h - bounded reading and writing of wire bytes.
 *
 * A reader never runs past its end: the first read that would makes it fail,
 * and failure sticks, so a decoder asks once, at its end. Words are taken in
 * the host's order, or turned when the peer said that its order is the other.
 */
#ifndef SPREAD_WIRE_BYTES_H
#define SPREAD_WIRE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct reader {
    const uint8_t *at;
    size_t left;
    bool swap; /* the peer's byte order is not ours */
    bool failed;
};

static inline struct reader reader_of(const void *bytes, size_t len)
{
    return (struct reader){.at = bytes, .left = len};
}

/* The next len bytes, lent; NULL when there are not as many. */
static inline const uint8_t *read_bytes(struct reader *r, size_t len)
{
    if (r->failed || len > r->left) {
        r->failed = true;
        return NULL;
    }
    const uint8_t *bytes = r->at;
    r->at += len;
    r->left -= len;
    return bytes;
}

static inline uint8_t read_u8(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 1);
    return p ? *p : 0;
}

/* One word at p, which may have any alignment. */
static inline uint32_t word_at(const uint8_t *p)
{
    uint32_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void put_word(uint8_t *p, uint32_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline uint32_t word_swap(uint32_t v)
{
    return __builtin_bswap32(v);
}

static inline uint16_t half_at(const uint8_t *p)
{
    uint16_t v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void put_half(uint8_t *p, uint16_t v)
{
    memcpy(p, &v, sizeof v);
}

static inline uint16_t read_u16(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 2);
    if (!p)
        return 0;
    return r->swap ? __builtin_bswap16(half_at(p)) : half_at(p);
}

static inline uint32_t read_u32(struct reader *r)
{
    const uint8_t *p = read_bytes(r, 4);
    if (!p)
        return 0;
    return r->swap ? word_swap(word_at(p)) : word_at(p);
}

/* Nothing was missing and nothing is left over. */
static inline bool reader_done(const struct reader *r)
{
    return !r->failed && r->left == 0;
}

#endif
