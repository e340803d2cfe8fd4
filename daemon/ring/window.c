/* SPDX-License-Identifier: MIT */
#include "daemon/ring/window.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

void window_init(struct window *w, uint32_t size)
{
    assert((size & (size - 1)) == 0);
    *w = (struct window){.slots = memory_new(size * sizeof(w->slots[0])), .size = size};
}

static struct slot *slot_of(const struct window *w, uint64_t seq)
{
    return &w->slots[seq & (w->size - 1)];
}

static void empty(struct window *w)
{
    for (uint64_t seq = w->stable + 1; seq <= w->high; seq++) {
        block_unref(slot_of(w, seq)->block);
        slot_of(w, seq)->block = NULL;
    }
}

void window_fini(struct window *w)
{
    empty(w);
    free(w->slots);
}

void window_restart(struct window *w)
{
    empty(w);
    window_skip_to(w, 0);
}

bool window_wants(const struct window *w, uint64_t seq)
{
    return seq > w->aru && seq - w->stable <= w->size && !window_has(w, seq);
}

void window_put(struct window *w, uint64_t seq, const struct slot *s)
{
    assert(window_wants(w, seq));
    *slot_of(w, seq) = *s;
    if (seq > w->high)
        w->high = seq;
    while (w->aru < w->high && slot_of(w, w->aru + 1)->block)
        w->aru++;
}

const struct slot *window_get(const struct window *w, uint64_t seq)
{
    if (seq <= w->stable || seq > w->high)
        return NULL;
    const struct slot *s = slot_of(w, seq);
    return s->block ? s : NULL;
}

void window_renumber(struct window *w, const uint16_t *map)
{
    for (uint64_t seq = w->stable + 1; seq <= w->high; seq++)
        slot_of(w, seq)->origin = map[slot_of(w, seq)->origin];
}

void window_forget(struct window *w, uint64_t seq)
{
    assert(seq <= w->aru);
    for (; w->stable < seq; w->stable++) {
        struct slot *s = slot_of(w, w->stable + 1);
        block_unref(s->block);
        s->block = NULL;
    }
}
