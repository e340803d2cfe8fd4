/* SPDX-License-Identifier: MIT */
#include "daemon/groups/member.h"

#include <stdlib.h>
#include <string.h>

void members_init(struct members *m)
{
    *m = (struct members){0};
    for (int i = 0; i < PROCS_MAX; i++)
        list_init(&m->of_daemon[i]);
}

struct client *members_client(struct members *m, const struct name *who)
{
    struct client *c;
    HASH_FIND(hh, m->clients, who->text, NAME_FIELD, c);
    return c;
}

struct client *members_add_client(struct members *m, const struct name *who, uint16_t daemon)
{
    struct client *c = memory_new(sizeof *c);
    c->name = *who;
    c->daemon = daemon;
    list_init(&c->of_daemon);
    list_append(&m->of_daemon[daemon], &c->of_daemon);
    HASH_ADD(hh, m->clients, name.text, NAME_FIELD, c);
    return c;
}

void members_drop_client(struct members *m, struct client *c)
{
    HASH_DELETE(hh, m->clients, c);
    list_remove(&c->of_daemon);
    free(c->groups);
    free(c);
}

struct group *members_group(struct members *m, const struct name *name)
{
    struct group *g;
    HASH_FIND(hh, m->groups, name->text, NAME_FIELD, g);
    return g;
}

struct group *members_add_group(struct members *m, const struct name *name)
{
    struct group *g = memory_new(sizeof *g);
    g->name = *name;
    HASH_ADD(hh, m->groups, name.text, NAME_FIELD, g);
    return g;
}

static void free_group(struct group *g)
{
    free(g->names);
    free(g->members);
    free(g->locals);
    free(g);
}

void members_drop_group(struct members *m, struct group *g)
{
    HASH_DELETE(hh, m->groups, g);
    free_group(g);
}

int client_compare(const struct client *a, const struct client *b)
{
    if (a->daemon != b->daemon)
        return a->daemon < b->daemon ? -1 : 1;
    return memcmp(a->name.text, b->name.text, NAME_FIELD);
}

/* Where c stands in g, or would stand; *found tells which. */
static uint32_t member_position(const struct group *g, const struct client *c, bool *found)
{
    uint32_t low = 0, high = g->member_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = client_compare(g->members[middle], c);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    *found = false;
    return low;
}

/* Where g stands among the groups of c, or would stand. */
static uint32_t group_position(const struct client *c, const struct group *g)
{
    uint32_t low = 0, high = c->group_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(c->groups[middle]->name.text, g->name.text, NAME_FIELD) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

bool client_is_in(const struct client *c, const struct group *g)
{
    uint32_t at = group_position(c, g);
    return at < c->group_count && c->groups[at] == g;
}

static uint32_t grown(uint32_t size)
{
    return size ? 2 * size : 4;
}

static void note_group(struct client *c, struct group *g)
{
    if (c->group_count == c->group_size) {
        c->group_size = grown(c->group_size);
        c->groups = memory_grow(c->groups, c->group_size * sizeof(c->groups[0]));
    }
    uint32_t at = group_position(c, g);
    memmove(c->groups + at + 1, c->groups + at, (c->group_count - at) * sizeof(c->groups[0]));
    c->groups[at] = g;
    c->group_count++;
}

static void note_local(struct group *g, struct client *c)
{
    if (g->local_count == g->local_size) {
        g->local_size = grown(g->local_size);
        g->locals = memory_grow(g->locals, g->local_size * sizeof(g->locals[0]));
    }
    g->locals[g->local_count++] = c;
}

bool group_add(struct group *g, struct client *c)
{
    bool found;
    uint32_t at = member_position(g, c, &found);
    if (found)
        return false;
    if (g->member_count == g->member_size) {
        g->member_size = grown(g->member_size);
        g->names = memory_grow(g->names, g->member_size * sizeof(g->names[0]));
        g->members = memory_grow(g->members, g->member_size * sizeof(g->members[0]));
    }
    uint32_t behind = g->member_count - at;
    memmove(g->names + at + 1, g->names + at, behind * sizeof(g->names[0]));
    memmove(g->members + at + 1, g->members + at, behind * sizeof(g->members[0]));
    g->names[at] = c->name;
    g->members[at] = c;
    g->member_count++;
    if (c->local)
        note_local(g, c);
    note_group(c, g);
    return true;
}

static void forget_local(struct group *g, const struct client *c)
{
    uint32_t i = 0;
    while (g->locals[i] != c)
        i++;
    g->locals[i] = g->locals[--g->local_count];
}

bool group_remove(struct group *g, struct client *c)
{
    bool found;
    uint32_t at = member_position(g, c, &found);
    if (!found)
        return false;
    uint32_t behind = g->member_count - at - 1;
    memmove(g->names + at, g->names + at + 1, behind * sizeof(g->names[0]));
    memmove(g->members + at, g->members + at + 1, behind * sizeof(g->members[0]));
    g->member_count--;
    if (c->local)
        forget_local(g, c);
    uint32_t mine = group_position(c, g);
    memmove(c->groups + mine, c->groups + mine + 1,
            (c->group_count - mine - 1) * sizeof(c->groups[0]));
    c->group_count--;
    return true;
}

void members_fini(struct members *m)
{
    struct group *g, *next_group;
    HASH_ITER(hh, m->groups, g, next_group) {
        HASH_DELETE(hh, m->groups, g);
        free_group(g);
    }
    struct client *c, *next_client;
    HASH_ITER(hh, m->clients, c, next_client)
        members_drop_client(m, c);
}

static int by_name(const void *a, const void *b)
{
    const struct group *const *x = a, *const *y = b;
    return memcmp((*x)->name.text, (*y)->name.text, NAME_FIELD);
}

void groups_sort(struct group **list, size_t count)
{
    if (count > 1)
        qsort(list, count, sizeof *list, by_name);
}

struct group **members_sorted(const struct members *m, bool (*wanted)(const struct group *g),
                              size_t *count)
{
    struct group **list = memory_new((HASH_COUNT(m->groups) + 1) * sizeof *list);
    struct group *g, *next;
    *count = 0;
    HASH_ITER(hh, m->groups, g, next)
        if (wanted(g))
            list[(*count)++] = g;
    groups_sort(list, *count);
    return list;
}
