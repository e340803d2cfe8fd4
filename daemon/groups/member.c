/* SPDX-License-Identifier: MIT */
#include "daemon/groups/member.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

/* So many members weigh as much as a group. */
enum { MEMBERS_A_UNIT = 8 };

void members_init(struct members *m)
{
    *m = (struct members){0};
    list_init(&m->all);
    list_init(&m->changed);
    for (int i = 0; i < PROCS_MAX; i++)
        list_init(&m->of_daemon[i]);
}

struct client *members_client(const struct members *m, const struct name *who)
{
    return name_table_find(&m->clients, who);
}

struct client *members_add_client(struct members *m, const struct name *who, uint16_t daemon)
{
    struct client *c = memory_new(sizeof *c);
    c->name = *who;
    c->daemon = daemon;
    list_init(&c->of_daemon);
    list_append(&m->of_daemon[daemon], &c->of_daemon);
    name_table_add(&m->clients, c);
    return c;
}

/* What the list of its groups lies in; NULL: it has never been in one. */
static struct group **room_of(const struct client *c)
{
    return c->group_gap > 0 ? c->groups - c->group_gap : c->groups;
}

void members_drop_client(struct members *m, struct client *c)
{
    name_table_remove(&m->clients, c);
    list_remove(&c->of_daemon);
    free(room_of(c));
    free(c);
}

struct group *members_group(struct members *m, const struct name *name)
{
    if (!m->last || !name_equal(&m->last->name, name))
        m->last = name_table_find(&m->groups, name);
    return m->last;
}

void members_foresee(const struct members *m, const struct name *name)
{
    name_table_foresee(&m->groups, name);
}

struct group *members_add_group(struct members *m, const struct name *name)
{
    struct group *g = memory_new(sizeof *g);
    g->name = *name;
    list_init(&g->changed);
    list_init(&g->all);
    list_append(&m->all, &g->all);
    name_table_add(&m->groups, g);
    return g;
}

static void free_group(struct group *g)
{
    list_remove(&g->changed);
    list_remove(&g->all);
    free(g->names);
    free(g->members);
    free(g->locals);
    free(g);
}

void members_drop_group(struct members *m, struct group *g)
{
    name_table_remove(&m->groups, g);
    if (m->last == g)
        m->last = NULL;
    free_group(g);
}

void group_mark(struct members *m, struct group *g)
{
    list_append(&m->changed, &g->changed);
}

struct group *members_take_changed(struct members *m)
{
    struct link *l = list_take_first(&m->changed);
    return l ? list_entry(l, struct group, changed) : NULL;
}

uint32_t group_units(const struct group *g)
{
    return 1 + g->member_count / MEMBERS_A_UNIT;
}

static int client_compare(const struct client *a, const struct client *b)
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

/* How many groups of c have a name that compares below limit: 0 counts those before it, 1 it, too. */
static uint32_t groups_below(const struct client *c, const struct name *name, int limit)
{
    uint32_t low = 0, high = c->group_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (memcmp(c->groups[middle]->name.text, name->text, NAME_FIELD) < limit)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Where g stands among the groups of c, or would stand. */
static uint32_t group_position(const struct client *c, const struct group *g)
{
    return groups_below(c, &g->name, 0);
}

uint32_t client_groups_up_to(const struct client *c, const struct name *name)
{
    return groups_below(c, name, 1);
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

/* Makes sure that one more fits behind the last group of c. */
static void make_room(struct client *c)
{
    struct group **room = room_of(c);
    if (c->group_gap + c->group_count < c->group_size)
        return;
    if (c->group_gap <= c->group_size / 2) {
        c->group_size = grown(c->group_size);
        room = memory_grow(room, c->group_size * sizeof(room[0]));
    }
    memmove(room, room + c->group_gap, c->group_count * sizeof(room[0]));
    c->groups = room;
    c->group_gap = 0;
}

static void note_group(struct client *c, struct group *g)
{
    make_room(c);
    uint32_t at = c->group_count; /* groups are joined and told of in the order of their names, often */
    if (at > 0 && memcmp(c->groups[at - 1]->name.text, g->name.text, NAME_FIELD) > 0)
        at = group_position(c, g);
    memmove(c->groups + at + 1, c->groups + at, (c->group_count - at) * sizeof(c->groups[0]));
    c->groups[at] = g;
    c->group_count++;
}

/* The shorter side moves: who leaves 200,000 groups one by one does so from one end, as a rule. */
static void forget_group(struct client *c, const struct group *g)
{
    uint32_t at = group_position(c, g), behind = c->group_count - at - 1;
    c->group_count--;
    if (at < behind) {
        memmove(c->groups + 1, c->groups, at * sizeof(c->groups[0]));
        c->groups++;
        c->group_gap++;
    } else {
        memmove(c->groups + at, c->groups + at + 1, behind * sizeof(c->groups[0]));
    }
}

static void note_local(struct group *g, struct client *c)
{
    if (g->local_count == g->local_size) {
        g->local_size = grown(g->local_size);
        g->locals = memory_grow(g->locals, g->local_size * sizeof(g->locals[0]));
    }
    uint32_t at = g->local_count++;
    if (c->notices) {
        g->locals[at] = g->locals[g->listeners];
        at = g->listeners++;
    }
    g->locals[at] = c;
}

bool group_add(struct members *m, struct group *g, struct client *c)
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
    ++m->total;
    if (c->local)
        note_local(g, c);
    note_group(c, g);
    return true;
}

/* -- many at once -------------------------------------------------------------------------- */

static int by_list_order(const void *a, const void *b)
{
    return client_compare(*(struct client *const *)a, *(struct client *const *)b);
}

static bool is_sorted(struct client *const *list, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++)
        if (client_compare(list[i - 1], list[i]) >= 0)
            return false;
    return true;
}

static void sort_clients(struct client **list, uint32_t count)
{
    if (!is_sorted(list, count))
        qsort(list, count, sizeof *list, by_list_order);
}

static void append_member(struct group *g, struct client *c)
{
    g->names[g->member_count] = c->name;
    g->members[g->member_count++] = c;
}

static void enter_new(struct group *g, struct client *c)
{
    append_member(g, c);
    if (c->local)
        note_local(g, c);
    note_group(c, g);
}

void group_add_all(struct members *m, struct group *g, struct client **list, uint32_t count)
{
    struct client **old = g->members;
    uint32_t old_count = g->member_count, i = 0, k = 0;
    sort_clients(list, count);
    free(g->names);
    g->member_size = old_count + count;
    g->names = memory_new(g->member_size * sizeof(g->names[0]));
    g->members = memory_new(g->member_size * sizeof(g->members[0]));
    g->member_count = 0;
    while (i < old_count || k < count) {
        int order = i == old_count ? 1 : k == count ? -1 : client_compare(old[i], list[k]);
        if (order <= 0)
            append_member(g, old[i++]);
        else if (k > 0 && list[k] == list[k - 1])
            k++; /* told twice */
        else
            enter_new(g, list[k++]);
        if (order == 0)
            k++;
    }
    m->total += g->member_count - old_count;
    free(old);
}

void group_sort_members(struct group *g)
{
    if (is_sorted(g->members, g->member_count))
        return;
    qsort(g->members, g->member_count, sizeof g->members[0], by_list_order);
    for (uint32_t i = 0; i < g->member_count; i++)
        g->names[i] = g->members[i]->name;
}

void group_drop_daemons(struct members *m, struct group *g, const struct procset *daemons)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < g->member_count; i++) {
        if (procset_has(daemons, g->members[i]->daemon))
            continue;
        if (kept < i) {
            g->names[kept] = g->names[i];
            g->members[kept] = g->members[i];
        }
        kept++;
    }
    m->total -= g->member_count - kept;
    g->member_count = kept;
}

/* -- out ----------------------------------------------------------------------------------- */

static void forget_local(struct group *g, const struct client *c)
{
    uint32_t i = 0;
    while (g->locals[i] != c)
        i++;
    if (i < g->listeners) {
        g->locals[i] = g->locals[--g->listeners];
        i = g->listeners;
    }
    g->locals[i] = g->locals[--g->local_count];
}

bool group_remove_member(struct members *m, struct group *g, struct client *c)
{
    bool found;
    uint32_t at = member_position(g, c, &found);
    if (!found)
        return false;
    uint32_t behind = g->member_count - at - 1;
    memmove(g->names + at, g->names + at + 1, behind * sizeof(g->names[0]));
    memmove(g->members + at, g->members + at + 1, behind * sizeof(g->members[0]));
    g->member_count--;
    --m->total;
    if (c->local)
        forget_local(g, c);
    return true;
}

bool group_remove(struct members *m, struct group *g, struct client *c)
{
    if (!group_remove_member(m, g, c))
        return false;
    forget_group(c, g);
    return true;
}

void client_forget_first(struct client *c, uint32_t count)
{
    if (count == 0)
        return; /* one that is in no group has no list to move in */
    c->group_count -= count;
    c->groups += count;
    c->group_gap += count;
}

void members_fini(struct members *m)
{
    struct link *l;
    while ((l = list_take_first(&m->all)))
        members_drop_group(m, list_entry(l, struct group, all));
    for (int i = 0; i < PROCS_MAX; i++)
        while ((l = list_take_first(&m->of_daemon[i])))
            members_drop_client(m, list_entry(l, struct client, of_daemon));
}
