/* SPDX-License-Identifier: MIT
 *
 * sorting.h - groups put into the order of their names, some at a time.
 *
 * What is added stands in runs that are in order already; runs are merged two by two. Groups that
 * come in order, as those of one client do, cost nothing more.
 */
#ifndef SPREAD_GROUPS_SORTING_H
#define SPREAD_GROUPS_SORTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct group;

struct sorting {
    struct group **list; /* runs behind each other */
    size_t count, size;
    size_t *ends; /* where each run ends */
    size_t run_count, run_size;

    /* Runs pair and pair + 1 are being merged into other, and pair / 2 before them are. */
    struct group **other;
    size_t pair, start, left, right, out;

    size_t next; /* to be taken */
};

void sorting_add(struct sorting *o, struct group *g);

/* Nothing more is to be added. Merges on, and takes what it takes off *units, one for each group that
 * is moved. True: all are in order. */
bool sorting_sort(struct sorting *o, int64_t *units);

/* The next group; NULL: there is none. With the last one all it needed is free. */
struct group *sorting_take(struct sorting *o);

static inline bool sorting_is_empty(const struct sorting *o)
{
    return o->next == o->count;
}

/* Forgets all. */
void sorting_clear(struct sorting *o);

#endif
