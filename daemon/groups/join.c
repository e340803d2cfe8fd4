/* SPDX-License-Identifier: MIT
 *
 * A client joins a group or leaves it, and those who are in it are told.
 */
#include "daemon/groups/inside.h"

/* One notice to every local member of group that wants notices. */
static void tell_members(struct groups *g, const struct group *group, uint32_t cause,
                         const struct name *changed)
{
    if (!anybody_to_tell(g, group))
        return;
    start_delivery(g, DELIVERY_MESSAGE, notice_change(group, cause, changed));
    add_those_told(g, group);
}

/* After a join, leave or departure has taken effect. */
static void tell_change(struct groups *g, struct group *group, uint32_t cause,
                        const struct client *who)
{
    bool lost = g->state == GROUPS_TRANSITIONAL && procset_has(&g->lost, who->daemon);
    if (cause == FRAME_BY_JOIN && lost && !group_has_changed(group))
        change_for_late_joiner(g, group);
    group->id.index++;
    if (g->state == GROUPS_TRANSITIONAL && group_has_changed(group))
        tell_in_transition(g, group, cause == FRAME_BY_JOIN ? who : NULL);
    else
        tell_members(g, group, cause, &who->name);
}

void tell_part(struct groups *g, struct group *group, const struct client *c, uint32_t cause)
{
    if (group->member_count == 0)
        members_drop_group(&g->members, group);
    else
        tell_change(g, group, cause, c);
}

void forget_if_idle(struct groups *g, struct client *c)
{
    if (!c->local && c->group_count == 0)
        members_drop_client(&g->members, c);
}

void join_group(struct groups *g, const struct name *who, const struct name *name, uint16_t origin)
{
    struct client *c = members_client(&g->members, who);
    if (!c && origin != g->in_force->self)
        c = members_add_client(&g->members, who, origin);
    if (!c)
        return; /* of ours, and departed before its join was ordered */
    struct group *group = members_group(&g->members, name);
    if (!group) {
        group = members_add_group(&g->members, name);
        group->id = g->id;
    }
    if (group_add(&g->members, group, c))
        tell_change(g, group, FRAME_BY_JOIN, c);
}

void leave_group(struct groups *g, const struct name *who, const struct name *name)
{
    struct client *c = members_client(&g->members, who);
    struct group *group = members_group(&g->members, name);
    if (!c || !group || !client_is_in(c, group))
        return;
    if (c->session && c->notices) {
        start_delivery(g, DELIVERY_MESSAGE, notice_self_leave(name));
        add_session(g, c->session);
    }
    group_remove(&g->members, group, c);
    tell_part(g, group, c, FRAME_BY_LEAVE);
    forget_if_idle(g, c);
}
