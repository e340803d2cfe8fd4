/* SPDX-License-Identifier: MIT
 *
 * name_table.h - clients and groups, found by their names.
 *
 * An open table: an entry stands in the slot that its hash says, its home, or in the next one that is
 * free. Homes are in the order of hashes, so in a table of twice the size everything stands in the same
 * order. A slot has the hash beside the pointer: what is not in the table, as a million groups that
 * another side tells of, is not found without looking at any entry, each of which is a miss of all caches.
 *
 * A table that becomes too small or too large has one of another size put beside it, and with each entry that
 * comes or goes some move over: at 1,000,000 groups all at once would take a tenth of a second or two, in
 * which nobody is served. Meanwhile who is not in the one may be in the other.
 */
#ifndef SPREAD_GROUPS_NAME_TABLE_H
#define SPREAD_GROUPS_NAME_TABLE_H

#include <stddef.h>
#include <stdint.h>

#include "libspread/wire/names.h"

struct name_slot {
    void *entry; /* begins with its struct name; NULL: the slot is free */
    uint32_t hash;
};

struct name_slots {
    struct name_slot *slots; /* 1 << bits of them, at least half of them free; NULL: there are none */
    unsigned bits;
};

struct name_table {
    struct name_slots now;    /* nothing is in the table: none */
    struct name_slots before; /* what has not moved over yet; none: all has */
    size_t moved;             /* slots of before that have been emptied, the first ones */
    size_t count;
};

void *name_table_find(const struct name_table *t, const struct name *name);
/* No entry of that name is in it. */
void name_table_add(struct name_table *t, void *entry);
/* It is in it. With entries the table shrinks. */
void name_table_remove(struct name_table *t, void *entry);

/* A name that will be asked for: what is read then is fetched meanwhile. */
void name_table_foresee(const struct name_table *t, const struct name *name);

/* The next entry behind *at, which begins with 0; NULL: there is none. Nothing is added or removed
 * meanwhile. */
void *name_table_next(const struct name_table *t, size_t *at);

/* The same in parts, while the table changes. A cursor is the hash of what comes next; it starts as 0 and
 * is 0 again at the end. Calls visit until limit entries or more were visited or none is left; returns the
 * cursor for the next time. What is in the table all the while is seen once; what comes and goes may be
 * seen or not. */
uint64_t name_table_scan(const struct name_table *t, uint64_t cursor, size_t limit,
                         void (*visit)(void *context, const void *entry), void *context);

#endif
