/* SPDX-License-Identifier: MIT */
#include "tests/sim/noted.h"

#include <stdlib.h>

struct noted *note_once(struct noted **table, uint64_t key, uint64_t value, bool *added)
{
    struct noted *n;
    HASH_FIND(hh, *table, &key, sizeof key, n);
    *added = !n;
    if (n)
        return n;
    n = memory_new(sizeof *n);
    n->key = key;
    n->value = value;
    HASH_ADD(hh, *table, key, sizeof n->key, n);
    return n;
}

void note_ring(struct noted **table, uint32_t proc, uint32_t time, uint64_t tag)
{
    bool added;
    struct noted *n = note_once(table, (uint64_t)proc << 32 | time, tag, &added);
    if (!added && n->value != tag)
        n->value = 0;
}

void notes_free(struct noted *table)
{
    struct noted *n, *next;
    HASH_ITER(hh, table, n, next) {
        HASH_DELETE(hh, table, n);
        free(n);
    }
}
