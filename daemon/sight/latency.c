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

void latency_begin_stamp(struct latency *l, usec now)
{
    if (l->used > 0)
        stamp_at(l, l->used - 1)->up_to = l->submitted;
    if (l->used == l->size)
        grow(l);
    l->used++;
    stamp_at(l, l->used - 1)->at = now;
    l->last_at = now;
}

void latency_end_run(struct latency *l)
{
    if (l->run.count > 0)
        histogram_note(l->run.safe ? &l->safe : &l->agreed,
                       l->run.to > l->run.from ? l->run.to - l->run.from : 0, l->run.count);
    l->run.count = 0;
}

static uint64_t last_of_front(const struct latency *l)
{
    return l->used == 1 ? l->submitted : stamp_at(l, 0)->up_to;
}

void latency_begin_run(struct latency *l, bool safe, usec now)
{
    latency_end_run(l);
    assert(l->delivered <= l->submitted); /* what is ours was submitted here, and comes once */
    while (last_of_front(l) < l->delivered) {
        l->head = (l->head + 1) & (l->size - 1);
        l->used--;
    }
    l->run.safe = safe;
    l->run.from = stamp_at(l, 0)->at;
    l->run.to = now;
    l->run.limit = last_of_front(l);
}
