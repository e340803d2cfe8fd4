/* SPDX-License-Identifier: MIT
 *
 * P2, as far as groups and clients go.
 */
#include "daemon/daemon_inside.h"
#include "daemon/groups/inside.h"
#include "tests/sim/rest_check.h"

static const char *kept_by_groups(const struct groups *g)
{
    const struct group *group;
    const struct client *c;
    if (g->state != GROUPS_STEADY || g->exchange)
        return "an exchange that has ended";
    if (g->pending_next < g->pending_count)
        return "deliveries";
    for (size_t at = 0; (group = name_table_next(&g->members.groups, &at));)
        if (group->member_count == 0 || group->merging)
            return "a group without members, or what was noted of a merge";
    for (size_t at = 0; (c = name_table_next(&g->members.clients, &at));)
        if (c->daemon != g->in_force->self && c->group_count == 0)
            return "a client of another daemon that is in no group";
    return NULL;
}

/* Local clients of the groups that the table of sessions does not have, or the other way round. */
static const char *kept_of_sessions(const struct daemon *d)
{
    size_t open = 0, known = 0, at = 0;
    const struct client *c;
    for (const struct session *s = d->clients.table.by_name; s; s = s->by_name.next)
        open += s->state == SESSION_OPEN || s->departing;
    while ((c = name_table_next(&d->shared.groups->members.clients, &at)))
        known += c->local;
    return known > open ? "a client whose session is gone" : NULL;
}

/* The sum of members is kept beside the groups, for nobody is to go through a million of them for it. */
static bool members_are_counted(const struct members *m)
{
    uint64_t total = 0;
    size_t at = 0;
    const struct group *g;
    while ((g = name_table_next(&m->groups, &at)))
        total += g->member_count;
    return total == m->total;
}

uint64_t rest_of_departures(const struct daemon *d)
{
    uint64_t left = 0;
    struct name one;
    for (const struct session *s = d->clients.table.by_name; s; s = s->by_name.next)
        if (s->departing)
            left += 1 + groups_of_client(d->shared.groups, &s->private_group, &one);
    return left;
}

uint64_t rest_of_requests(const struct daemon *d)
{
    uint64_t left = 0;
    for (const struct session *s = d->clients.table.by_name; s; s = s->by_name.next)
        left += session_is_open(s) ? s->partial.have : 0;
    return left;
}

const char *rest_kept_by_clients(const struct daemon *d)
{
    const char *kept = kept_by_groups(d->shared.groups);
    if (d->shared.latency.delivered < d->shared.latency.submitted)
        return "times of messages that were not delivered";
    if (!members_are_counted(&d->shared.groups->members))
        return "another number of members than groups have";
    return kept ? kept : kept_of_sessions(d);
}
