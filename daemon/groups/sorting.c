/* SPDX-License-Identifier: MIT */
#include "daemon/groups/sorting.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/groups/member.h"

static bool is_behind(const struct group *a, const struct group *b)
{
    return memcmp(a->name.text, b->name.text, NAME_FIELD) > 0;
}

/* Groups lie anywhere in memory: the one that will be looked at so many others later is fetched
 * meanwhile. */
static void foresee(const struct sorting *o, size_t at)
{
    enum { AHEAD = 8 };
    if (at + AHEAD < o->count)
        __builtin_prefetch(o->list[at + AHEAD]);
}

void sorting_add(struct sorting *o, struct group *g)
{
    if (o->count == o->size) {
        o->size = o->size ? 2 * o->size : 64;
        o->list = memory_grow(o->list, o->size * sizeof(o->list[0]));
    }
    if (o->count == 0 || is_behind(o->list[o->count - 1], g)) {
        if (o->run_count == o->run_size) {
            o->run_size = o->run_size ? 2 * o->run_size : 4;
            o->ends = memory_grow(o->ends, o->run_size * sizeof(o->ends[0]));
        }
        o->run_count++;
    }
    o->list[o->count++] = g;
    o->ends[o->run_count - 1] = o->count;
}

/* A pass over all pairs of runs begins. */
static void begin_pass(struct sorting *o)
{
    if (!o->other)
        o->other = memory_new(o->count * sizeof(o->other[0]));
    o->pair = o->start = 0;
}

static void begin_pair(struct sorting *o)
{
    o->left = o->out = o->start;
    o->right = o->ends[o->pair];
}

/* Moves one group. False: the pair is done. */
static bool merge_one(struct sorting *o, size_t left_end, size_t right_end)
{
    bool from_left = o->left < left_end, from_right = o->right < right_end;
    if (from_left && from_right)
        from_left = !is_behind(o->list[o->left], o->list[o->right]);
    if (!from_left && !from_right)
        return false;
    size_t *from = from_left ? &o->left : &o->right;
    foresee(o, *from);
    o->other[o->out++] = o->list[(*from)++];
    return true;
}

static void end_pair(struct sorting *o, size_t right_end)
{
    o->ends[o->pair / 2] = o->start = right_end;
    o->pair += 2;
}

static void end_pass(struct sorting *o)
{
    struct group **merged = o->other;
    o->other = o->list;
    o->list = merged;
    o->size = o->count;
    o->run_count = (o->run_count + 1) / 2;
    o->pair = o->start = o->out = 0;
}

bool sorting_sort(struct sorting *o, int64_t *units)
{
    while (o->run_count > 1) {
        if (o->pair == 0 && o->out == 0) {
            begin_pass(o);
            begin_pair(o);
        }
        size_t left_end = o->ends[o->pair];
        size_t right_end = o->pair + 1 < o->run_count ? o->ends[o->pair + 1] : left_end;
        while (*units > 0 && merge_one(o, left_end, right_end))
            --*units;
        if (o->out < right_end)
            return false;
        end_pair(o, right_end);
        if (o->pair < o->run_count)
            begin_pair(o);
        else
            end_pass(o);
    }
    return true;
}

struct group *sorting_take(struct sorting *o)
{
    if (o->next == o->count)
        return NULL;
    foresee(o, o->next);
    struct group *g = o->list[o->next++];
    if (o->next == o->count)
        sorting_clear(o);
    return g;
}

void sorting_clear(struct sorting *o)
{
    free(o->list);
    free(o->other);
    free(o->ends);
    *o = (struct sorting){0};
}
