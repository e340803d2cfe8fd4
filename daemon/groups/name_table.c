/* SPDX-License-Identifier: MIT */
#include "daemon/groups/name_table.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

enum {
    HASH_BITS = 32,
    BITS_AT_FIRST = 4,
    /* With each change so many slots of the one before are emptied. Between two changes of size there are as
     * many others as a 32nd of its slots, at least. */
    MOVED_AT_A_TIME = 32,
};

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

/* -- slots --------------------------------------------------------------------------------- */

static struct name_slots slots_new(unsigned bits)
{
    assert(bits < HASH_BITS);
    return (struct name_slots){memory_new(((size_t)1 << bits) * sizeof(struct name_slot)), bits};
}

static void slots_free(struct name_slots *s)
{
    free(s->slots);
    *s = (struct name_slots){0};
}

static size_t size_of(const struct name_slots *s)
{
    return s->slots ? (size_t)1 << s->bits : 0;
}

static size_t home_of(const struct name_slots *s, uint32_t hash)
{
    return hash >> (HASH_BITS - s->bits);
}

static size_t behind(const struct name_slots *s, size_t slot)
{
    return (slot + 1) & (size_of(s) - 1);
}

static void *find(const struct name_slots *s, const struct name *name, uint32_t hash)
{
    if (!s->slots)
        return NULL;
    for (size_t i = home_of(s, hash); s->slots[i].entry; i = behind(s, i))
        if (s->slots[i].hash == hash && name_equal(s->slots[i].entry, name))
            return s->slots[i].entry;
    return NULL;
}

static void put(struct name_slots *s, struct name_slot slot)
{
    size_t i = home_of(s, slot.hash);
    while (s->slots[i].entry)
        i = behind(s, i);
    s->slots[i] = slot;
}

/* Slot i is free now. Whoever stands behind it, and nearer to its home if it stood there, moves there. */
static void close_gap(struct name_slots *s, size_t i)
{
    size_t mask = size_of(s) - 1;
    for (size_t k = behind(s, i); s->slots[k].entry; k = behind(s, k)) {
        size_t from_home = (k - home_of(s, s->slots[k].hash)) & mask;
        if (from_home < ((k - i) & mask))
            continue;
        s->slots[i] = s->slots[k];
        s->slots[k].entry = NULL;
        i = k;
    }
}

/* False: it does not stand there. */
static bool take_out(struct name_slots *s, const void *entry, uint32_t hash)
{
    if (!s->slots)
        return false;
    size_t i = home_of(s, hash);
    while (s->slots[i].entry && s->slots[i].entry != entry)
        i = behind(s, i);
    if (!s->slots[i].entry)
        return false;
    s->slots[i].entry = NULL;
    close_gap(s, i);
    return true;
}

/* -- the table ----------------------------------------------------------------------------- */

/* Those that stand one behind the other move together, so who is left is found as ever. */
static void move_some(struct name_table *t)
{
    struct name_slots *from = &t->before;
    size_t end = t->moved + MOVED_AT_A_TIME;
    while (t->moved < size_of(from) && (t->moved < end || from->slots[t->moved].entry)) {
        struct name_slot *slot = &from->slots[t->moved++];
        if (slot->entry)
            put(&t->now, *slot);
        slot->entry = NULL;
    }
    if (t->moved == size_of(from))
        slots_free(from);
}

static void resize(struct name_table *t, unsigned bits)
{
    while (t->before.slots)
        move_some(t);
    t->before = t->now;
    t->now = slots_new(bits);
    t->moved = 0;
}

void *name_table_find(const struct name_table *t, const struct name *name)
{
    uint32_t hash = hash_of(name);
    void *entry = find(&t->now, name, hash);
    return entry ? entry : find(&t->before, name, hash);
}

void name_table_add(struct name_table *t, void *entry)
{
    if (!t->now.slots)
        t->now = slots_new(BITS_AT_FIRST);
    else if (2 * (t->count + 1) > size_of(&t->now))
        resize(t, t->now.bits + 1);
    move_some(t);
    put(&t->now, (struct name_slot){entry, hash_of(entry)});
    t->count++;
}

void name_table_remove(struct name_table *t, void *entry)
{
    uint32_t hash = hash_of(entry);
    bool was_in = take_out(&t->now, entry, hash) || take_out(&t->before, entry, hash);
    assert(was_in);
    if (--t->count == 0) {
        slots_free(&t->now);
        slots_free(&t->before);
        return;
    }
    if (t->now.bits > BITS_AT_FIRST && 16 * t->count < size_of(&t->now))
        resize(t, t->now.bits - 1);
    move_some(t);
}

void name_table_foresee(const struct name_table *t, const struct name *name)
{
    uint32_t hash = hash_of(name);
    if (t->now.slots)
        __builtin_prefetch(&t->now.slots[home_of(&t->now, hash)], 1);
    if (t->before.slots)
        __builtin_prefetch(&t->before.slots[home_of(&t->before, hash)], 1);
}

/* -- all of them --------------------------------------------------------------------------- */

void *name_table_next(const struct name_table *t, size_t *at)
{
    size_t now = size_of(&t->now), all = now + size_of(&t->before);
    while (*at < all) {
        size_t i = (*at)++;
        void *entry = i < now ? t->now.slots[i].entry : t->before.slots[i - now].entry;
        if (entry)
            return entry;
    }
    return NULL;
}

struct visitor {
    void (*visit)(void *context, const void *entry);
    void *context;
    size_t visited;
};

/* Those whose home that is, with hashes of from or more. */
static void visit_home(const struct name_slots *s, size_t home, uint64_t from, struct visitor *v)
{
    for (size_t i = home; s->slots[i].entry; i = behind(s, i)) {
        if (home_of(s, s->slots[i].hash) != home || s->slots[i].hash < from)
            continue;
        v->visit(v->context, s->slots[i].entry);
        v->visited++;
    }
}

/* Those with hashes of from up to last, with which a home ends. */
static void visit_range(const struct name_slots *s, uint64_t from, uint64_t last, struct visitor *v)
{
    if (!s->slots)
        return;
    for (size_t home = home_of(s, (uint32_t)from); home <= home_of(s, (uint32_t)last); home++)
        visit_home(s, home, from, v);
}

uint64_t name_table_scan(const struct name_table *t, uint64_t cursor, size_t limit,
                         void (*visit)(void *context, const void *entry), void *context)
{
    struct visitor v = {visit, context, 0};
    if (!t->now.slots || cursor > UINT32_MAX)
        return 0;
    /* As much as a home of the table that has fewer of them: with that whole ones of the other end, too. */
    bool before_has_fewer = t->before.slots && t->before.bits < t->now.bits;
    uint64_t step = (uint64_t)1 << (HASH_BITS - (before_has_fewer ? t->before.bits : t->now.bits));
    do {
        uint64_t next = (cursor / step + 1) * step;
        visit_range(&t->now, cursor, next - 1, &v);
        visit_range(&t->before, cursor, next - 1, &v);
        cursor = next;
    } while (cursor <= UINT32_MAX && v.visited < limit);
    return cursor <= UINT32_MAX ? cursor : 0;
}
