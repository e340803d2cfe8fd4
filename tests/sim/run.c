/* SPDX-License-Identifier: MIT */
#include "tests/sim/run.h"

#include <string.h>

#include "tests/sim/agree_check.h"
#include "tests/sim/attacker.h"
#include "tests/sim/pace_check.h"
#include "tests/sim/recent.h"

enum {
    QUIET_US = 5 * USEC_SECOND,
    LOOKUP_LEAST_MS = 5000,
    SETTLING_LOOKUPS = 3, /* L2: LookupTimeouts until nothing may change any more */
    STAY_US = 60 * USEC_SECOND,
    STAY_ALLOWED = 2,     /* views in that time, for tries with ever longer waits */
    SLOW_US = 200 * USEC_MS, /* between two deeds of a load that only shows that all works */
    SINGLES = 6,
    FLUSHING_US = 10 * USEC_SECOND, /* until the last flush has been answered */
    LOGGING_IN_US = 10 * USEC_SECOND, /* until the last password has been hashed, and who was refused is told */
    CALM_LOAD_US = 10 * USEC_MS, /* SINGLE: minutes of virtual time, in which views are the subject */
};

/* -- the trace, as a number ---------------------------------------------------------------- */

static void add_to_hash(uint64_t *h, uint64_t v)
{
    *h = (*h ^ v) * 0x100000001b3u;
}

static void hash_record(void *context, const struct process *p, const struct trace_record *t)
{
    uint64_t *h = context;
    add_to_hash(h, p->world->now);
    add_to_hash(h, (uint64_t)p->index << 32 | p->start);
    add_to_hash(h, (uint64_t)t->kind);
    add_to_hash(h, t->tag);
    add_to_hash(h, t->seq);
    add_to_hash(h, t->part);
    add_to_hash(h, t->members.bits[0]);
}

static void hash_event(void *context, const struct process *p, const struct event_record *e)
{
    uint64_t *h = context;
    add_to_hash(h, p->world->now);
    add_to_hash(h, (uint64_t)p->index << 32 | p->start);
    add_to_hash(h, (uint64_t)e->kind << 32 | e->why);
    add_to_hash(h, (uint64_t)e->daemon << 16 | e->other);
    for (int i = 0; i < EVENT_NUMBERS; i++)
        add_to_hash(h, e->number[i]);
}

/* -- a run --------------------------------------------------------------------------------- */

/* All that is made for one. */
struct running {
    const struct run_options *options;
    const struct recipe *recipe;
    struct run_result *result;
    struct world *world;
    struct recent *recent;
    struct order_check *order;
    struct group_check *groups;
    struct pace_check *pace;
    struct latency *latency;
    struct load *load;
    struct attacker *attacker; /* NULL: there is none */
    struct flush_clients *flush;
    struct guests *guests;
};

/* An attacker who carries packets to where the network does not is another network: by it daemons that
 * were cut apart do hear each other, now and then. Where it matters who does, he must not. */
static bool may_carry(const struct recipe *r)
{
    return r->mode != RUN_PARTIAL && r->mode != RUN_SINGLE;
}

static void set_up(struct running *g)
{
    const struct recipe *recipe = g->recipe;
    g->world = world_new(&recipe->world);
    g->world->talk = g->options->talk;
    if (g->options->tell)
        g->recent = recent_new(g->world);
    g->order = order_check_new(g->world, recipe->thorough);
    g->groups = group_check_new(g->world);
    g->pace = pace_check_new(g->world);
    agree_check_begin(g->world);
    if (g->options->figures)
        g->latency = latency_new(g->world, g->order, g->options->figures);
    world_observe(g->world, &(struct observer){.on_trace = hash_record, .on_event = hash_event,
                                               .context = &g->result->trace_hash});
    struct client_events events = group_check_events(g->groups);
    g->load = load_new(g->world, &recipe->load, &events);
    if (recipe->attack)
        g->attacker = attacker_new(g->world, recipe->world.seed, recipe->attack, may_carry(recipe));
    g->flush = flush_clients_new(g->world, &recipe->flush, &events);
    g->guests = guests_new(g->world, &recipe->guests, &events);
}

static void tear_down(struct running *g)
{
    struct run_result *r = g->result;
    r->deliveries = order_deliveries(g->order);
    r->views = order_views(g->order);
    r->notices = group_check_notices(g->groups);
    r->flush_views = flush_clients_views(g->flush);
    r->flush_messages = flush_clients_messages(g->flush);
    r->logins = guests_logins(g->guests);
    r->refusals = guests_refusals(g->guests);
    order_check_end(g->order);
    r->verdict = g->world->verdict;
    r->datagrams = g->world->datagrams;
    r->events = g->world->events;
    r->lives = g->world->lives;
    r->ended = g->world->now;
    world_add_cells(g->world, r->cells);
    if (g->options->figures)
        figures_add_counters(g->options->figures, g->world);
    if (r->verdict.broken && g->recent)
        recent_print(g->recent, g->options->tell, g->options->tell_to);
    if (g->latency)
        latency_free(g->latency);
    if (g->recent)
        recent_free(g->recent);
    load_free(g->load);
    world_free(g->world); /* clients are told, which the checks of groups hear */
    attacker_free(g->attacker);
    flush_clients_free(g->flush);
    guests_free(g->guests);
    group_check_free(g->groups);
    pace_check_free(g->pace);
}

static void start_all(struct running *g)
{
    for procset_each(i, &g->recipe->daemons)
        if (i < g->recipe->world.daemons)
            world_start(g->world, i);
}

/* Only those of the recipe are up again: a recipe that was made smaller has fewer. */
static struct procset end_faults(struct running *g)
{
    faults_end(g->world);
    for (int i = 0; i < g->recipe->world.daemons; i++)
        if (!procset_has(&g->recipe->daemons, (unsigned)i))
            world_crash(g->world, i);
    return world_up(g->world);
}

static void come_to_rest(struct running *g, const struct procset *set)
{
    load_stop(g->load);
    guests_stop(g->guests);
    if (g->recipe->guests.clients > 0)
        world_run(g->world, g->world->now + LOGGING_IN_US);
    if (g->recipe->flush.clients > 0) {
        flush_clients_stop(g->flush);
        /* What asks for the last flush may lie behind more than can be ordered in that time. */
        if (alive_must_run_dry(g->world, set))
            world_run(g->world, g->world->now + FLUSHING_US);
    }
    if (!g->world->verdict.broken)
        alive_must_drain(g->world, set, g->order, g->groups);
    if (!g->world->verdict.broken && world_in_one_view(g->world, set)) {
        flush_clients_check_rest(g->flush, set);
        guests_check_rest(g->guests, set);
    }
}

static void end_liveness(struct running *g)
{
    struct procset all = end_faults(g);
    if (!alive_must_meet(g->world, &all, true, QUIET_US, &g->result->took))
        return;
    if (g->options->figures)
        figure_add(&g->options->figures->meeting_us, g->result->took);
    come_to_rest(g, &all);
}

/* Whether both hear each other, at least in part, while that is broken. */
static bool may_be_together(const struct fault_script *broken, unsigned a, unsigned b)
{
    for (size_t i = 0; i < broken->count; i++) {
        const struct fault *f = &broken->faults[i];
        if (f->kind == FAULT_CUT && ((f->a == a && f->b == b) || (f->a == b && f->b == a)))
            return false;
    }
    return true;
}

/* How many daemons of up the largest ring can have that does not hold all of core. Bits are daemons;
 * chosen so far, and which may still come. */
static int largest_without(const struct fault_script *broken, uint64_t core, uint64_t chosen,
                           uint64_t rest)
{
    if (rest == 0)
        return (chosen & core) == core ? 0 : __builtin_popcountll(chosen);
    unsigned next = (unsigned)__builtin_ctzll(rest);
    rest &= rest - 1;
    int without = largest_without(broken, core, chosen, rest);
    for (uint64_t others = chosen; others; others &= others - 1)
        if (!may_be_together(broken, next, (unsigned)__builtin_ctzll(others)))
            return without;
    int with = largest_without(broken, core, chosen | 1ull << next, rest);
    return with > without ? with : without;
}

/* A daemon of smaller index than all of core can be the leader of some of it and yet not be heard by
 * the others, who then have nobody to speak to about a larger ring: leaders speak with leaders only.
 */
static bool may_be_captured(const struct fault_script *broken, const struct procset *core,
                            const struct procset *up)
{
    for procset_each(i, up)
        for procset_each(k, core)
            if (i < procset_first(core) && may_be_together(broken, (unsigned)i, (unsigned)k))
                return true;
    return false;
}

/* Where as many daemons can form another ring, they may, and no member of core has to leave it. Bad
 * pairs are remembered for half a LookupTimeout at most: with a short one the first is forgotten
 * before the last has been found. */
static bool core_must_meet(const struct recipe *r, const struct conf *conf,
                           const struct procset *core, const struct procset *up)
{
    if (may_be_captured(&r->broken, core, up) || conf->timeouts.lookup < LOOKUP_LEAST_MS)
        return false;
    return largest_without(&r->broken, core->bits[0], 0, up->bits[0]) < procset_count(core);
}

/* A link that lets some packets through can only be tried: twice in a LookupTimeout the view may
 * change for it. */
static uint32_t views_allowed(const struct recipe *r, const struct conf *conf)
{
    for (size_t i = 0; i < r->broken.count; i++)
        if (r->broken.faults[i].kind != FAULT_CUT)
            return (uint32_t)(2 + 2 * STAY_US / ((usec)conf->timeouts.lookup * USEC_MS));
    return STAY_ALLOWED;
}

/* Core, or another ring of as many, if that is there: not all in a ring need hear each other. */
static struct procset who_met(const struct world *w, const struct procset *core,
                              const struct procset *up)
{
    if (world_is_together(w, core, false))
        return *core;
    for procset_each(i, up) {
        struct procset in = world_view_of(w, i);
        if (procset_count(&in) >= procset_count(core) && world_in_one_view(w, &in))
            return in;
    }
    return *core;
}

static void end_partial(struct running *g)
{
    struct world *w = g->world;
    struct procset up = end_faults(g), core = procset_both(&g->recipe->core, &up);
    usec settling = SETTLING_LOOKUPS * (usec)w->conf->timeouts.lookup * USEC_MS;
    script_play(&g->recipe->broken, w);
    world_run(w, w->now);
    if (procset_empty(&core) || !core_must_meet(g->recipe, w->conf, &core, &up))
        return;
    /* Each pair that does not go together is found out by trying, one after the other. */
    load_set_pause(g->load, SLOW_US);
    flush_clients_set_pause(g->flush, SLOW_US);
    guests_set_pause(g->guests, SLOW_US);
    world_run(w, w->now + settling);
    struct procset met = who_met(w, &core, &up);
    if (!alive_must_meet(w, &met, false, 0, &g->result->took))
        return;
    alive_must_stay(w, &met, STAY_US, views_allowed(g->recipe, w->conf));
    /* Others may be in their view, for they may be whole enough. */
    struct procset in = world_view_of(w, procset_first(&met));
    if (world_in_one_view(w, &in))
        come_to_rest(g, &in);
}

static void tell_single(void *context, const struct single_result *r)
{
    struct running *g = context;
    if (g->options->figures)
        figures_add_single(g->options->figures, r);
}

static void run_singles(struct running *g)
{
    struct procset all = world_up(g->world);
    if (!world_settle(g->world, &all, alive_meeting_limit(g->world->conf))) {
        verdict_break(&g->world->verdict, "L1", "they do not find together at the beginning");
        return;
    }
    if (g->recipe->load.pause < CALM_LOAD_US)
        load_set_pause(g->load, CALM_LOAD_US);
    if (g->recipe->flush.pause < CALM_LOAD_US)
        flush_clients_set_pause(g->flush, CALM_LOAD_US);
    if (g->recipe->guests.pause < CALM_LOAD_US)
        guests_set_pause(g->guests, CALM_LOAD_US);
    singles_play(g->world, g->recipe->world.seed, SINGLES, tell_single, g);
    if (g->world->verdict.broken)
        return;
    all = world_up(g->world);
    come_to_rest(g, &all);
}

void run(const struct run_options *o, struct run_result *r)
{
    struct running g = {.options = o, .recipe = o->recipe, .result = r};
    *r = (struct run_result){.trace_hash = 0xcbf29ce484222325u};
    set_up(&g);
    start_all(&g);
    if (o->recipe->mode == RUN_SINGLE) {
        run_singles(&g);
        tear_down(&g);
        return;
    }
    script_play(&o->recipe->script, g.world);
    world_run(g.world, RUN_BEGIN_US + o->recipe->length);
    if (!g.world->verdict.broken && o->recipe->mode == RUN_LIVENESS)
        end_liveness(&g);
    if (!g.world->verdict.broken && o->recipe->mode == RUN_PARTIAL)
        end_partial(&g);
    tear_down(&g);
}
