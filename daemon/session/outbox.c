/* SPDX-License-Identifier: MIT */
#include "daemon/session/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "libspread/wire/frame.h"

enum {
    THIN_SHARE = 32,      /* up to this share of a block is copied before the block is referred to */
    COPIES = 16 << 10,    /* a block for copies, where so much waits */
};

static struct piece *ring_of(const struct outbox *o)
{
    return o->pieces ? o->pieces : (struct piece *)o->in_place;
}

static struct piece *piece_at(const struct outbox *o, uint32_t i)
{
    return &ring_of(o)[(o->head + i) & (o->size - 1)];
}

static void forget_storage(struct outbox *o)
{
    free(o->pieces);
    o->pieces = NULL;
    o->head = 0;
    o->size = OUTBOX_IN_PLACE;
}

void outbox_init(struct outbox *o)
{
    *o = (struct outbox){.size = OUTBOX_IN_PLACE};
}

void outbox_clear(struct outbox *o)
{
    for (uint32_t i = 0; i < o->used; i++)
        block_unref(piece_at(o, i)->block);
    free(o->pieces);
    outbox_init(o);
}

static void grow(struct outbox *o)
{
    struct piece *pieces = memory_grow(NULL, 4 * o->size * sizeof *pieces);
    for (uint32_t i = 0; i < o->used; i++)
        pieces[i] = *piece_at(o, i);
    free(o->pieces);
    o->pieces = pieces;
    o->head = 0;
    o->size *= 4;
}

/* What a piece keeps allocated; of several in a row that lie in one block the first has it. */
static size_t cost(const struct block *block)
{
    return sizeof *block + block->size;
}

/* That one is the block of the last piece, so another piece of it costs nothing. */
static bool is_last(const struct outbox *o, const struct block *block)
{
    return o->used > 0 && piece_at(o, o->used - 1)->block == block;
}

/* Takes over the reference. */
static void append(struct outbox *o, struct piece p)
{
    o->held += sizeof p + (is_last(o, p.block) ? 0 : cost(p.block));
    if (o->used == o->size)
        grow(o);
    o->used++;
    *piece_at(o, o->used - 1) = p;
    o->bytes += p.len;
    o->messages += p.messages;
}

static struct piece message_piece(struct block *block, uint8_t *at, uint32_t len, usec now)
{
    return (struct piece){.block = block, .at = at, .len = len, .messages = 1, .since = now};
}

static void lengthen(struct outbox *o, struct piece *p, uint32_t len)
{
    p->len += len;
    p->messages++;
    o->bytes += len;
    o->messages++;
}

/* m lies right behind the last piece: one piece serves both. */
static bool extend(struct outbox *o, const struct message *m)
{
    if (o->used == 0)
        return false;
    struct piece *last = piece_at(o, o->used - 1);
    if (last->messages == 0 || last->block != m->block || last->at + last->len != m->frame)
        return false;
    lengthen(o, last, m->len);
    return true;
}

/* m is so small a part of its block that a waiting outbox had better copy it. */
static bool is_thin(struct outbox *o, const struct message *m)
{
    if (o->thin_block != m->block) {
        o->thin_block = m->block;
        o->thin_bytes = 0;
    }
    o->thin_bytes += m->len;
    return o->thin_bytes <= m->block->size / THIN_SHARE;
}

/* With the block of m as well, too much would be allocated for what waits. */
static bool is_waste(const struct outbox *o, const struct message *m)
{
    uint64_t waits = o->bytes + m->len, would = o->held + cost(m->block);
    uint64_t waste = waits < OUTBOX_WASTE ? waits : OUTBOX_WASTE;
    return !is_last(o, m->block) && would > waits + waste + OUTBOX_SLACK;
}

/* Room for len bytes behind the last piece; NULL: there is none. If that is in a block which nobody else
 * has, the rest of it is ours. */
static uint8_t *room_behind(const struct outbox *o, uint32_t len)
{
    if (o->used == 0)
        return NULL;
    const struct piece *last = piece_at(o, o->used - 1);
    uint8_t *at = last->at + last->len;
    size_t room = (size_t)(last->block->bytes + last->block->size - at);
    return last->messages > 0 && last->block->refs == 1 && room >= len ? at : NULL;
}

/* Where little waits a block for copies is small: many clients may have stopped for good. */
static void copy(struct outbox *o, const struct message *m, usec now)
{
    uint8_t *at = room_behind(o, m->len);
    if (at) {
        memcpy(at, m->frame, m->len);
        lengthen(o, piece_at(o, o->used - 1), m->len);
        return;
    }
    size_t size = o->bytes < COPIES ? (size_t)o->bytes : COPIES;
    struct block *block = block_new(size > m->len ? size : m->len);
    memcpy(block->bytes, m->frame, m->len);
    append(o, message_piece(block, block->bytes, m->len, now));
}

void outbox_push(struct outbox *o, const struct message *m, usec now)
{
    if (extend(o, m))
        return;
    if (o->blocked && (is_thin(o, m) || is_waste(o, m)))
        copy(o, m, now);
    else
        append(o, message_piece(block_ref(m->block), m->frame, m->len, now));
}

void outbox_push_bytes(struct outbox *o, const void *bytes, size_t len)
{
    struct block *block = block_new(len);
    memcpy(block->bytes, bytes, len);
    append(o, (struct piece){.block = block, .at = block->bytes, .len = (uint32_t)len});
}

usec outbox_oldest(const struct outbox *o)
{
    return o->messages > 0 ? piece_at(o, 0)->since : NEVER;
}

int outbox_peek(const struct outbox *o, struct iovec *iov, int max)
{
    int n = 0;
    for (uint32_t i = 0; i < o->used && n < max; i++, n++) {
        const struct piece *p = piece_at(o, i);
        uint32_t skip = i == 0 ? o->done : 0;
        iov[n] = (struct iovec){.iov_base = p->at + skip, .iov_len = p->len - skip};
    }
    return n;
}

static void pop(struct outbox *o, struct piece *p)
{
    bool last_of_block = o->used == 1 || piece_at(o, 1)->block != p->block;
    o->messages -= p->messages;
    o->held -= sizeof *p + (last_of_block ? cost(p->block) : 0);
    block_unref(p->block);
    o->head = (o->head + 1) & (o->size - 1);
    o->used--;
    o->done = 0;
    if (o->used == 0)
        forget_storage(o);
}

/* The first part of p is written: whole frames leave it, of the next one o->done bytes. */
static void shorten(struct outbox *o, struct piece *p, size_t written)
{
    size_t at = written;
    while (p->messages > 0) {
        size_t len = frame_len(p->at);
        if (at < len)
            break;
        at -= len;
        p->at += len;
        p->len -= (uint32_t)len;
        p->messages--;
        o->messages--;
    }
    o->done = (uint32_t)at;
}

void outbox_written(struct outbox *o, size_t len)
{
    assert(len <= o->bytes);
    o->bytes -= len;
    while (len > 0) {
        struct piece *p = piece_at(o, 0);
        size_t rest = p->len - o->done;
        if (len < rest) {
            shorten(o, p, o->done + len);
            return;
        }
        len -= rest;
        pop(o, p);
    }
}
