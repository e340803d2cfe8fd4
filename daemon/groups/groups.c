/* SPDX-License-Identifier: MIT */
#include "daemon/groups/groups.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/groups/inside.h"

struct groups *groups_new(const struct conf *conf, int self, uint32_t slice)
{
    struct groups *g = memory_new(sizeof *g);
    g->conf = conf;
    g->self = (uint16_t)self;
    g->slice = slice;
    g->work.units = slice;
    g->state = GROUPS_STEADY;
    g->synced = procset_of((unsigned)self);
    g->view.members = g->synced;
    members_init(&g->members);
    return g;
}

void groups_free(struct groups *g)
{
    if (!g)
        return;
    for (size_t i = g->pending_next; i < g->pending_count; i++)
        message_unref(&g->pending[i].message);
    free(g->pending);
    free(g->sessions);
    teller_free(g->teller);
    merge_free(g->merge);
    sorting_clear(&g->work.sorting);
    exchange_free(g->exchange);
    members_fini(&g->members);
    free(g);
}

size_t groups_count(const struct groups *g)
{
    return HASH_COUNT(g->members.groups);
}

enum groups_state groups_state(const struct groups *g)
{
    return g->state;
}

void groups_each(const struct groups *g,
                 void (*visit)(void *context, const struct name *group,
                               const struct group_view_id *id, const struct name *names,
                               size_t count),
                 void *context)
{
    struct sorting sorting = {0};
    int64_t units = INT64_MAX;
    struct group *group, *next;
    HASH_ITER(hh, g->members.groups, group, next)
        sorting_add(&sorting, group);
    sorting_sort(&sorting, &units);
    while ((group = sorting_take(&sorting)))
        visit(context, &group->name, &group->id, group->names, group->member_count);
}

/* -- deliveries ---------------------------------------------------------------------------- */

struct pending *start_delivery(struct groups *g, enum delivery_kind kind, struct message m)
{
    if (g->pending_count == g->pending_size) {
        g->pending_size = g->pending_size ? 2 * g->pending_size : 16;
        g->pending = memory_grow(g->pending, g->pending_size * sizeof(g->pending[0]));
    }
    struct pending *p = &g->pending[g->pending_count++];
    *p = (struct pending){.kind = kind, .message = m, .first = g->session_count};
    return p;
}

void add_session(struct groups *g, void *session)
{
    if (g->session_count == g->session_size) {
        g->session_size = g->session_size ? 2 * g->session_size : 64;
        g->sessions = memory_grow(g->sessions, g->session_size * sizeof(g->sessions[0]));
    }
    g->sessions[g->session_count++] = session;
    g->pending[g->pending_count - 1].count++;
}

/* Ends the delivery started last: without anybody to go to it is dropped. */
static void finish(struct groups *g)
{
    struct pending *p = &g->pending[g->pending_count - 1];
    if (p->count == 0) {
        message_unref(&p->message);
        g->pending_count--;
    }
}

bool groups_next(struct groups *g, struct delivery *d)
{
    if (g->pending_next == g->pending_count) {
        g->pending_next = g->pending_count = g->session_count = 0;
        return false;
    }
    const struct pending *p = &g->pending[g->pending_next++];
    *d = (struct delivery){
        .kind = p->kind,
        .message = p->message,
        .sessions = p->count > 0 ? g->sessions + p->first : NULL,
        .session_count = p->count,
        .who = p->who,
    };
    return true;
}

bool anybody_to_tell(const struct group *group)
{
    for (uint32_t i = 0; i < group->local_count; i++)
        if (group->locals[i]->notices && group->locals[i]->session)
            return true;
    return false;
}

static void add_those_told(struct groups *g, const struct group *group)
{
    for (uint32_t i = 0; i < group->local_count; i++) {
        const struct client *c = group->locals[i];
        if (c->notices && c->session)
            add_session(g, c->session);
    }
}

/* One notice to every local member of group that wants notices. */
static void tell_members(struct groups *g, const struct group *group, uint32_t cause,
                         const struct name *changed)
{
    if (!anybody_to_tell(group))
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

/* -- clients ------------------------------------------------------------------------------- */

void groups_open(struct groups *g, const struct name *who, void *session, bool notices)
{
    struct client *c = members_add_client(&g->members, who, g->self);
    c->local = true;
    c->session = session;
    c->notices = notices;
}

void groups_mute(struct groups *g, const struct name *who)
{
    struct client *c = members_client(&g->members, who);
    if (c)
        c->session = NULL;
}

/* -- ordered requests ---------------------------------------------------------------------- */

static struct name sender_of(const uint8_t *frame)
{
    return name_from_field(frame + FRAME_SENDER_AT);
}

static struct name first_group_of(const uint8_t *frame)
{
    return name_from_field(frame + FRAME_HEADER);
}

static void on_join(struct groups *g, const struct name *who, const struct name *name,
                    uint16_t origin)
{
    struct client *c = members_client(&g->members, who);
    if (!c && origin != g->self)
        c = members_add_client(&g->members, who, origin);
    if (!c)
        return; /* of ours, and departed before its join was ordered */
    struct group *group = members_group(&g->members, name);
    if (!group) {
        group = members_add_group(&g->members, name);
        group->id = g->id;
    }
    if (group_add(group, c))
        tell_change(g, group, FRAME_BY_JOIN, c);
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

static void on_leave(struct groups *g, const struct name *who, const struct name *name)
{
    struct client *c = members_client(&g->members, who);
    struct group *group = members_group(&g->members, name);
    if (!c || !group || !client_is_in(c, group))
        return;
    if (c->session && c->notices) {
        start_delivery(g, DELIVERY_MESSAGE, notice_self_leave(name));
        add_session(g, c->session);
    }
    group_remove(group, c);
    tell_part(g, group, c, FRAME_BY_LEAVE);
    forget_if_idle(g, c);
}

/* -- data ---------------------------------------------------------------------------------- */

/* Adds c as a recipient, once a message. */
static void add_recipient(struct groups *g, struct client *c)
{
    if (c->stamp == g->stamp || !c->session)
        return;
    c->stamp = g->stamp;
    add_session(g, c->session);
}

/* Those whom a data message reaches. */
static void add_recipients(struct groups *g, uint32_t type, const uint8_t *frame,
                           uint32_t group_count)
{
    g->stamp++;
    if (type & FRAME_SELF_DISCARD) {
        struct name sender = sender_of(frame);
        struct client *self = members_client(&g->members, &sender);
        if (self)
            self->stamp = g->stamp; /* as if it had been given its copy */
    }
    for (uint32_t i = 0; i < group_count; i++) {
        const uint8_t *field = frame + FRAME_HEADER + (size_t)i * NAME_FIELD;
        if (field[NAME_FIELD - 1] != 0 && !memchr(field, 0, NAME_FIELD))
            continue; /* no name at all */
        struct name name = name_from_field(field);
        if (name_is_private(&name)) {
            struct client *c = members_client(&g->members, &name);
            if (c)
                add_recipient(g, c);
            continue;
        }
        struct group *group = members_group(&g->members, &name);
        for (uint32_t j = 0; group && j < group->local_count; j++)
            add_recipient(g, group->locals[j]);
    }
}

static void on_data(struct groups *g, const struct message *m)
{
    start_delivery(g, DELIVERY_MESSAGE, *m);
    add_recipients(g, word_at(m->frame + FRAME_TYPE_AT), m->frame,
                   word_at(m->frame + FRAME_GROUPS_AT));
    finish(g);
}

void *const *groups_audience(struct groups *g, uint32_t type, const uint8_t *frame,
                             uint32_t group_count, size_t *count)
{
    struct pending *p = start_delivery(g, DELIVERY_MESSAGE, (struct message){0});
    size_t first = p->first;
    if (type & FRAME_SERVICES) {
        add_recipients(g, type, frame, group_count);
    } else if (group_count > 0) {
        struct name name = first_group_of(frame);
        const struct group *group = members_group(&g->members, &name);
        if (group)
            add_those_told(g, group);
    }
    *count = g->session_count - first;
    g->session_count = first;
    g->pending_count--;
    return *count > 0 ? g->sessions + first : NULL;
}

void groups_on_message(struct groups *g, const struct message *m, uint16_t origin)
{
    uint32_t type = word_at(m->frame + FRAME_TYPE_AT);

    if (type & FRAME_SERVICES) {
        on_data(g, m); /* the reference goes with it */
        return;
    }
    struct name who = sender_of(m->frame), name = {{0}};
    if (word_at(m->frame + FRAME_GROUPS_AT) > 0)
        name = first_group_of(m->frame);
    if (type & FRAME_JOIN)
        on_join(g, &who, &name, origin);
    else if (type & FRAME_LEAVE)
        on_leave(g, &who, &name);
    else if (name.text[0])
        depart_up_to(g, &who, &name);
    else
        depart(g, &who);
    message_unref(m);
}
