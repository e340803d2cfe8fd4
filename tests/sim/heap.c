/* SPDX-License-Identifier: MIT */
#include "tests/sim/heap.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

static bool before(const struct plan_item *a, const struct plan_item *b)
{
    return a->at != b->at ? a->at < b->at : a->number < b->number;
}

static void swap(struct plan_item *a, struct plan_item *b)
{
    struct plan_item t = *a;
    *a = *b;
    *b = t;
}

void heap_add(struct plan_heap *h, usec at, void *what)
{
    if (h->count == h->size) {
        h->size = h->size ? 2 * h->size : 256;
        h->items = memory_grow(h->items, h->size * sizeof h->items[0]);
    }
    size_t i = h->count++;
    h->items[i] = (struct plan_item){.at = at, .number = h->number++, .what = what};
    for (; i > 0 && before(&h->items[i], &h->items[(i - 1) / 2]); i = (i - 1) / 2)
        swap(&h->items[i], &h->items[(i - 1) / 2]);
}

usec heap_next(const struct plan_heap *h)
{
    return h->count > 0 ? h->items[0].at : NEVER;
}

void *heap_take(struct plan_heap *h)
{
    void *what = h->items[0].what;
    h->items[0] = h->items[--h->count];
    for (size_t i = 0;;) {
        size_t least = i;
        for (size_t k = 2 * i + 1; k <= 2 * i + 2 && k < h->count; k++)
            if (before(&h->items[k], &h->items[least]))
                least = k;
        if (least == i)
            return what;
        swap(&h->items[i], &h->items[least]);
        i = least;
    }
}

void heap_fini(struct plan_heap *h, void (*drop)(void *what))
{
    for (size_t i = 0; i < h->count; i++)
        drop(h->items[i].what);
    free(h->items);
    *h = (struct plan_heap){0};
}
