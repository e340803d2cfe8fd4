/* SPDX-License-Identifier: MIT */
#include "tests/sim/guest_check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "tests/sim/arrays.h"
#include "tests/sim/order_check.h"

struct guest_check {
    struct world *world;
    struct guest *list;
    struct guest **by_client; /* by number */
    size_t client_size;
    uint64_t logins, refusals;
};

#define BREAK(g, id, ...) verdict_break(&(g)->world->verdict, id, __VA_ARGS__)

/* -- policies ------------------------------------------------------------------------------ */

typedef bool allows(const struct policy *p, const struct guest *one, unsigned group);

static bool lets_in(const struct policy *p, const struct guest *one, unsigned group)
{
    const struct policy_user *u = &p->users[one->user];
    (void)group;
    return u->known && u->password == one->password && u->connects && one->own_name;
}

static bool lets_join(const struct policy *p, const struct guest *one, unsigned group)
{
    return p->users[one->user].joins[group];
}

static bool lets_send(const struct policy *p, const struct guest *one, unsigned group)
{
    return p->users[one->user].sends[group];
}

/* How many of its daemon's policies since then allow it, and how many there are. */
static unsigned allowed(const struct guest *one, unsigned since, allows *right, unsigned group,
                        unsigned *of)
{
    const struct process *p = one->process;
    unsigned count = 0;
    *of = p->policy_count - since;
    for (unsigned i = since; i < p->policy_count; i++)
        count += right(&p->world->policies[p->policy_turns[i]], one, group);
    return count;
}

static bool once(const struct guest *one, unsigned since, allows *right, unsigned group)
{
    unsigned of;
    return allowed(one, since, right, group, &of) > 0;
}

static bool always(const struct guest *one, unsigned since, allows *right, unsigned group)
{
    unsigned of;
    return allowed(one, since, right, group, &of) == of;
}

static bool now(const struct guest *one, allows *right, unsigned group)
{
    return once(one, one->process->policy_count - 1, right, group);
}

/* -- what it asks for ---------------------------------------------------------------------- */

static unsigned turn_of(const struct process *p)
{
    return p->policy_count - 1;
}

struct guest *guest_check_comes(struct guest_check *g, const struct process *p)
{
    struct guest *one = memory_new(sizeof *one);
    *one = (struct guest){.process = p, .life = p->life, .since = turn_of(p), .next = g->list};
    g->list = one;
    return one;
}

void guest_check_joins(struct guest *one, unsigned group)
{
    one->seats[group] = (struct guest_seat){SEAT_ASKED, turn_of(one->process)};
}

void guest_check_leaves(struct guest *one, unsigned group)
{
    one->seats[group].state = SEAT_LEAVING;
}

void guest_check_sends(struct guest *one, unsigned group)
{
    uint32_t count = one->client->sent + 1;
    one->posts = widen_array(one->posts, count, &one->post_size, sizeof one->posts[0]);
    one->posts[count] = (struct post){POST_SENT, group, turn_of(one->process)};
}

/* -- what comes of it ---------------------------------------------------------------------- */

void guest_check_opened(struct guest_check *g, struct guest *one)
{
    uint32_t number = one->client->number;
    g->by_client = widen_array(g->by_client, number, &g->client_size, sizeof g->by_client[0]);
    g->by_client[number] = one;
    g->logins++;
    if (!once(one, one->since, lets_in, 0))
        BREAK(g, "R1", "%s is let in, which no policy has allowed since it came", one->client->name);
}

static bool is_group(const char *name, unsigned *group)
{
    return sscanf(name, "p%u", group) == 1 && *group < POLICY_GROUPS;
}

static void on_join_returned(struct guest_check *g, struct guest *one, unsigned group)
{
    struct guest_seat *s = &one->seats[group];
    if (s->state != SEAT_ASKED)
        return; /* it has said since then that it leaves */
    s->state = SEAT_NONE;
    if (always(one, s->since, lets_join, group))
        BREAK(g, "R3", "%s may join p%u and was refused", one->client->name, group);
}

static void on_post_returned(struct guest_check *g, struct guest *one, uint32_t count)
{
    struct post *p = count < one->post_size ? &one->posts[count] : NULL;
    if (!p || p->state != POST_SENT) {
        BREAK(g, "R2", "message %u of %s comes back, and was %s", count, one->client->name,
              p ? "settled before" : "never sent");
        return;
    }
    p->state = POST_RETURNED;
    if (always(one, p->since, lets_send, p->group))
        BREAK(g, "R3", "%s may send to p%u, and its message %u comes back", one->client->name, p->group,
              count);
}

static void on_returned(struct guest_check *g, struct guest *one, const struct heard_frame *f)
{
    unsigned group;
    const uint8_t *end = f->body + f->header.data_len;
    g->refusals++;
    if (f->header.data_len >= MESSAGE_ID && word_at(end - MESSAGE_ID) == one->client->id)
        on_post_returned(g, one, word_at(end - 4));
    else if (f->header.num_groups == 2 && is_group((const char *)f->body - 2 * NAME_FIELD, &group))
        on_join_returned(g, one, group); /* the group, and then its own name */
}

static void on_notice(struct guest_check *g, struct guest *one, const struct heard_frame *f)
{
    unsigned group;
    if (!is_group(f->header.sender.text, &group))
        return;
    struct guest_seat *s = &one->seats[group];
    bool out = (f->header.type & FRAME_BY_LEAVE) && !(f->header.type & FRAME_REGULAR);
    if (out) {
        s->state = SEAT_NONE;
    } else if (s->state == SEAT_ASKED) {
        s->state = SEAT_TAKEN;
        if (!once(one, s->since, lets_join, group))
            BREAK(g, "R1", "%s is in p%u, which no policy has allowed since it asked",
                  one->client->name, group);
    }
}

void guest_check_frame(struct guest_check *g, struct guest *one, const struct heard_frame *f)
{
    if (g->world->verdict.broken)
        return;
    if (f->header.type & FRAME_REJECT)
        on_returned(g, one, f);
    else if (!(f->header.type & FRAME_SERVICES))
        on_notice(g, one, f);
}

bool guest_check_ended(struct guest_check *g, struct guest *one)
{
    const struct process *p = one->process;
    bool of_itself = one->client->leaving || p->ending || p->leaving || p->daemon == NULL;
    bool may_be = of_itself || !always(one, one->since, lets_in, 0);
    if (!of_itself)
        g->refusals++;
    if (!may_be)
        BREAK(g, "R3", "%s is %s, and every policy since it came lets it in", one->client->name,
              one->client->open ? "cut off" : "refused");
    return may_be;
}

/* -- at its daemon ------------------------------------------------------------------------- */

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    struct guest_check *g = context;
    uint32_t id, count;
    if (g->world->verdict.broken || t->kind != TRACE_DELIVER || t->origin != p->index ||
        !message_id(t, &id, &count) || !(id & CLIENT_MAY_BE_REFUSED))
        return;
    uint32_t number = id & ~CLIENT_MAY_BE_REFUSED;
    struct guest *one = number < g->client_size ? g->by_client[number] : NULL;
    if (!one || one->life != p->life)
        return;
    struct post *post = count < one->post_size ? &one->posts[count] : NULL;
    if (!post || post->state != POST_SENT) {
        BREAK(g, "R2", "message %u of %s is ordered and %s", count, one->client->name,
              post ? "was settled before" : "was never sent");
        return;
    }
    post->state = POST_ORDERED;
    if (!once(one, post->since, lets_send, post->group))
        BREAK(g, "R2", "message %u of %s to p%u is ordered, which no policy has allowed since it was sent",
              count, one->client->name, post->group);
}

struct guest_check *guest_check_new(struct world *w)
{
    struct guest_check *g = memory_new(sizeof *g);
    g->world = w;
    world_observe(w, &(struct observer){.on_trace = on_trace, .context = g});
    return g;
}

void guest_check_free(struct guest_check *g)
{
    while (g->list) {
        struct guest *next = g->list->next;
        free(g->list->posts);
        free(g->list);
        g->list = next;
    }
    free(g->by_client);
    free(g);
}

/* -- at rest ------------------------------------------------------------------------------- */

static void check_seats(struct guest_check *g, const struct guest *one)
{
    for (unsigned i = 0; i < POLICY_GROUPS; i++) {
        const struct guest_seat *s = &one->seats[i];
        if (s->state == SEAT_ASKED)
            BREAK(g, "R3", "%s has asked to join p%u, and hears nothing", one->client->name, i);
        if (s->state == SEAT_TAKEN && !now(one, lets_join, i))
            BREAK(g, "R1", "%s is in p%u, which the policy in force does not allow", one->client->name, i);
    }
}

static void check_posts(struct guest_check *g, const struct guest *one)
{
    for (uint32_t i = 1; i <= one->client->sent; i++)
        if (one->posts[i].state == POST_SENT)
            BREAK(g, "R3", "message %u of %s was neither ordered nor returned", i, one->client->name);
}

void guest_check_rest(struct guest_check *g, const struct procset *set)
{
    for (const struct guest *one = g->list; one; one = one->next) {
        const struct client *c = one->client;
        if (!c->session || c->leaving || one->life != one->process->life ||
            !procset_has(set, (unsigned)one->process->index))
            continue;
        if (!c->open)
            BREAK(g, "R3", "%s waits for its login for ever", c->name);
        else if (!now(one, lets_in, 0))
            BREAK(g, "R1", "%s is in, which the policy in force does not allow", c->name);
        check_seats(g, one);
        check_posts(g, one);
    }
}

uint64_t guest_check_logins(const struct guest_check *g)
{
    return g->logins;
}

uint64_t guest_check_refusals(const struct guest_check *g)
{
    return g->refusals;
}
