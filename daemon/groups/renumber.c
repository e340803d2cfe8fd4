/* SPDX-License-Identifier: MIT
 *
 * Another configuration: the daemons have other indices, and so the member lists another order.
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/groups/inside.h"

void groups_set_conf(struct groups *g, const struct conf *conf)
{
    g->conf = conf;
    if (g->exchange)
        g->exchange->conf = conf;
}

static int by_list_order(const void *a, const void *b)
{
    return client_compare(*(struct client *const *)a, *(struct client *const *)b);
}

static void sort_members(struct group *group)
{
    qsort(group->members, group->member_count, sizeof group->members[0], by_list_order);
    for (uint32_t i = 0; i < group->member_count; i++)
        group->names[i] = group->members[i]->name;
}

void groups_renumber(struct groups *g, const struct conf *conf, int self,
                     const uint16_t map[PROCS_MAX])
{
    struct view old = g->view;
    struct client *c, *next_client;
    struct group *group, *next_group;
    assert(g->state == GROUPS_STEADY);
    g->conf = conf;
    g->self = (uint16_t)self;
    g->view.members = procset_renumbered(&old.members, map);
    for procset_each(i, &old.members)
        g->view.came_from[map[i]] = old.came_from[i];
    g->synced = procset_renumbered(&g->synced, map);
    HASH_ITER(hh, g->members.clients, c, next_client) {
        c->daemon = map[c->daemon];
        list_append(&g->members.of_daemon[c->daemon], &c->of_daemon);
    }
    HASH_ITER(hh, g->members.groups, group, next_group)
        sort_members(group);
}
