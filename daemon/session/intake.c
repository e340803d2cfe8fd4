/* SPDX-License-Identifier: MIT */
#include "daemon/session/intake.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

enum { SLABS_KEPT = 8 };

struct intake {
    struct block_pool *pool;
    struct block *slab;
    uint32_t used;  /* of the slab: bytes that messages refer to, or did */
    size_t rest;    /* bytes behind them that were read and not yet taken apart */
    size_t aside;   /* of these, copied from the client's partial when room was asked for */
};

struct intake *intake_new(void)
{
    struct intake *in = memory_new(sizeof *in);
    in->pool = block_pool_new(INTAKE_SLAB, SLABS_KEPT);
    in->slab = block_take(in->pool);
    return in;
}

void intake_free(struct intake *in)
{
    if (!in)
        return;
    block_unref(in->slab);
    block_pool_free(in->pool);
    free(in);
}

static void drop(struct partial *p, bool secret)
{
    if (secret && p->block && !p->total)
        explicit_bzero(p->block->bytes, p->have);
    block_unref(p->block);
    *p = (struct partial){0};
}

void intake_clear(struct partial *p)
{
    drop(p, true);
}

/* A slab with room behind used for what was set aside and a fair read. */
static void make_room(struct intake *in, size_t aside)
{
    if (in->slab->refs == 1)
        in->used = 0; /* nobody refers to it any more: start over, in warm memory */
    if (INTAKE_SLAB - in->used >= aside + INTAKE_ROOM)
        return;
    block_unref(in->slab);
    in->slab = block_take(in->pool);
    in->used = 0;
}

int intake_room(struct intake *in, const struct partial *p, size_t most, struct iovec iov[2])
{
    int n = 0;
    in->aside = p->block && !p->total ? p->have : 0;
    make_room(in, in->aside);
    uint8_t *tail = in->slab->bytes + in->used;
    if (in->aside)
        memcpy(tail, p->block->bytes, in->aside);
    if (p->total)
        iov[n++] = (struct iovec){p->block->bytes + p->have, p->total - p->have};
    size_t room = INTAKE_SLAB - in->used - in->aside;
    iov[n++] = (struct iovec){tail + in->aside, room < most ? room : most};
    return n;
}

bool intake_on_read(struct intake *in, struct partial *p, size_t n, bool secret, struct input *frame)
{
    if (!p->total) {
        in->rest = in->aside + n;
        drop(p, secret); /* its bytes are in the slab now */
        return false;
    }
    size_t missing = p->total - p->have;
    size_t mine = n < missing ? n : missing;
    in->rest = n - mine;
    p->have += (uint32_t)mine;
    if (p->have < p->total)
        return false;
    *frame = (struct input){.block = p->block, .at = p->block->bytes, .len = p->total};
    *p = (struct partial){0};
    return true;
}

struct input intake_rest(struct intake *in)
{
    return (struct input){.block = in->slab, .at = in->slab->bytes + in->used, .len = in->rest};
}

void intake_done(struct intake *in, struct partial *p, size_t used, size_t needed)
{
    const uint8_t *left = in->slab->bytes + in->used + used;
    size_t have = in->rest - used;

    in->used += (uint32_t)used;
    in->rest = 0;
    if (have == 0)
        return;
    bool large = needed >= INTAKE_LARGE;
    p->block = block_new(large ? needed : have);
    p->have = (uint32_t)have;
    p->total = large ? (uint32_t)needed : 0;
    memcpy(p->block->bytes, left, have);
}
