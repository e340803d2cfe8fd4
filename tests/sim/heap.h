/* SPDX-License-Identifier: MIT
 *
 * heap.h - what is to happen, by time; what falls on one moment happens in the order in which it
 * was planned, so that a run repeats to the letter.
 */
#ifndef TESTS_SIM_HEAP_H
#define TESTS_SIM_HEAP_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/usec.h"

struct plan_item {
    usec at;
    uint64_t number;
    void *what;
};

struct plan_heap {
    struct plan_item *items;
    size_t count, size;
    uint64_t number;
};

void heap_add(struct plan_heap *h, usec at, void *what);
/* The time of the first item; NEVER if there is none. */
usec heap_next(const struct plan_heap *h);
void *heap_take(struct plan_heap *h);
void heap_fini(struct plan_heap *h, void (*drop)(void *what));

#endif
