/* SPDX-License-Identifier: MIT */
#include "daemon/ring/ring.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

struct waiting {
    struct message message;
    uint8_t service;
};

struct ring {
    uint16_t self;
    bool installed;
    uint64_t seq; /* last number given out */
    /* Submitted messages, first come first ordered: a circle of a power-of-two size. */
    struct waiting *queue;
    uint32_t head, used, size;
    uint64_t bytes;
};

struct ring *ring_new(uint16_t self)
{
    struct ring *r = memory_new(sizeof *r);
    r->self = self;
    return r;
}

void ring_free(struct ring *r)
{
    if (!r)
        return;
    for (uint32_t i = 0; i < r->used; i++)
        message_unref(&r->queue[(r->head + i) & (r->size - 1)].message);
    free(r->queue);
    free(r);
}

static void grow(struct ring *r)
{
    uint32_t size = r->size ? 2 * r->size : 64;
    struct waiting *queue = memory_new(size * sizeof *queue);
    for (uint32_t i = 0; i < r->used; i++)
        queue[i] = r->queue[(r->head + i) & (r->size - 1)];
    free(r->queue);
    r->queue = queue;
    r->head = 0;
    r->size = size;
}

void ring_submit(struct ring *r, struct message m, enum ring_service service)
{
    if (r->used == r->size)
        grow(r);
    r->queue[(r->head + r->used) & (r->size - 1)] =
        (struct waiting){.message = m, .service = (uint8_t)service};
    r->used++;
    r->bytes += m.len;
}

uint32_t ring_backlog(const struct ring *r)
{
    return r->used;
}

uint64_t ring_backlog_bytes(const struct ring *r)
{
    return r->bytes;
}

void ring_install_alone(struct ring *r)
{
    r->installed = true;
    r->seq = 0;
}

bool ring_next(struct ring *r, struct ordered *o)
{
    if (!r->installed || r->used == 0)
        return false;
    struct waiting *w = &r->queue[r->head];
    *o = (struct ordered){
        .message = w->message, .seq = ++r->seq, .origin = r->self, .service = w->service};
    r->head = (r->head + 1) & (r->size - 1);
    r->used--;
    r->bytes -= o->message.len;
    return true;
}
