/* SPDX-License-Identifier: MIT
 *
 * L3: one fault at a time, each in a ring that has been quiet for a while, and how long the next view
 * takes.
 */
#include "tests/sim/alive_check.h"

#include "daemon/packet/header.h"

enum {
    CALM_US = 11 * USEC_SECOND, /* longer than an install holds merges back for the next one */
    LONG_PAUSE_FACTOR = 3,      /* of TokenTimeout */
    FLUSH_MS = 500,             /* membership/leave.c */
};

const char *single_name(enum single_kind kind)
{
    static const char *const names[SINGLE_KINDS] = {
        [SINGLE_CRASH] = "crash",         [SINGLE_RESTART] = "restart",
        [SINGLE_START] = "start",         [SINGLE_LEAVE] = "leave",
        [SINGLE_PAUSE] = "pause",         [SINGLE_RESUME] = "resume",
        [SINGLE_ISOLATE] = "isolate",     [SINGLE_PARTITION] = "partition",
        [SINGLE_HEAL] = "heal",
    };
    return names[kind];
}

usec single_limit(const struct conf *c, enum single_kind kind)
{
    const struct conf_timeouts *t = &c->timeouts;
    uint32_t form_ms = t->seg + t->gather + t->form;
    switch (kind) {
    case SINGLE_LEAVE: /* what it still has to send may take a while */
        return (usec)(FLUSH_MS + t->form) * USEC_MS;
    case SINGLE_START:
        return (usec)form_ms * USEC_MS;
    case SINGLE_HEAL:
    case SINGLE_RESUME:
        return (usec)(t->lookup + t->gather + t->form) * USEC_MS;
    case SINGLE_RESTART: /* the view without it, then the one with it */
        return (usec)(t->token + 2 * form_ms) * USEC_MS;
    default:
        return (usec)(t->token + form_ms) * USEC_MS;
    }
}

/* -- what must come of it ------------------------------------------------------------------ */

/* Who can be in one view with whom: a number for each daemon; -1: nobody asks it. */
struct expectation {
    int component[PROCS_MAX];
};

struct singles {
    struct world *world;
    struct random random;
    struct expectation expected;
    uint64_t packets; /* of membership, since the fault */
};

static bool is_met(const struct world *w, const struct expectation *e)
{
    for (int i = 0; i < w->options.daemons; i++) {
        struct procset mine = {{0}};
        if (e->component[i] < 0)
            continue;
        for (int k = 0; k < w->options.daemons; k++)
            if (e->component[k] == e->component[i])
                procset_add(&mine, (unsigned)k);
        if (procset_first(&mine) == i && !world_in_one_view(w, &mine))
            return false;
    }
    return true;
}

/* -- the faults ---------------------------------------------------------------------------- */

static void expect_all(struct singles *s)
{
    for (int i = 0; i < s->world->options.daemons; i++)
        s->expected.component[i] = 0;
}

static void befall(struct singles *s, enum single_kind kind, int proc)
{
    struct world *w = s->world;
    int *component = s->expected.component, n = w->options.daemons;
    expect_all(s);
    switch (kind) {
    case SINGLE_CRASH:
        world_crash(w, proc);
        component[proc] = -1;
        break;
    case SINGLE_RESTART:
        world_crash(w, proc);
        world_start(w, proc);
        break;
    case SINGLE_START:
        world_start(w, proc);
        break;
    case SINGLE_LEAVE:
        world_leave(w, proc);
        component[proc] = -1;
        break;
    case SINGLE_PAUSE:
        world_pause(w, proc);
        component[proc] = -1;
        break;
    case SINGLE_RESUME:
        world_resume(w, proc);
        break;
    case SINGLE_ISOLATE:
        world_note(w, "d%d is cut off", proc + 1);
        network_isolate(&w->network, (unsigned)proc);
        component[proc] = 1;
        break;
    case SINGLE_PARTITION:
        for (int i = 0; i < n; i++)
            component[i] = i % 2 == proc % 2 ? 1 : 2;
        world_note(w, "even from odd");
        network_partition(&w->network, component);
        break;
    case SINGLE_HEAL:
        world_heal(w);
        break;
    case SINGLE_KINDS:
        break;
    }
}

/* What takes it back. */
static enum single_kind end_of(enum single_kind kind)
{
    switch (kind) {
    case SINGLE_CRASH:
    case SINGLE_LEAVE:
        return SINGLE_START;
    case SINGLE_PAUSE:
        return SINGLE_RESUME;
    case SINGLE_ISOLATE:
    case SINGLE_PARTITION:
        return SINGLE_HEAL;
    default:
        return SINGLE_KINDS;
    }
}

static bool is_membership(uint8_t type)
{
    switch (type) {
    case PACKET_DATA:
    case PACKET_TOKEN:
    case PACKET_TOKACK:
    case PACKET_HURRY:
        return false;
    default:
        return true;
    }
}

static void on_passage(void *context, const struct passage *d)
{
    struct singles *s = context;
    s->packets += is_membership(d->header->type);
}

static uint32_t all_views(const struct world *w)
{
    uint32_t views = 0;
    for (int i = 0; i < w->options.daemons; i++)
        views += w->processes[i].views;
    return views;
}

/* One fault, and the wait for what must come of it. */
static void play_one(struct singles *s, enum single_kind kind, int proc,
                     void (*tell)(void *context, const struct single_result *r), void *context)
{
    struct world *w = s->world;
    usec begin = w->now, end = begin + single_limit(w->conf, kind);
    uint32_t views = all_views(w);
    s->packets = 0;
    befall(s, kind, proc);
    while (!w->verdict.broken && w->now < end && (all_views(w) == views || !is_met(w, &s->expected))) {
        usec next = heap_next(&w->heap);
        world_run(w, next < end ? next : end);
    }
    struct single_result r = {.kind = kind, .daemons = w->options.daemons,
                              .took = w->now - begin, .packets = s->packets,
                              .views = all_views(w) - views};
    if (w->verdict.broken)
        return;
    if (!is_met(w, &s->expected))
        verdict_break(&w->verdict, "L3", "%s of d%d: no view %llu ms later", single_name(kind),
                      proc + 1, (unsigned long long)(r.took / USEC_MS));
    else if (tell)
        tell(context, &r);
}

void singles_play(struct world *w, uint64_t seed, unsigned count,
                  void (*tell)(void *context, const struct single_result *r), void *context)
{
    static const enum single_kind causes[] = {SINGLE_CRASH, SINGLE_RESTART, SINGLE_LEAVE,
                                              SINGLE_PAUSE, SINGLE_ISOLATE, SINGLE_PARTITION};
    struct singles s = {.world = w, .random = {seed}};
    world_observe(w, &(struct observer){.on_passage = on_passage, .context = &s});
    for (unsigned i = 0; i < count && !w->verdict.broken; i++) {
        enum single_kind kind = causes[random_below(&s.random, sizeof causes / sizeof causes[0])];
        int proc = (int)random_below(&s.random, (uint32_t)w->options.daemons);
        world_run(w, w->now + CALM_US + random_next(&s.random) % USEC_SECOND);
        play_one(&s, kind, proc, tell, context);
        if (end_of(kind) == SINGLE_KINDS)
            continue;
        world_run(w, w->now + CALM_US);
        play_one(&s, end_of(kind), proc, tell, context);
    }
    w->observer_count--; /* s ends here */
}
