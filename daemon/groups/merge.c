/* SPDX-License-Identifier: MIT
 *
 * The sides of a view come together: what the others have told goes into our table, and who is in a
 * group that more than one of them has, or that has lost members, gets one NETWORK notice.
 */
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/groups/inside.h"

/* A side that has members of a group, and the id the group had there. */
struct origin {
    uint16_t speaker;
    struct group_view_id id;
};

/* A group in the merge: one that has changed, or that two sides have. */
struct merging {
    struct group *group;
    bool changed;
    size_t count;
    struct origin origins[]; /* as many as there are sides */
};

struct merge {
    size_t side_count;
    uint16_t speaker_of[PROCS_MAX]; /* of each daemon's side */
    struct merging **list;
    size_t count, size;
    struct client **clients; /* scratch: the members that are told of, of one group */
    size_t room;
    unsigned side; /* taken in next: its group at, or of the list what at says */
    size_t at;
};

void merge_free(struct merge *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->count; i++)
        if (m->list[i])
            free(m->list[i]);
    free(m->list);
    free(m->clients);
    free(m);
}

static struct merging *merging_of(struct merge *m, struct group *group)
{
    struct merging *x = group->merging;
    if (x)
        return x;
    if (m->count == m->size) {
        m->size = m->size ? 2 * m->size : 64;
        m->list = memory_grow(m->list, m->size * sizeof m->list[0]);
    }
    x = memory_new(sizeof *x + m->side_count * sizeof x->origins[0]);
    x->group = group;
    group->merging = x;
    m->list[m->count++] = x;
    return x;
}

static void note_origin(struct merge *m, struct group *group, uint16_t speaker,
                        const struct group_view_id *id, bool changed)
{
    struct merging *x = merging_of(m, group);
    x->origins[x->count++] = (struct origin){.speaker = speaker, .id = *id};
    x->changed |= changed;
}

static uint16_t own_speaker(const struct groups *g)
{
    return g->merge->speaker_of[g->in_force->self];
}

/* -- into one table ------------------------------------------------------------------------ */

static bool note_changed(struct groups *g)
{
    struct group *group;
    while (work_may_go_on(g) && (group = members_take_changed(&g->members)))
        note_origin(g->merge, group, own_speaker(g), &group->id, true);
    return !list_empty(&g->members.changed);
}

/* The group that is told of, as our table has it now. One that a single side has, and that has not changed,
 * stays what it is. Of one that is there already the first side is ours, or, where we have no members who
 * would be told of it, another. */
static struct group *told_group_of(struct groups *g, const struct told_group *t, uint16_t speaker)
{
    struct group *group = members_group(&g->members, &t->name);
    if (group && !group->merging)
        note_origin(g->merge, group, own_speaker(g), &group->id, false);
    bool merges = group || t->changed;
    if (!group) {
        group = members_add_group(&g->members, &t->name);
        group->id = t->id;
    }
    if (merges)
        note_origin(g->merge, group, speaker, &t->id, t->changed);
    return group;
}

static struct client *told_client_of(struct groups *g, struct told_client *c)
{
    if (!c->client)
        c->client = members_client(&g->members, &c->name);
    if (!c->client)
        c->client = members_add_client(&g->members, &c->name, c->daemon);
    return c->client;
}

static void take_in_group(struct groups *g, const struct side *s, uint16_t speaker,
                          const struct told_group *t)
{
    struct merge *m = g->merge;
    struct group *group = told_group_of(g, t, speaker);
    if (t->count > m->room) {
        m->room = 2 * t->count;
        m->clients = memory_grow(m->clients, m->room * sizeof m->clients[0]);
    }
    for (uint32_t k = 0; k < t->count; k++)
        m->clients[k] = told_client_of(g, &s->clients[s->members[t->first + k]]);
    group_add_all(&g->members, group, m->clients, t->count);
}

/* A group is foreseen so many others before it comes. */
enum { AHEAD = 8 };

static void foresee(const struct groups *g, const struct side *s, size_t at)
{
    if (at + AHEAD < s->group_count)
        members_foresee(&g->members, &s->groups[at + AHEAD].name);
}

/* The groups of the other sides, members and all. */
static bool take_in(struct groups *g)
{
    struct merge *m = g->merge;
    for (; m->side < PROCS_MAX; m->side++, m->at = 0) {
        const struct side *s = g->exchange->sides[m->side];
        if (!s || m->side == own_speaker(g))
            continue;
        for (; m->at < s->group_count; m->at++) {
            const struct told_group *t = &s->groups[m->at];
            if (g->work.units <= 0)
                return true;
            foresee(g, s, m->at);
            take_in_group(g, s, (uint16_t)m->side, t);
            work_costs(g, 1 + t->count);
        }
    }
    m->at = 0;
    return false;
}

static bool note_merged(struct groups *g)
{
    start_delivery(g, DELIVERY_MERGED, (struct message){0});
    return false;
}

/* -- and their members are told ------------------------------------------------------------ */

static int by_old_id(const void *a, const void *b)
{
    const struct origin *x = a, *y = b;
    if (x->id.proc != y->id.proc)
        return (int32_t)x->id.proc < (int32_t)y->id.proc ? -1 : 1;
    if (x->id.time != y->id.time)
        return x->id.time < y->id.time ? -1 : 1;
    return x->speaker < y->speaker ? -1 : x->speaker > y->speaker;
}

/* Where a side has spoken for fewer daemons than it is, the members of the others stand nowhere: with
 * us, then. Each must be in some set, or the notice would be shorter than its length says. */
static void keep_to_sets(uint16_t *of_member, uint32_t count, const uint16_t *labels, size_t sets,
                         size_t own)
{
    bool is_set[PROCS_MAX] = {false};
    for (size_t i = 0; i < sets; i++)
        is_set[labels[i]] = true;
    for (uint32_t i = 0; i < count; i++)
        if (!is_set[of_member[i]])
            of_member[i] = labels[own];
}

static void tell_network(struct groups *g, struct merging *x)
{
    const struct merge *m = g->merge;
    struct group *group = x->group;
    uint16_t labels[PROCS_MAX];
    size_t own = 0;
    qsort(x->origins, x->count, sizeof x->origins[0], by_old_id);
    for (size_t i = 0; i < x->count; i++) {
        labels[i] = x->origins[i].speaker;
        if (labels[i] == own_speaker(g))
            own = i;
    }
    uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
    for (uint32_t i = 0; i < group->member_count; i++)
        of_member[i] = m->speaker_of[group->members[i]->daemon];
    keep_to_sets(of_member, group->member_count, labels, x->count, own);
    struct vs_split split = {of_member, labels, x->count};
    tell_all_but(g, group, notice_network(group, &split, own), NULL);
    free(of_member);
}

/* Whatever has come together or changed begins anew; whose members are to be told is put in order. */
static bool give_ids(struct groups *g)
{
    struct merge *m = g->merge;
    for (; m->at < m->count && work_may_go_on(g); m->at++) {
        give_first_id(g, m->list[m->at]->group);
        work_tells(g, m->list[m->at]->group);
    }
    return m->at < m->count;
}

static bool tell_networks(struct groups *g)
{
    struct group *group;
    while (work_may_go_on(g) && (group = sorting_take(&g->work.sorting))) {
        tell_network(g, group->merging);
        work_costs(g, group_units(group));
    }
    if (!sorting_is_empty(&g->work.sorting))
        return true;
    g->merge->at = 0;
    return false;
}

static bool forget_merging(struct groups *g)
{
    struct merge *m = g->merge;
    for (; m->at < m->count && work_may_go_on(g); m->at++) {
        m->list[m->at]->group->merging = NULL;
        free(m->list[m->at]);
        m->list[m->at] = NULL;
    }
    return m->at < m->count;
}

static bool end_merge(struct groups *g)
{
    merge_free(g->merge);
    g->merge = NULL;
    exchange_free(g->exchange);
    g->exchange = NULL;
    g->synced = g->view.members;
    work_then(g, g->state == GROUPS_INTERRUPTED ? enter_transition : enter_steady);
    return false;
}

static void begin_merge(struct groups *g)
{
    struct merge *m = g->merge = memory_new(sizeof *m);
    for (unsigned i = 0; i < PROCS_MAX; i++) {
        const struct side *s = g->exchange->sides[i];
        if (!s)
            continue;
        m->side_count++;
        for procset_each(k, &s->daemons)
            m->speaker_of[k] = (uint16_t)i;
    }
    work_then(g, note_changed);
    work_then(g, take_in);
    work_then(g, note_merged);
    work_then(g, give_ids);
    work_then(g, work_sort);
    work_then(g, tell_networks);
    work_then(g, forget_merging);
    work_then(g, end_merge);
}

/* -- what sides say ------------------------------------------------------------------------ */

static bool hear_side(struct groups *g)
{
    if (!exchange_hear(g->exchange, &g->work.units))
        return true;
    if (exchange_is_complete(g->exchange))
        begin_merge(g);
    return false;
}

void groups_on_control(struct groups *g, const struct message *m, uint16_t origin)
{
    if (!hear_pressure(g, m, origin) && !hear_statement(g, m, origin) && g->exchange && exchange_on_message(g->exchange, m, origin))
        work_then(g, hear_side);
    message_unref(m);
    work_go_on(g);
}
