/* SPDX-License-Identifier: MIT */
#include "daemon/groups/groups.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/groups/inside.h"

struct groups *groups_new(const struct in_force *in_force, uint32_t slice, groups_sight *may_see)
{
    struct groups *g = memory_new(sizeof *g);
    g->in_force = in_force;
    g->slice = slice;
    g->may_see = may_see;
    g->work.units = slice;
    g->state = GROUPS_STEADY;
    g->synced = procset_of(in_force->self);
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
    pressing_fini(&g->pressing);
    free(g);
}

size_t groups_count(const struct groups *g)
{
    return g->members.groups.count;
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
    struct group *group;
    for (const struct link *l = g->members.all.next; l != &g->members.all; l = l->next)
        sorting_add(&sorting, list_entry(l, struct group, all));
    sorting_sort(&sorting, &units);
    while ((group = sorting_take(&sorting)))
        visit(context, &group->name, &group->id, group->names, group->member_count);
}

/* -- clients ------------------------------------------------------------------------------- */

void groups_open(struct groups *g, const struct name *who, void *session, bool notices)
{
    struct client *c = members_add_client(&g->members, who, g->in_force->self);
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

uint32_t groups_of_client(const struct groups *g, const struct name *who, struct name *one)
{
    const struct client *c = members_client(&g->members, who);
    *one = c && c->group_count == 1 ? c->groups[0]->name : (struct name){{0}};
    return c ? c->group_count : 0;
}

bool groups_next_of(const struct groups *g, const struct name *who, struct name *at)
{
    const struct client *c = members_client(&g->members, who);
    uint32_t next = c ? client_groups_up_to(c, at) : 0;
    if (!c || next == c->group_count)
        return false;
    *at = c->groups[next]->name;
    return true;
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

/* -- data ---------------------------------------------------------------------------------- */

/* Adds c as a recipient, once a message. */
static void add_recipient(struct groups *g, struct client *c)
{
    if (c->stamp == g->stamp || !c->session)
        return;
    c->stamp = g->stamp;
    add_session(g, c->session);
}

/* Those whom a data message reaches. digest: its own, if it is taken into account. */
static void add_recipients(struct groups *g, uint32_t type, const uint8_t *frame,
                           uint32_t group_count, uint64_t digest)
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
        if (group && g->agreement.runs)
            agreement_take_of_group(&g->agreement, &group->agreed, &name, digest + group->member_count);
        for (uint32_t j = 0; group && j < group->local_count; j++)
            add_recipient(g, group->locals[j]);
    }
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

static void on_data(struct groups *g, const struct message *m, uint64_t digest)
{
    start_delivery(g, DELIVERY_MESSAGE, *m);
    add_recipients(g, word_at(m->frame + FRAME_TYPE_AT), m->frame,
                   word_at(m->frame + FRAME_GROUPS_AT), digest);
    finish(g);
}

void groups_on_message(struct groups *g, const struct message *m, uint16_t origin)
{
    uint32_t type = word_at(m->frame + FRAME_TYPE_AT);
    uint64_t digest = g->agreement.runs ? agreement_take(&g->agreement, m->frame, m->len) : 0;

    if (type & FRAME_SERVICES) {
        on_data(g, m, digest); /* the reference goes with it */
        return;
    }
    pressing_void(&g->pressing);
    struct name who = sender_of(m->frame), name = {{0}};
    if (word_at(m->frame + FRAME_GROUPS_AT) > 0)
        name = first_group_of(m->frame);
    if (type & FRAME_JOIN)
        join_group(g, &who, &name, origin);
    else if (type & FRAME_LEAVE)
        leave_group(g, &who, &name);
    else if (name.text[0])
        depart_up_to(g, &who, &name);
    else
        depart(g, &who);
    message_unref(m);
}
