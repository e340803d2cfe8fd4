/* SPDX-License-Identifier: MIT
 *
 * scan.h - going through a hash table a part at a time, while it changes: for those who show what is in
 * it, and may not hold up the daemon for a million entries.
 *
 * A cursor says which buckets have been seen. It starts as 0 and is 0 again at the end. Buckets are
 * counted with their highest bit changing first, so that a table that has twice as many by then goes on
 * where it was: bucket 3 of 4 becomes 3 and 7 of 8, which come one after the other. What is in the table
 * all the while is seen once; what comes and goes meanwhile may be seen or not; only a table that was
 * emptied and begins anew may show things twice.
 */
#ifndef SPREAD_BASE_SCAN_H
#define SPREAD_BASE_SCAN_H

#include "daemon/base/memory.h"

#include <uthash.h>

static inline uint64_t scan_reversed(uint64_t v)
{
    uint64_t r = 0;
    for (int i = 0; i < 64; i++, v >>= 1)
        r = r << 1 | (v & 1);
    return r;
}

/* The cursor behind that bucket. */
static inline uint64_t scan_after(uint64_t cursor, unsigned buckets)
{
    cursor |= ~(uint64_t)(buckets - 1);
    return scan_reversed(scan_reversed(cursor) + 1);
}

/* Calls visit for what is in the next buckets of table (of head->HH.tbl), until limit things or more were
 * visited or none is left; the cursor for the next time. */
static inline uint64_t scan_table(const UT_hash_table *table, uint64_t cursor, size_t limit,
                                  void (*visit)(void *context, const void *entry), void *context)
{
    size_t visited = 0;
    if (!table)
        return 0;
    do {
        const UT_hash_bucket *bucket = &table->buckets[cursor & (table->num_buckets - 1)];
        for (UT_hash_handle *h = bucket->hh_head; h; h = h->hh_next, visited++)
            visit(context, (const char *)h - table->hho);
        cursor = scan_after(cursor, table->num_buckets);
    } while (cursor && visited < limit);
    return cursor;
}

#endif
