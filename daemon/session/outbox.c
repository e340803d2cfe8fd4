/* SPDX-License-Identifier: MIT */
#include "daemon/session/outbox.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "libspread/wire/frame.h"

/* A blocked outbox copies up to this share of a block before it refers to the block itself. */
enum { THIN_SHARE = 32 };

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

/* Takes over the reference. */
static void append(struct outbox *o, struct piece p)
{
    if (o->used == o->size)
        grow(o);
    o->used++;
    *piece_at(o, o->used - 1) = p;
    o->bytes += p.len;
    o->messages += p.messages;
}

/* m lies right behind the last piece: one piece serves both. */
static bool extend(struct outbox *o, const struct message *m)
{
    if (o->used == 0)
        return false;
    struct piece *last = piece_at(o, o->used - 1);
    if (last->messages == 0 || last->block != m->block || last->at + last->len != m->frame)
        return false;
    last->len += m->len;
    last->messages++;
    o->bytes += m->len;
    o->messages++;
    return true;
}

/* True if m is so small a part of its block that a waiting outbox had better copy it. */
static bool is_thin(struct outbox *o, const struct message *m)
{
    if (o->thin_block != m->block) {
        o->thin_block = m->block;
        o->thin_bytes = 0;
    }
    o->thin_bytes += m->len;
    return o->thin_bytes <= m->block->size / THIN_SHARE;
}

void outbox_push(struct outbox *o, const struct message *m, usec now)
{
    if (extend(o, m))
        return;
    struct piece p = {
        .block = m->block, .at = m->frame, .len = m->len, .messages = 1, .since = now};
    if (o->blocked && is_thin(o, m)) {
        p.block = block_new(m->len);
        p.at = p.block->bytes;
        memcpy(p.at, m->frame, m->len);
    } else {
        block_ref(p.block);
    }
    append(o, p);
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
    o->messages -= p->messages;
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
