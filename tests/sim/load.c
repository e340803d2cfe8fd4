/* SPDX-License-Identifier: MIT */
#include "tests/sim/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    CLIENTS_MAX = 8,
    GROUPS_MAX = 16,
    BURST = 40,
    MILLION = 1000000,
    RUSH_MOST = 400,         /* messages of one who sends before it reads ... */
    RUSH_PPM = 20000,        /* ... deeds of a paced one that begin it ... */
    RUSH_STEP_US = USEC_MS,  /* ... and how often it tries again where its socket is full */
};

/* The clients of one daemon. */
struct site {
    struct load *load;
    int proc;
    struct client *clients[CLIENTS_MAX];
    struct rush {
        struct site *site;
        int place;
        uint32_t left; /* messages; 0: it is over */
    } rushes[CLIENTS_MAX];
    uint32_t named;
    struct random random; /* its own, so that a site more or less changes nothing at the others */
};

struct load {
    struct world *world;
    struct load_options options;
    struct client_events events;
    struct site sites[PROCS_MAX];
    char groups[GROUPS_MAX][16];
    bool stopped;
};

static uint32_t below(struct site *s, uint32_t limit)
{
    return random_below(&s->random, limit);
}

static bool happens(struct site *s, uint32_t ppm)
{
    return ppm > 0 && below(s, MILLION) < ppm;
}

static const char *some_group(struct site *s)
{
    return s->load->groups[below(s, (uint32_t)s->load->options.groups)];
}

/* -- deeds --------------------------------------------------------------------------------- */

static uint32_t some_service(struct site *s)
{
    static const uint32_t services[] = {FRAME_UNRELIABLE, FRAME_RELIABLE, FRAME_FIFO,
                                        FRAME_CAUSAL,     FRAME_AGREED,   FRAME_AGREED,
                                        FRAME_SAFE,       FRAME_SAFE};
    uint32_t service = services[below(s, sizeof services / sizeof services[0])];
    return below(s, 20) == 0 ? service | FRAME_SELF_DISCARD : service;
}

static size_t some_size(struct site *s)
{
    if (happens(s, s->load->options.large_ppm))
        return 16 + below(s, 20000);
    return 16 + below(s, 200);
}

static void send_something(struct site *s, struct client *c)
{
    const struct load *l = s->load;
    const char *groups[3];
    int count = 1;
    groups[0] = some_group(s);
    if (below(s, 10) == 0)
        groups[count++] = some_group(s);
    if (below(s, 10) == 0) {
        const struct site *other = &l->sites[below(s, (uint32_t)l->world->options.daemons)];
        const struct client *to = other->clients[below(s, CLIENTS_MAX)];
        if (to && to->open)
            groups[count++] = to->private_group.text;
    }
    size_t size = some_size(s);
    client_cast(c, some_service(s), groups, count, size);
}

/* From one that is hardly ever behind to one that takes a few kilobytes a second. */
static struct client_pace some_pace(struct site *s)
{
    struct client_pace p = {.in_most = (size_t)2048 << below(s, 7),
                            .out_most = (size_t)2048 << below(s, 7),
                            .take = 1 + below(s, 20000),
                            .every = (usec)100 << below(s, 8)};
    if (below(s, 2)) {
        p.reads_for = (1 + below(s, 300)) * (usec)USEC_MS;
        p.pauses_for = (1 + below(s, 1000)) * (usec)USEC_MS;
    }
    return p;
}

static void connect_one(struct site *s, int place)
{
    char name[PRIVATE_NAME_MAX + 1];
    snprintf(name, sizeof name, "c%d-%u", place, s->named++ % 1000);
    struct client *c =
        client_connect(s->load->world, s->proc, name, place == 0 || below(s, 8), &s->load->events);
    s->clients[place] = c;
    s->rushes[place].left = 0;
    if (place > 0 && happens(s, s->load->options.paced_ppm)) {
        struct client_pace p = some_pace(s);
        client_set_pace(c, &p);
        if (happens(s, s->load->options.wish_ppm)) {
            struct ask_answer answer;
            client_ask(c, ASK_POLICY, (uint8_t)below(s, SLOW_POLICIES), &answer);
        }
    }
}

/* It sends, as far as its socket takes it, and reads once all is out. */
static void rush_on(struct world *w, void *context)
{
    struct rush *r = context;
    struct site *s = r->site;
    struct client *c = s->clients[r->place];
    if (r->left == 0 || !c || !c->session)
        return;
    for (; r->left > 0 && c->session && !client_is_blocked(c); r->left--)
        send_something(s, c);
    if (r->left > 0)
        world_call(w, w->now + RUSH_STEP_US, rush_on, r);
    else if (c->session)
        client_read(c, true);
}

static void begin_rush(struct site *s, int place)
{
    struct rush *r = &s->rushes[place];
    *r = (struct rush){.site = s, .place = place, .left = 1 + below(s, RUSH_MOST)};
    client_read(s->clients[place], false);
    rush_on(s->load->world, r);
}

static void go_and_come_back(struct site *s, int place)
{
    client_set_pace(s->clients[place], &(struct client_pace){0}); /* its socket closes behind it */
    if (below(s, 2))
        client_kill(s->clients[place]);
    else
        client_break(s->clients[place]);
    s->clients[place] = NULL;
}

static void toggle_reading(struct site *s, int place)
{
    client_read(s->clients[place], !s->clients[place]->reads);
}

static void do_something(struct site *s)
{
    const struct load_options *o = &s->load->options;
    int place = (int)below(s, (uint32_t)o->clients + 1);
    struct client *c = s->clients[place];
    uint32_t what = below(s, 100);
    if (!c || !c->session) {
        connect_one(s, place);
        return;
    }
    if (!c->open)
        return;
    if (client_is_blocked(c))
        return; /* in a send */
    bool free_to_go = place > 0 && o->membership; /* the first one stays */
    if (happens(s, o->burst_ppm))
        for (int i = 0; i < BURST; i++)
            send_something(s, c);
    else if (c->pace.in_most > 0 && s->rushes[place].left == 0 && happens(s, RUSH_PPM))
        begin_rush(s, place);
    else if (place > 0 && happens(s, o->deaf_ppm))
        toggle_reading(s, place);
    else if (what < 10 && free_to_go)
        client_join(c, some_group(s));
    else if (what < 17 && free_to_go)
        client_leave(c, some_group(s));
    else if (what < 20 && free_to_go)
        go_and_come_back(s, place);
    else
        send_something(s, c);
}

static void tick(struct world *w, void *context)
{
    struct site *s = context;
    struct load *l = s->load;
    const struct process *p = &w->processes[s->proc];
    if (l->stopped || (l->options.until && w->now >= l->options.until))
        return;
    if (p->daemon && !p->paused && !daemon_has_left(p->daemon))
        do_something(s);
    world_call(w, w->now + 1 + random_next(&s->random) % (2 * l->options.pause), tick, s);
}

/* -- daemons come and go ------------------------------------------------------------------- */

static void open_anchor(struct world *w, void *context)
{
    struct site *s = context;
    const struct process *p = &w->processes[s->proc];
    if (!p->daemon || p->paused || s->clients[0])
        return;
    connect_one(s, 0);
    for (int i = 0; i < s->load->options.groups; i++)
        client_join(s->clients[0], s->load->groups[i]);
}

static void on_start(void *context, const struct process *p)
{
    struct load *l = context;
    struct site *s = &l->sites[p->index];
    if (p->twin)
        return;
    for (int i = 0; i < CLIENTS_MAX; i++) {
        s->clients[i] = NULL;
        s->rushes[i].left = 0;
    }
    if (!l->stopped)
        world_call(l->world, l->world->now, open_anchor, s);
}

struct load *load_new(struct world *w, const struct load_options *o,
                      const struct client_events *events)
{
    struct load *l = memory_new(sizeof *l);
    struct observer observer = {.on_start = on_start, .context = l};
    struct random seeds = {o->seed};
    l->world = w;
    l->options = *o;
    if (events)
        l->events = *events;
    for (int i = 0; i < o->groups; i++)
        snprintf(l->groups[i], sizeof l->groups[i], "g%d", i);
    for (int i = 0; i < w->options.daemons; i++) {
        struct site *s = &l->sites[i];
        *s = (struct site){.load = l, .proc = i, .random = {random_next(&seeds)}};
        if (o->pause)
            world_call(w, w->now + below(s, 10000), tick, s);
    }
    world_observe(w, &observer);
    return l;
}

void load_set_pause(struct load *l, usec pause)
{
    l->options.pause = pause;
}

void load_stop(struct load *l)
{
    l->stopped = true;
    /* Whoever did not read does now: else a run would never come to rest. */
    for (int i = 0; i < l->world->options.daemons; i++)
        for (int k = 0; k < CLIENTS_MAX; k++) {
            struct client *c = l->sites[i].clients[k];
            l->sites[i].rushes[k].left = 0;
            if (c && c->pace.in_most > 0)
                client_set_pace(c, &(struct client_pace){0});
            else if (c && !c->reads)
                client_read(c, true);
        }
}

void load_free(struct load *l)
{
    free(l);
}
