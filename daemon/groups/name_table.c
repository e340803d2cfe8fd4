/* SPDX-License-Identifier: MIT */
#include "daemon/groups/name_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

enum { HASH_BITS = 32, BITS_AT_FIRST = 4 };

static uint32_t hash_of(const struct name *name)
{
    uint64_t words[NAME_FIELD / sizeof(uint64_t)], h = 0;
    memcpy(words, name->text, sizeof words);
    for (size_t i = 0; i < NAME_FIELD / sizeof(uint64_t); i++) {
        h = (h ^ words[i]) * 0x9e3779b97f4a7c15u;
        h ^= h >> 29;
    }
    return (uint32_t)(h * 0xbf58476d1ce4e5b9u >> HASH_BITS);
}

static size_t size_of(const struct name_table *t)
{
    return (size_t)1 << t->bits;
}

static size_t home_of(const struct name_table *t, uint32_t hash)
{
    return hash >> (HASH_BITS - t->bits);
}

static size_t behind(const struct name_table *t, size_t slot)
{
    return (slot + 1) & (size_of(t) - 1);
}

void *name_table_find(const struct name_table *t, const struct name *name)
{
    uint32_t hash = hash_of(name);
    if (!t->slots)
        return NULL;
    for (size_t i = home_of(t, hash); t->slots[i].entry; i = behind(t, i))
        if (t->slots[i].hash == hash && name_equal(t->slots[i].entry, name))
            return t->slots[i].entry;
    return NULL;
}

static void put(struct name_table *t, struct name_slot slot)
{
    size_t i = home_of(t, slot.hash);
    while (t->slots[i].entry)
        i = behind(t, i);
    t->slots[i] = slot;
}

static void resize(struct name_table *t, unsigned bits)
{
    struct name_table old = *t;
    assert(bits < HASH_BITS);
    t->bits = bits;
    t->slots = memory_new(size_of(t) * sizeof t->slots[0]);
    for (size_t i = 0; old.slots && i < size_of(&old); i++)
        if (old.slots[i].entry)
            put(t, old.slots[i]);
    free(old.slots);
}

void name_table_add(struct name_table *t, void *entry)
{
    if (!t->slots)
        resize(t, BITS_AT_FIRST);
    else if (2 * (t->count + 1) > size_of(t))
        resize(t, t->bits + 1);
    put(t, (struct name_slot){entry, hash_of(entry)});
    t->count++;
}

/* Slot i is free now. Whoever stands behind it, and nearer to its home if it stood there, moves there. */
static void close_gap(struct name_table *t, size_t i)
{
    size_t mask = size_of(t) - 1;
    for (size_t k = behind(t, i); t->slots[k].entry; k = behind(t, k)) {
        size_t from_home = (k - home_of(t, t->slots[k].hash)) & mask;
        if (from_home < ((k - i) & mask))
            continue;
        t->slots[i] = t->slots[k];
        t->slots[k].entry = NULL;
        i = k;
    }
}

void name_table_remove(struct name_table *t, void *entry)
{
    size_t i = home_of(t, hash_of(entry));
    while (t->slots[i].entry != entry)
        i = behind(t, i);
    t->slots[i].entry = NULL;
    close_gap(t, i);
    if (--t->count == 0) {
        free(t->slots);
        t->slots = NULL;
    } else if (t->bits > BITS_AT_FIRST && 16 * t->count < size_of(t)) {
        resize(t, t->bits - 1);
    }
}

void name_table_foresee(const struct name_table *t, const struct name *name)
{
    if (t->slots)
        __builtin_prefetch(&t->slots[home_of(t, hash_of(name))], 1);
}

void *name_table_next(const struct name_table *t, size_t *at)
{
    while (t->slots && *at < size_of(t)) {
        void *entry = t->slots[(*at)++].entry;
        if (entry)
            return entry;
    }
    return NULL;
}

/* Those whose home that is, and who stand at cursor or behind it. */
static size_t visit_home(const struct name_table *t, size_t home, uint64_t cursor,
                         void (*visit)(void *context, const void *entry), void *context)
{
    size_t visited = 0;
    for (size_t i = home; t->slots[i].entry; i = behind(t, i)) {
        if (home_of(t, t->slots[i].hash) != home || t->slots[i].hash < cursor)
            continue;
        visit(context, t->slots[i].entry);
        visited++;
    }
    return visited;
}

uint64_t name_table_scan(const struct name_table *t, uint64_t cursor, size_t limit,
                         void (*visit)(void *context, const void *entry), void *context)
{
    if (!t->slots || cursor > UINT32_MAX)
        return 0;
    size_t home = home_of(t, (uint32_t)cursor), visited = 0;
    do
        visited += visit_home(t, home++, cursor, visit, context);
    while (home < size_of(t) && visited < limit);
    return home < size_of(t) ? (uint64_t)home << (HASH_BITS - t->bits) : 0;
}
