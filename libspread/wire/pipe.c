/* SPDX-License-Identifier: MIT */
#include "libspread/wire/pipe.h"

#include <string.h>

#define RUNG 1u

_Static_assert(sizeof(struct pipe_memory) <= PIPE_FRONT, "the front has room for what is agreed");

struct pipe pipe_up(void *memory)
{
    struct pipe_memory *m = memory;
    return (struct pipe){&m->up, (uint8_t *)memory + PIPE_FRONT, PIPE_UP};
}

struct pipe pipe_down(void *memory)
{
    struct pipe_memory *m = memory;
    return (struct pipe){&m->down, (uint8_t *)memory + PIPE_FRONT + PIPE_UP, PIPE_DOWN};
}

/* Where the byte of that count lies; base may be anything. */
static uint32_t place(const struct pipe *p, uint32_t count)
{
    return (count - atomic_load_explicit(&p->state->base, memory_order_relaxed)) & (p->size - 1);
}

/* -- the writer ---------------------------------------------------------------------------------- */

uint32_t pipe_room(const struct pipe *p, uint32_t written)
{
    uint32_t full = pipe_distance(atomic_load(&p->state->taken), written);
    return full <= p->size ? p->size - full : UINT32_MAX;
}

void pipe_put(const struct pipe *p, uint32_t written, const void *bytes, size_t len)
{
    if (len == 0)
        return;
    if (pipe_distance(atomic_load(&p->state->taken), written) == 0)
        atomic_store_explicit(&p->state->base, written, memory_order_relaxed);
    uint32_t at = place(p, written);
    size_t first = len < p->size - at ? len : p->size - at;
    memcpy(p->bytes + at, bytes, first);
    memcpy(p->bytes, (const uint8_t *)bytes + first, len - first);
}

bool pipe_publish(const struct pipe *p, uint32_t written)
{
    return !(atomic_exchange(&p->state->written, written << 1 | RUNG) & RUNG);
}

bool pipe_wakes(const struct pipe *p)
{
    return atomic_load(&p->state->wants_more) &&
           atomic_exchange(&p->state->wants_more, 0);
}

bool pipe_want_room(const struct pipe *p, uint32_t written)
{
    atomic_store(&p->state->wants_room, 1);
    return pipe_room(p, written) >= p->size / 2;
}

/* -- the reader ---------------------------------------------------------------------------------- */

uint32_t pipe_waiting(const struct pipe *p, uint32_t taken)
{
    return pipe_distance(taken, atomic_load(&p->state->written) >> 1);
}

const uint8_t *pipe_front(const struct pipe *p, uint32_t taken, uint32_t waiting, uint32_t *len)
{
    uint32_t at = place(p, taken);
    *len = waiting < p->size - at ? waiting : p->size - at;
    return p->bytes + at;
}

void pipe_get(const struct pipe *p, uint32_t taken, void *to, size_t len)
{
    uint32_t first;
    const uint8_t *from = pipe_front(p, taken, (uint32_t)len, &first);
    memcpy(to, from, first);
    memcpy((uint8_t *)to + first, p->bytes, len - first);
}

bool pipe_take(const struct pipe *p, uint32_t taken)
{
    struct pipe_state *s = p->state;
    atomic_store(&s->taken, taken);
    return atomic_load(&s->wants_room) && pipe_waiting(p, taken) <= p->size / 2 &&
           atomic_exchange(&s->wants_room, 0);
}

void pipe_want_more(const struct pipe *p)
{
    atomic_store(&p->state->wants_more, 1);
}

bool pipe_rest(const struct pipe *p, uint32_t taken)
{
    unsigned rung = taken << 1 | RUNG;
    return atomic_compare_exchange_strong(&p->state->written, &rung, taken << 1);
}
