/* SPDX-License-Identifier: MIT
 *
 * Another configuration: the daemons have other indices, and so the member lists another order.
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/groups/inside.h"

/* Members keep their order if daemons do, as when one of them is taken out of the file. */
static bool keeps_order(const struct procset *daemons, const uint16_t map[PROCS_MAX])
{
    int last = -1;
    for procset_each(i, daemons) {
        if (map[i] < last)
            return false;
        last = map[i];
    }
    return true;
}

static bool sort_members(struct groups *g)
{
    struct work *w = &g->work;
    for (; w->sorted != &g->members.all && work_may_go_on(g); w->sorted = w->sorted->next) {
        struct group *group = list_entry(w->sorted, struct group, all);
        work_costs(g, group_units(group));
        group_sort_members(group);
    }
    return w->sorted != &g->members.all;
}

void groups_renumber(struct groups *g, const uint16_t map[PROCS_MAX])
{
    struct view old = g->view;
    struct client *c;
    size_t at = 0;
    assert(g->state == GROUPS_STEADY && g->work.count == 0);
    g->view.members = procset_renumbered(&old.members, map);
    for procset_each(i, &old.members)
        g->view.came_from[map[i]] = old.came_from[i];
    g->synced = procset_renumbered(&g->synced, map);
    agreement_forget_places(&g->agreement);
    while ((c = name_table_next(&g->members.clients, &at))) {
        c->daemon = map[c->daemon];
        list_append(&g->members.of_daemon[c->daemon], &c->of_daemon);
    }
    if (keeps_order(&old.members, map))
        return;
    g->work.sorted = g->members.all.next;
    work_then(g, sort_members);
    work_go_on(g);
}
