/* SPDX-License-Identifier: MIT */
#include "daemon/sight/latency.h"

#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

void latency_fini(struct latency *l)
{
    free(l->stamps);
}

static struct stamp *stamp_at(const struct latency *l, uint32_t i)
{
    return &l->stamps[(l->head + i) & (l->size - 1)];
}

static void grow(struct latency *l)
{
    uint32_t size = l->size ? 2 * l->size : 64;
    struct stamp *stamps = memory_new(size * sizeof *stamps);
    for (uint32_t i = 0; i < l->used; i++)
        stamps[i] = *stamp_at(l, i);
    free(l->stamps);
    l->stamps = stamps;
    l->head = 0;
    l->size = size;
}

void latency_on_submit(struct latency *l, usec now)
{
    l->submitted++;
    if (l->used == 0 || stamp_at(l, l->used - 1)->at != now) {
        if (l->used == l->size)
            grow(l);
        l->used++;
        stamp_at(l, l->used - 1)->at = now;
    }
    stamp_at(l, l->used - 1)->up_to = l->submitted;
}

void latency_on_delivery(struct latency *l, bool safe, usec now)
{
    l->delivered++;
    assert(l->delivered <= l->submitted); /* what is ours was submitted here, and comes once */
    if (stamp_at(l, 0)->up_to < l->delivered) {
        l->head = (l->head + 1) & (l->size - 1);
        l->used--;
    }
    usec at = stamp_at(l, 0)->at;
    histogram_note(safe ? &l->safe : &l->agreed, now > at ? now - at : 0);
}
