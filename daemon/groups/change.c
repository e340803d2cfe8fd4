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
 */
#include <assert.h>
#include <stdlib.h>

#include "daemon/groups/inside.h"

static bool has_changed(const struct group *group)
{
    return group->changed;
}

/* One message for all local members who want notices, but not one of them. */
static void tell_all_but(struct groups *g, const struct group *group, struct message m,
                         const struct client *but)
{
    start_delivery(g, DELIVERY_MESSAGE, m);
    for (uint32_t i = 0; i < group->local_count; i++) {
        const struct client *c = group->locals[i];
        if (c != but && c->notices && c->session)
            add_session(g, c->session);
    }
}

static void tell_transition(struct groups *g, const struct group *group)
{
    if (anybody_to_tell(group))
        tell_all_but(g, group, notice_transition(group), NULL);
}

/* -- some are lost ------------------------------------------------------------------------- */

/* Marks the groups that have members at lost daemons, and calls note for each, in order of names. */
static void mark_losers(struct groups *g, const struct procset *lost,
                        void (*note)(struct groups *g, struct group *group))
{
    size_t count = 0, size = 64;
    struct group **list = memory_new(size * sizeof *list);
    for procset_each(i, lost) {
        const struct link *head = &g->members.of_daemon[i];
        for (struct link *l = head->next; l != head; l = l->next) {
            const struct client *c = list_entry(l, struct client, of_daemon);
            for (uint32_t k = 0; k < c->group_count; k++) {
                if (c->groups[k]->merging)
                    continue;
                if (count == size)
                    list = memory_grow(list, (size *= 2) * sizeof *list);
                c->groups[k]->merging = g; /* so that it is listed once */
                list[count++] = c->groups[k];
            }
        }
    }
    groups_sort(list, count);
    for (size_t i = 0; i < count; i++) {
        list[i]->merging = NULL;
        note(g, list[i]);
        list[i]->changed = true;
    }
    free(list);
}

static void note_transition(struct groups *g, struct group *group)
{
    tell_transition(g, group);
    group->id = g->id;
    group->id.index = 1;
}

void change_for_late_joiner(struct groups *g, struct group *group)
{
    note_transition(g, group);
    group->changed = true;
}

static void note_nothing(struct groups *g, struct group *group)
{
    (void)g;
    (void)group;
}

static void begin_transition(struct groups *g, const struct view *v)
{
    g->lost = procset_minus(&g->view.members, &v->members);
    g->id = (struct group_view_id){.proc = v->leader_id, .time = v->time};
    mark_losers(g, &g->lost, note_transition);
    g->state = GROUPS_TRANSITIONAL;
}

void groups_on_transitional(struct groups *g, const struct view *v)
{
    assert(g->state == GROUPS_STEADY || g->state == GROUPS_GATHERING);
    if (g->state == GROUPS_STEADY) {
        begin_transition(g, v);
        return;
    }
    g->next = *v;
    g->state = GROUPS_INTERRUPTED;
}

/* The clients of lost daemons are no members any more. */
static void drop_lost(struct groups *g, const struct procset *lost)
{
    for procset_each(i, lost) {
        struct link *head = &g->members.of_daemon[i];
        while (!list_empty(head)) {
            struct client *c = list_entry(head->next, struct client, of_daemon);
            while (c->group_count > 0)
                forget_member(g, c->groups[0], c);
            members_drop_client(&g->members, c);
        }
    }
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
    if (!anybody_to_tell(group))
        return;
    uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
    for (uint32_t i = 0; i < group->member_count; i++)
        of_member[i] = label_in_transition(g, group->members[i], joiner);
    struct vs_split split = {of_member, labels, list_labels(of_member, group->member_count, labels)};
    tell_all_but(g, group, notice_network(group, &split, 0), joiner);
    if (joiner && joiner->notices && joiner->session) {
        start_delivery(g, DELIVERY_MESSAGE, notice_network(group, &split, split.set_count - 1));
        add_session(g, joiner->session);
    }
    free(of_member);
    tell_transition(g, group);
}

/* -- the sides come together --------------------------------------------------------------- */

/* A side that has members of a group, and the id the group had there. */
struct origin {
    uint16_t speaker;
    struct group_view_id id;
};

/* A group in the merge. */
struct merging {
    struct group *group;
    bool changed;
    size_t count;
    struct origin origins[]; /* as many as there are sides */
};

struct merge {
    struct groups *g;
    size_t side_count;
    uint16_t speaker_of[PROCS_MAX]; /* of each daemon's side */
    struct merging **list;
    size_t count, size;
};

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

/* The groups of another side, members and all, into our table. */
static void take_in(struct merge *m, const struct side *s, uint16_t speaker)
{
    struct groups *g = m->g;
    for (size_t i = 0; i < s->group_count; i++) {
        const struct told_group *t = &s->groups[i];
        struct group *group = members_group(&g->members, &t->name);
        if (!group) {
            group = members_add_group(&g->members, &t->name);
            group->id = t->id;
        }
        note_origin(m, group, speaker, &t->id, t->changed);
        for (uint32_t k = 0; k < t->count; k++) {
            const struct told_member *who = &s->members[t->first + k];
            struct client *c = members_client(&g->members, &who->name);
            if (!c)
                c = members_add_client(&g->members, &who->name, who->daemon);
            group_add(group, c);
        }
    }
}

static int by_old_id(const void *a, const void *b)
{
    const struct origin *x = a, *y = b;
    if (x->id.proc != y->id.proc)
        return (int32_t)x->id.proc < (int32_t)y->id.proc ? -1 : 1;
    if (x->id.time != y->id.time)
        return x->id.time < y->id.time ? -1 : 1;
    return x->speaker < y->speaker ? -1 : x->speaker > y->speaker;
}

static void tell_network(struct merge *m, struct merging *x)
{
    struct groups *g = m->g;
    struct group *group = x->group;
    uint16_t labels[PROCS_MAX];
    size_t own = 0;
    if (!anybody_to_tell(group))
        return;
    qsort(x->origins, x->count, sizeof x->origins[0], by_old_id);
    for (size_t i = 0; i < x->count; i++) {
        labels[i] = x->origins[i].speaker;
        if (labels[i] == m->speaker_of[g->self])
            own = i;
    }
    uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
    for (uint32_t i = 0; i < group->member_count; i++)
        of_member[i] = m->speaker_of[group->members[i]->daemon];
    struct vs_split split = {of_member, labels, x->count};
    tell_all_but(g, group, notice_network(group, &split, own), NULL);
    free(of_member);
}

static int by_group_name(const void *a, const void *b)
{
    const struct merging *const *x = a, *const *y = b;
    return memcmp((*x)->group->name.text, (*y)->group->name.text, NAME_FIELD);
}

static void finish_merge(struct merge *m)
{
    struct groups *g = m->g;
    if (m->count > 0)
        qsort(m->list, m->count, sizeof m->list[0], by_group_name);
    for (size_t i = 0; i < m->count; i++) {
        struct merging *x = m->list[i];
        if (x->changed || x->count > 1) {
            x->group->id = g->id;
            x->group->id.index = 1;
            tell_network(m, x);
        }
        x->group->changed = false;
        x->group->merging = NULL;
        free(x);
    }
    free(m->list);
}

/* Our own side's part: every group we know. */
static void note_own_groups(struct merge *m)
{
    struct group *group, *next;
    HASH_ITER(hh, m->g->members.groups, group, next)
        note_origin(m, group, m->speaker_of[m->g->self], &group->id, group->changed);
}

static void merge_sides(struct groups *g)
{
    struct merge m = {.g = g};
    for (unsigned i = 0; i < PROCS_MAX; i++) {
        const struct side *s = g->exchange->sides[i];
        if (!s)
            continue;
        m.side_count++;
        for procset_each(k, &s->daemons)
            m.speaker_of[k] = (uint16_t)i;
    }
    note_own_groups(&m);
    for (unsigned i = 0; i < PROCS_MAX; i++)
        if (g->exchange->sides[i] && i != m.speaker_of[g->self])
            take_in(&m, g->exchange->sides[i], (uint16_t)i);
    finish_merge(&m);
    exchange_free(g->exchange);
    g->exchange = NULL;
    g->synced = g->view.members;
}

void groups_on_control(struct groups *g, const struct message *m, uint16_t origin)
{
    bool all = g->exchange && exchange_on_message(g->exchange, m, origin);
    message_unref(m);
    if (!all)
        return;
    merge_sides(g);
    start_delivery(g, DELIVERY_MERGED, (struct message){0});
    if (g->state == GROUPS_INTERRUPTED) {
        struct view next = g->next;
        begin_transition(g, &next);
        return;
    }
    g->state = GROUPS_STEADY;
    start_delivery(g, DELIVERY_OPEN_LANE, (struct message){0});
}

/* -- the next view ------------------------------------------------------------------------- */

static void tell_others(void *context, struct message m)
{
    start_delivery(context, DELIVERY_CONTROL, m);
}

static void begin_gathering(struct groups *g)
{
    g->exchange = exchange_new(g->conf, &g->view);
    g->state = GROUPS_GATHERING;
    if (procset_first(&g->synced) == g->self)
        exchange_tell(&g->members, &g->synced, g->view.tag, g->conf->daemon_count, tell_others,
                      g);
}

/* Nobody new: what is left of each changed group is its new view. */
static void settle(struct groups *g)
{
    size_t count;
    struct group **list = members_sorted(&g->members, has_changed, &count);
    for (size_t i = 0; i < count; i++) {
        struct group *group = list[i];
        const uint16_t one = 0;
        uint16_t *of_member = memory_new(group->member_count * sizeof *of_member);
        struct vs_split split = {of_member, &one, 1};
        group->id = g->id;
        group->id.index = 1;
        group->changed = false;
        if (anybody_to_tell(group))
            tell_all_but(g, group, notice_network(group, &split, 0), NULL);
        free(of_member);
    }
    free(list);
    g->state = GROUPS_STEADY;
    start_delivery(g, DELIVERY_OPEN_LANE, (struct message){0});
}

void groups_on_regular(struct groups *g, const struct view *v)
{
    struct procset with_us = view_synced_set(v, g->self);
    assert(g->state == GROUPS_TRANSITIONAL || g->state == GROUPS_INTERRUPTED);
    if (g->state == GROUPS_INTERRUPTED) {
        /* What was told is void; who is lost meanwhile goes without a word. */
        g->lost = procset_minus(&g->synced, &with_us);
        mark_losers(g, &g->lost, note_nothing);
    }
    drop_lost(g, &g->lost);
    g->lost = (struct procset){{0}};
    g->synced = procset_both(&g->synced, &with_us);
    /* What is said of it from now on, late, is void. */
    exchange_free(g->exchange);
    g->exchange = NULL;
    g->view = *v;
    g->id = (struct group_view_id){.proc = v->leader_id, .time = v->time};
    if (procset_equal(&g->synced, &v->members))
        settle(g);
    else
        begin_gathering(g);
}
