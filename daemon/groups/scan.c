/* SPDX-License-Identifier: MIT
 *
 * Groups as they are shown to people: a part at a time, for there may be a million.
 */
#include "daemon/groups/inside.h"

struct scanning {
    void (*visit)(void *context, const struct group_seen *seen);
    void *context;
};

static void show(const struct scanning *s, const struct group *group)
{
    struct group_seen seen = {
        .name = &group->name,
        .id = &group->id,
        .members = group->names,
        .count = group->member_count,
        .local = group->local_count,
    };
    s->visit(s->context, &seen);
}

static void visit_entry(void *context, const void *entry)
{
    show(context, entry);
}

uint64_t groups_scan(const struct groups *g, uint64_t cursor, size_t limit,
                     void (*visit)(void *context, const struct group_seen *seen), void *context)
{
    struct scanning s = {visit, context};
    return name_table_scan(&g->members.groups, cursor, limit, visit_entry, &s);
}

bool groups_has(struct groups *g, const struct name *name)
{
    return members_group(&g->members, name);
}

void groups_see(struct groups *g, const struct name *name,
                void (*visit)(void *context, const struct group_seen *seen), void *context)
{
    struct scanning s = {visit, context};
    const struct group *group = members_group(&g->members, name);
    if (group)
        show(&s, group);
}

uint32_t groups_of_client_list(const struct groups *g, const struct name *who, struct name *list,
                               uint32_t most)
{
    const struct client *c = members_client(&g->members, who);
    uint32_t count = c ? c->group_count : 0;
    for (uint32_t i = 0; i < count && i < most; i++)
        list[i] = c->groups[i]->name;
    return count;
}

size_t groups_clients(const struct groups *g)
{
    return g->members.clients.count;
}

uint64_t groups_members(const struct groups *g)
{
    return g->members.total;
}
