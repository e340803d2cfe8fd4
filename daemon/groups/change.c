/* SPDX-License-Identifier: MIT
 *
 * What a change of view does to the groups.
 *
 *   STEADY         a transitional view: TRANSITION to groups that lose members    TRANSITIONAL
 *   TRANSITIONAL   the regular view, nobody new: NETWORK to groups that changed   STEADY
 *                  the regular view with others: we tell, they tell               GATHERING
 *   GATHERING      all have told: one table of all, NETWORK                       STEADY
 *                  a transitional view                                            INTERRUPTED
 *   INTERRUPTED    all have told: as above, then the transition                   TRANSITIONAL
 *                  the regular view: what was told is void, we start over         GATHERING
 *
 * All of it is work in steps (work.c): the state changes when its step comes. merge.c has what happens
 * when all have told.
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/groups/inside.h"

static void tell_transition(struct groups *g, const struct group *group)
{
    if (anybody_to_tell(g, group))
        tell_all_but(g, group, notice_transition(group), NULL);
}

void give_first_id(const struct groups *g, struct group *group)
{
    group->id = g->id;
    group->id.index = 1;
}

/* -- some are lost ------------------------------------------------------------------------- */

static void begin_walk(struct groups *g)
{
    struct work *w = &g->work;
    w->daemon = procset_first(&g->lost);
    w->client = w->daemon >= 0 ? g->members.of_daemon[w->daemon].next : NULL;
    w->group = 0;
}

/* The client of a lost daemon at which the walk stands; NULL: it is over. */
static struct client *client_in_walk(struct groups *g)
{
    struct work *w = &g->work;
    while (w->daemon >= 0) {
        if (w->client != &g->members.of_daemon[w->daemon])
            return list_entry(w->client, struct client, of_daemon);
        w->daemon = procset_next(&g->lost, w->daemon + 1);
        if (w->daemon >= 0)
            w->client = g->members.of_daemon[w->daemon].next;
    }
    return NULL;
}

/* The next group of a client of a lost daemon that is not marked as changed; it is now. NULL: the
 * units are used up, or the walk is over. */
static struct group *mark_next(struct groups *g)
{
    struct work *w = &g->work;
    struct client *c;
    while ((c = client_in_walk(g)) && work_may_go_on(g)) {
        if (w->group == c->group_count) {
            w->client = w->client->next;
            w->group = 0;
            continue;
        }
        struct group *group = c->groups[w->group++];
        if (group_has_changed(group))
            continue;
        group_mark(&g->members, group);
        return group;
    }
    return NULL;
}

/* Groups that have members at lost daemons: those that somebody is to be told of are put in order. */
static bool mark_losers(struct groups *g)
{
    struct group *group;
    while ((group = mark_next(g)))
        if (!work_tells(g, group))
            give_first_id(g, group);
    return client_in_walk(g) != NULL;
}

static bool mark_losers_silently(struct groups *g)
{
    while (mark_next(g))
        ;
    return client_in_walk(g) != NULL;
}

/* A group that was founded since the transitional view has an id of that already, and goes on from there:
 * no id of a group comes twice. */
static void note_transition(struct groups *g, struct group *group)
{
    bool founded_since = group->id.proc == g->id.proc && group->id.time == g->id.time;
    tell_transition(g, group);
    if (!founded_since)
        give_first_id(g, group);
}

static bool tell_transitions(struct groups *g)
{
    struct group *group;
    while (work_may_go_on(g) && (group = sorting_take(&g->work.sorting))) {
        note_transition(g, group);
        work_costs(g, group->local_count / 8);
    }
    return !sorting_is_empty(&g->work.sorting);
}

void change_for_late_joiner(struct groups *g, struct group *group)
{
    note_transition(g, group);
    group_mark(&g->members, group);
}

bool enter_transition(struct groups *g)
{
    const struct view *v = &g->next;
    g->lost = procset_minus(&g->view.members, &v->members);
    g->id = (struct group_view_id){.proc = v->leader_id, .time = v->time};
    g->state = GROUPS_TRANSITIONAL;
    begin_walk(g);
    work_then(g, mark_losers);
    work_then(g, work_sort);
    work_then(g, tell_transitions);
    return false;
}

void groups_on_transitional(struct groups *g, const struct view *v)
{
    assert(g->state == GROUPS_STEADY || g->state == GROUPS_GATHERING);
    g->next = *v;
    if (g->state == GROUPS_GATHERING) {
        g->state = GROUPS_INTERRUPTED;
        return;
    }
    work_then(g, enter_transition);
    work_go_on(g);
}

static bool begin_drop(struct groups *g)
{
    g->work.at = g->members.changed.next;
    return false;
}

/* The clients of lost daemons are no members any more: first in the groups that have any, all of
 * which are marked ... */
static bool drop_members(struct groups *g)
{
    struct link *end = &g->members.changed, *next;
    for (; g->work.at != end && work_may_go_on(g); g->work.at = next) {
        struct group *group = list_entry(g->work.at, struct group, changed);
        next = g->work.at->next;
        work_costs(g, group_units(group));
        group_drop_daemons(&g->members, group, &g->lost);
        if (group->member_count == 0)
            members_drop_group(&g->members, group);
    }
    if (g->work.at != end)
        return true;
    begin_walk(g);
    return false;
}

/* ... then altogether. */
static bool drop_clients(struct groups *g)
{
    struct client *c;
    while ((c = client_in_walk(g)) && work_may_go_on(g)) {
        g->work.client = g->work.client->next;
        members_drop_client(&g->members, c);
    }
    return c != NULL;
}

/* -- joins and leaves meanwhile ------------------------------------------------------------ */

/* Labels of the sets while daemons are lost: 0 our side, 1 + i lost daemon i, JOINER who joins. */
enum { JOINER = 1 + PROCS_MAX };

static uint16_t label_in_transition(const struct groups *g, const struct client *c,
                                    const struct client *joiner)
{
    if (c == joiner)
        return JOINER;
    return procset_has(&g->lost, c->daemon) ? (uint16_t)(1 + c->daemon) : 0;
}

/* The labels that occur, in rising order: that is the order of the sets. */
static size_t list_labels(const uint16_t *of_member, uint32_t count, uint16_t labels[JOINER + 1])
{
    bool occurs[JOINER + 1] = {false};
    size_t n = 0;
    for (uint32_t i = 0; i < count; i++)
        occurs[of_member[i]] = true;
    for (unsigned label = 0; label <= JOINER; label++)
        if (occurs[label])
            labels[n++] = (uint16_t)label;
    return n;
}

void tell_in_transition(struct groups *g, struct group *group, const struct client *joiner)
{
    uint16_t labels[JOINER + 1];
    if (!anybody_to_tell(g, group))
        return;
    uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
    for (uint32_t i = 0; i < group->member_count; i++)
        of_member[i] = label_in_transition(g, group->members[i], joiner);
    struct vs_split split = {of_member, labels, list_labels(of_member, group->member_count, labels)};
    tell_all_but(g, group, notice_network(group, &split, 0), joiner);
    if (joiner && is_told(g, group, joiner)) {
        start_delivery(g, DELIVERY_MESSAGE, notice_network(group, &split, split.set_count - 1));
        add_session(g, joiner->session);
    }
    free(of_member);
    tell_transition(g, group);
}

/* -- the next view ------------------------------------------------------------------------- */

static void tell_others(void *context, struct message m)
{
    start_delivery(context, DELIVERY_CONTROL, m);
}

static bool tell_our_side(struct groups *g)
{
    if (!teller_go_on(g->teller, &g->work.units))
        return true;
    teller_free(g->teller);
    g->teller = NULL;
    return false;
}

static void begin_gathering(struct groups *g)
{
    g->exchange = exchange_new(g->in_force, &g->view);
    g->state = GROUPS_GATHERING;
    if (procset_first(&g->synced) != g->in_force->self)
        return;
    g->teller = teller_new(g->in_force, &g->members, &g->synced, g->view.tag, tell_others, g);
    work_then(g, tell_our_side);
}

/* Nobody new: what is left of each changed group is its new view. */
static bool settle_changed(struct groups *g)
{
    struct group *group;
    while (work_may_go_on(g) && (group = members_take_changed(&g->members))) {
        give_first_id(g, group);
        work_tells(g, group);
    }
    return !list_empty(&g->members.changed);
}

static bool tell_networks(struct groups *g)
{
    struct group *group;
    while (work_may_go_on(g) && (group = sorting_take(&g->work.sorting))) {
        const uint16_t one = 0;
        uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
        struct vs_split split = {of_member, &one, 1};
        tell_all_but(g, group, notice_network(group, &split, 0), NULL);
        free(of_member);
        work_costs(g, group_units(group));
    }
    return !sorting_is_empty(&g->work.sorting);
}

bool enter_steady(struct groups *g)
{
    g->state = GROUPS_STEADY;
    start_delivery(g, DELIVERY_OPEN_LANE, (struct message){0});
    return false;
}

static bool enter_regular(struct groups *g)
{
    struct view *v = &g->next;
    struct procset with_us = view_synced_set(v, g->in_force->self);
    g->lost = (struct procset){{0}};
    g->synced = procset_both(&g->synced, &with_us);
    /* What is said of it from now on, late, is void. */
    exchange_free(g->exchange);
    g->exchange = NULL;
    g->view = *v;
    g->id = (struct group_view_id){.proc = v->leader_id, .time = v->time};
    if (!procset_equal(&g->synced, &v->members)) {
        begin_gathering(g);
        return false;
    }
    work_then(g, settle_changed);
    work_then(g, work_sort);
    work_then(g, tell_networks);
    work_then(g, enter_steady);
    return false;
}

void groups_on_regular(struct groups *g, const struct view *v)
{
    assert(g->state == GROUPS_TRANSITIONAL || g->state == GROUPS_INTERRUPTED);
    g->next = *v;
    agree_on_view(g);
    if (g->state == GROUPS_INTERRUPTED) {
        /* What was told is void; who is lost meanwhile goes without a word. */
        struct procset with_us = view_synced_set(v, g->in_force->self);
        g->lost = procset_minus(&g->synced, &with_us);
        begin_walk(g);
        work_then(g, mark_losers_silently);
    }
    work_then(g, begin_drop);
    work_then(g, drop_members);
    work_then(g, drop_clients);
    work_then(g, enter_regular);
    work_go_on(g);
}
