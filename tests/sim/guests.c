/* SPDX-License-Identifier: MIT */
#include "tests/sim/guests.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/guest_check.h"

enum {
    CLIENTS_MAX = 4,
    WRONG_ONE_IN = 4,   /* passwords; half of them are right in another policy */
    OTHERS_ONE_IN = 12, /* who ask for the name of another user */
    HANG_UP_ONE_IN = 20, /* deeds of one that waits for its login */
};

struct site {
    struct guests *all;
    int proc;
    struct guest *guests[CLIENTS_MAX];
    unsigned anchor; /* in which life of the daemon there is one */
    uint32_t named;
    struct random random;
};

struct guests {
    struct world *world;
    struct guest_options options;
    struct client_events events;
    struct guest_check *check;
    struct site sites[PROCS_MAX];
    bool stopped;
};

static uint32_t below(struct site *s, uint32_t limit)
{
    return random_below(&s->random, limit);
}

/* -- what they are told -------------------------------------------------------------------- */

static struct guests *told(void *context, struct client *c, struct guest **one)
{
    *one = c->mind;
    (*one)->client = c;
    return context;
}

static void on_open(void *context, struct client *c)
{
    struct guest *one;
    struct guests *g = told(context, c, &one);
    g->events.on_open(g->events.context, c);
    guest_check_opened(g->check, one);
}

static void on_frame(void *context, struct client *c, const struct heard_frame *f)
{
    struct guest *one;
    struct guests *g = told(context, c, &one);
    g->events.on_frame(g->events.context, c, f);
    guest_check_frame(g->check, one, f);
}

static void on_close(void *context, struct client *c)
{
    struct guest *one;
    struct guests *g = told(context, c, &one);
    if (guest_check_ended(g->check, one))
        c->leaving = true; /* so nobody else wonders */
    g->events.on_close(g->events.context, c);
}

static void on_refused(void *context, struct client *c)
{
    struct guest *one;
    struct guests *g = told(context, c, &one);
    guest_check_ended(g->check, one);
}

/* -- deeds --------------------------------------------------------------------------------- */

static void log_in(struct site *s, int place)
{
    struct guests *g = s->all;
    struct guest *one = guest_check_comes(g->check, &g->world->processes[s->proc]);
    struct client_events events = {on_open, on_frame, on_close, on_refused, g};
    char name[PRIVATE_NAME_MAX + 1], user[8], password[AUTH_PASSWORD + 1];
    one->user = below(s, POLICY_USERS);
    one->password = below(s, WRONG_ONE_IN) ? 0 : 1 + below(s, POLICY_PASSWORDS);
    one->own_name = below(s, OTHERS_ONE_IN) != 0;
    unsigned named = one->own_name ? one->user : (one->user + 1) % POLICY_USERS;
    snprintf(name, sizeof name, "u%u-%d%u", named, place, s->named++ % 1000);
    snprintf(user, sizeof user, "u%u", one->user);
    policy_password(password, one->user, one->password);
    s->guests[place] = one;
    one->client = client_log_in(g->world, s->proc, name, user, password, &events, one);
}

static void send_something(struct site *s, struct guest *one, unsigned group)
{
    static const uint32_t services[] = {FRAME_RELIABLE, FRAME_FIFO, FRAME_AGREED, FRAME_SAFE};
    char text[8];
    uint32_t service = services[below(s, sizeof services / sizeof services[0])];
    snprintf(text, sizeof text, "p%u", group);
    guest_check_sends(one, group);
    client_send(one->client, service, text, 16 + below(s, 200));
}

static void join_or_leave(struct guest *one, unsigned group)
{
    char text[8];
    snprintf(text, sizeof text, "p%u", group);
    if (one->seats[group].state == SEAT_NONE) {
        guest_check_joins(one, group);
        client_join(one->client, text);
    } else if (one->seats[group].state == SEAT_TAKEN) {
        guest_check_leaves(one, group);
        client_leave(one->client, text);
    }
}

static void do_something(struct site *s)
{
    int place = (int)below(s, (uint32_t)s->all->options.clients);
    struct guest *one = s->guests[place];
    unsigned group = below(s, POLICY_GROUPS);
    uint32_t what = below(s, 100);
    if (!one || !one->client->session)
        log_in(s, place);
    else if (!one->client->open && below(s, HANG_UP_ONE_IN) == 0)
        client_break(one->client);
    else if (!one->client->open)
        return;
    else if (what < 25)
        join_or_leave(one, group);
    else if (what < 29)
        client_kill(one->client);
    else if (what < 31)
        client_break(one->client);
    else if (!one->client->leaving)
        send_something(s, one, group);
}

static void tick(struct world *w, void *context)
{
    struct site *s = context;
    const struct process *p = &w->processes[s->proc];
    if (s->all->stopped)
        return;
    if (p->daemon && !p->paused && !p->leaving && !daemon_is_leaving(p->daemon))
        do_something(s);
    world_call(w, w->now + 1 + random_next(&s->random) % (2 * s->all->options.pause), tick, s);
}

/* One who may, and stays, so that no group is made anew, whose ids would count from 1 again. */
static void open_anchor(struct world *w, void *context)
{
    struct site *s = context;
    const struct process *p = &w->processes[s->proc];
    if (!p->daemon || p->paused || s->anchor == p->life)
        return;
    s->anchor = p->life;
    struct client *c = client_connect(w, s->proc, "anchor", true, &s->all->events);
    for (unsigned i = 0; i < POLICY_GROUPS; i++) {
        char text[8];
        snprintf(text, sizeof text, "p%u", i);
        client_join(c, text);
    }
}

static void on_start(void *context, const struct process *p)
{
    struct guests *g = context;
    if (p->twin || g->options.clients == 0)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++)
        g->sites[p->index].guests[i] = NULL;
    world_call(g->world, g->world->now, open_anchor, &g->sites[p->index]);
}

/* -- the whole ----------------------------------------------------------------------------- */

struct guests *guests_new(struct world *w, const struct guest_options *o,
                          const struct client_events *events)
{
    struct guests *g = memory_new(sizeof *g);
    struct random seeds = {o->seed};
    *g = (struct guests){.world = w, .options = *o, .events = *events};
    g->stopped = o->clients == 0;
    g->check = guest_check_new(w);
    for (int i = 0; i < w->options.daemons; i++) {
        struct site *s = &g->sites[i];
        *s = (struct site){.all = g, .proc = i, .random = {random_next(&seeds)}};
        if (!g->stopped)
            world_call(w, w->now + below(s, 10000), tick, s);
    }
    world_observe(w, &(struct observer){.on_start = on_start, .context = g});
    return g;
}

void guests_free(struct guests *g)
{
    guest_check_free(g->check);
    free(g);
}

void guests_set_pause(struct guests *g, usec pause)
{
    g->options.pause = pause;
}

void guests_stop(struct guests *g)
{
    struct world *w = g->world;
    unsigned last = 1 + (unsigned)(g->options.seed % (POLICIES - 1));
    for (int i = 0; i < w->options.daemons && !g->stopped; i++)
        world_write_policy(w, i, last);
    g->stopped = true;
}

void guests_check_rest(struct guests *g, const struct procset *set)
{
    guest_check_rest(g->check, set);
}

uint64_t guests_logins(const struct guests *g)
{
    return guest_check_logins(g->check);
}

uint64_t guests_refusals(const struct guests *g)
{
    return guest_check_refusals(g->check);
}
