/* SPDX-License-Identifier: MIT */
#include "tests/sim/load.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

enum { CLIENTS_MAX = 8, GROUPS_MAX = 16, BURST = 40, MILLION = 1000000 };

/* The clients of one daemon. */
struct site {
    struct load *load;
    int proc;
    struct client *clients[CLIENTS_MAX];
    uint32_t named;
};

struct load {
    struct world *world;
    struct load_options options;
    struct client_events events;
    struct random random;
    struct site sites[PROCS_MAX];
    char groups[GROUPS_MAX][16];
    bool stopped;
};

static uint32_t below(struct load *l, uint32_t limit)
{
    return random_below(&l->random, limit);
}

static bool happens(struct load *l, uint32_t ppm)
{
    return ppm > 0 && below(l, MILLION) < ppm;
}

static const char *some_group(struct load *l)
{
    return l->groups[below(l, (uint32_t)l->options.groups)];
}

/* -- deeds --------------------------------------------------------------------------------- */

static uint32_t some_service(struct load *l)
{
    static const uint32_t services[] = {FRAME_UNRELIABLE, FRAME_RELIABLE, FRAME_FIFO,
                                        FRAME_CAUSAL,     FRAME_AGREED,   FRAME_AGREED,
                                        FRAME_SAFE,       FRAME_SAFE};
    uint32_t service = services[below(l, sizeof services / sizeof services[0])];
    return below(l, 20) == 0 ? service | FRAME_SELF_DISCARD : service;
}

static size_t some_size(struct load *l)
{
    if (happens(l, l->options.large_ppm))
        return 16 + below(l, 20000);
    return 16 + below(l, 200);
}

static void send_something(struct load *l, struct client *c)
{
    const char *groups[3];
    int count = 1;
    groups[0] = some_group(l);
    if (below(l, 10) == 0)
        groups[count++] = some_group(l);
    if (below(l, 10) == 0) {
        const struct site *other = &l->sites[below(l, (uint32_t)l->world->options.daemons)];
        const struct client *to = other->clients[below(l, CLIENTS_MAX)];
        if (to && to->open)
            groups[count++] = to->private_group.text;
    }
    client_cast(c, some_service(l), groups, count, some_size(l));
}

static void connect_one(struct site *s, int place)
{
    char name[PRIVATE_NAME_MAX + 1];
    snprintf(name, sizeof name, "c%d-%u", place, s->named++ % 1000);
    s->clients[place] = client_connect(s->load->world, s->proc, name, &s->load->events);
}

static void go_and_come_back(struct site *s, int place)
{
    struct load *l = s->load;
    if (below(l, 2))
        client_kill(s->clients[place]);
    else
        client_break(s->clients[place]);
    s->clients[place] = NULL;
}

static void toggle_reading(struct site *s, int place)
{
    s->clients[place]->reads = !s->clients[place]->reads;
}

static void do_something(struct site *s)
{
    struct load *l = s->load;
    int place = (int)below(l, (uint32_t)l->options.clients + 1);
    struct client *c = s->clients[place];
    uint32_t what = below(l, 100);
    if (!c || !c->session) {
        connect_one(s, place);
        return;
    }
    if (!c->open)
        return;
    bool free_to_go = place > 0 && l->options.membership; /* the first one stays */
    if (happens(l, l->options.burst_ppm))
        for (int i = 0; i < BURST; i++)
            send_something(l, c);
    else if (place > 0 && happens(l, l->options.deaf_ppm))
        toggle_reading(s, place);
    else if (what < 10 && free_to_go)
        client_join(c, some_group(l));
    else if (what < 17 && free_to_go)
        client_leave(c, some_group(l));
    else if (what < 20 && free_to_go)
        go_and_come_back(s, place);
    else
        send_something(l, c);
}

static void tick(struct world *w, void *context)
{
    struct site *s = context;
    struct load *l = s->load;
    const struct process *p = &w->processes[s->proc];
    if (l->stopped)
        return;
    if (p->daemon && !p->paused && !daemon_has_left(p->daemon))
        do_something(s);
    world_call(w, w->now + 1 + random_next(&l->random) % (2 * l->options.pause), tick, s);
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

static void on_start(void *context, int proc, unsigned life)
{
    struct load *l = context;
    (void)life;
    for (int i = 0; i < CLIENTS_MAX; i++)
        l->sites[proc].clients[i] = NULL;
    if (!l->stopped)
        world_call(l->world, l->world->now, open_anchor, &l->sites[proc]);
}

struct load *load_new(struct world *w, const struct load_options *o,
                      const struct client_events *events)
{
    struct load *l = memory_new(sizeof *l);
    struct observer observer = {.on_start = on_start, .context = l};
    l->world = w;
    l->options = *o;
    l->random.state = o->seed;
    if (events)
        l->events = *events;
    for (int i = 0; i < o->groups; i++)
        snprintf(l->groups[i], sizeof l->groups[i], "g%d", i);
    for (int i = 0; i < w->options.daemons; i++) {
        l->sites[i].load = l;
        l->sites[i].proc = i;
        world_call(w, w->now + below(l, 10000), tick, &l->sites[i]);
    }
    world_observe(w, &observer);
    return l;
}

void load_stop(struct load *l)
{
    l->stopped = true;
}

void load_free(struct load *l)
{
    free(l);
}
