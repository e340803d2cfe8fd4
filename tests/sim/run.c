/* SPDX-License-Identifier: MIT */
#include "tests/sim/run.h"

#include <stdlib.h>
#include <string.h>

#include "tests/sim/order_check.h"

enum { BEGIN_US = 1500000, QUIET_US = 5000000 };

/* -- drawing a world ----------------------------------------------------------------------- */

static int pick(struct random *r, const int *values, uint32_t count)
{
    return values[random_below(r, count)];
}

static void draw_timeouts(struct world_options *o, struct random *r)
{
    static const struct conf_timeouts short_ones = {600, 200, 100, 100, 250, 200, 500, 500, 2500};
    if (random_below(r, 2))
        o->timeouts = short_ones;
}

static void draw_world(struct world_options *o, uint64_t seed, int daemons)
{
    struct random r = {seed};
    *o = (struct world_options){.seed = random_next(&r)};
    o->daemons = daemons ? daemons : 2 + (int)random_below(&r, random_below(&r, 4) ? 4 : 8);
    o->segments = 1 + (int)random_below(&r, (uint32_t)o->daemons);
    o->max_gap = (uint32_t)pick(&r, (const int[]){16, 64, 256, 4096}, 4);
    if (random_below(&r, 2)) {
        o->window = pick(&r, (const int[]){1, 4, 12, 60}, 4);
        o->personal_window = 1 + (int)random_below(&r, (uint32_t)o->window);
        o->accelerated_window = (int)random_below(&r, (uint32_t)o->personal_window + 1);
    }
    o->accelerated = random_below(&r, 4) != 0;
    o->packet_size = (uint32_t)pick(&r, (const int[]){0, 512, 8000, 0}, 4);
    draw_timeouts(o, &r);
}

/* How far apart the daemons are: the farther, the less happens in a second. */
static void draw_latency(struct world *w, uint64_t seed)
{
    struct random r = {seed};
    usec latency = (usec)pick(&r, (const int[]){40, 150, 600, 2000}, 4);
    for (int a = 0; a < w->options.daemons; a++)
        for (int b = 0; b < w->options.daemons; b++) {
            w->network.links[a][b].latency = latency;
            w->network.links[a][b].jitter = latency / 2;
        }
}

static void draw_load(struct load_options *o, uint64_t seed)
{
    struct random r = {seed};
    *o = (struct load_options){.seed = random_next(&r)};
    o->clients = 1 + (int)random_below(&r, 3);
    o->groups = 1 + (int)random_below(&r, 4);
    o->pause = (usec)pick(&r, (const int[]){500, 2000, 10000, 40000}, 4);
    o->large_ppm = random_below(&r, 2) ? random_below(&r, 100000) : 0;
    o->burst_ppm = random_below(&r, 2) ? random_below(&r, 20000) : 0;
    o->membership = random_below(&r, 4) != 0;
}

/* -- the trace, as a number ---------------------------------------------------------------- */

static void add_to_hash(uint64_t *h, uint64_t v)
{
    *h = (*h ^ v) * 0x100000001b3u;
}

static void hash_record(void *context, int proc, unsigned life, const struct trace_record *t)
{
    uint64_t *h = context;
    add_to_hash(h, (uint64_t)proc << 32 | life);
    add_to_hash(h, (uint64_t)t->kind);
    add_to_hash(h, t->tag);
    add_to_hash(h, t->seq);
    add_to_hash(h, t->part);
    add_to_hash(h, t->members.bits[0]);
    add_to_hash(h, (uint64_t)(unsigned)t->to);
}

static void count_crash(void *context, int proc, unsigned life)
{
    uint64_t *crashes = context;
    (void)proc;
    (void)life;
    ++*crashes;
}

/* -- the end of a liveness run ------------------------------------------------------------- */

/* L1: the time within which all must be in one view. */
static usec convergence_limit(const struct conf *c)
{
    const struct conf_timeouts *t = &c->timeouts;
    return (usec)(t->lookup + 2 * (t->seg + t->gather + t->form)) * USEC_MS;
}

static uint32_t views_so_far(const struct world *w)
{
    uint32_t views = 0;
    for (int i = 0; i < w->options.daemons; i++)
        views += w->processes[i].views;
    return views;
}

/* They are in one view and stay there for a while. False: they did not stay. */
static bool is_quiet(struct world *w, const struct procset *all)
{
    uint32_t views = views_so_far(w);
    world_run(w, w->now + QUIET_US);
    return views_so_far(w) == views && world_in_one_view(w, all);
}

/* L1: after the last fault all come together within the limit, and then nothing changes. What the
 * faults have left behind may break a view once more meanwhile. */
static void must_converge(struct world *w, struct run_result *r)
{
    struct procset all = world_up(w);
    usec begin = w->now, limit = convergence_limit(w->conf);
    while (!w->verdict.broken && w->now - begin <= limit) {
        if (!world_settle(w, &all, begin + limit - w->now))
            break;
        r->converged_after = w->now - begin;
        if (is_quiet(w, &all))
            return;
    }
    verdict_break(&w->verdict, "L1", "not in one view that lasts, %llu ms after the last fault",
                  (unsigned long long)((w->now - begin) / USEC_MS));
}

/* -- a run --------------------------------------------------------------------------------- */

static void start_all(struct world *w, const struct procset *only)
{
    for (int i = 0; i < w->options.daemons; i++)
        if (procset_empty(only) || procset_has(only, (unsigned)i))
            world_start(w, i);
}

static void copy_script(struct fault_script *to, const struct fault_script *from)
{
    for (size_t i = 0; i < from->count; i++)
        script_add(to, &from->faults[i]);
}

void run(const struct run_options *o, struct run_result *r)
{
    struct random seeds = {o->seed};
    struct world_options world_options;
    struct load_options load_options;
    *r = (struct run_result){.trace_hash = 0xcbf29ce484222325u};

    draw_world(&world_options, random_next(&seeds), o->daemons);
    draw_load(&load_options, random_next(&seeds));
    uint64_t fault_seed = random_next(&seeds), latency_seed = random_next(&seeds);
    if (o->script)
        copy_script(&r->script, o->script);
    else if (!o->no_faults)
        script_draw(&r->script, fault_seed, world_options.daemons, BEGIN_US, BEGIN_US + o->length);

    struct world *w = world_new(&world_options);
    draw_latency(w, latency_seed);
    w->talk = o->talk;
    struct order_check *order = order_check_new(w);
    world_observe(w, &(struct observer){.on_trace = hash_record, .context = &r->trace_hash});
    world_observe(w, &(struct observer){.on_end = count_crash, .context = &r->crashes});
    struct load *load = load_new(w, &load_options, NULL);
    start_all(w, &o->only);
    script_play(&r->script, w);
    world_run(w, BEGIN_US + o->length);
    if (o->mode == RUN_LIVENESS && !w->verdict.broken) {
        faults_end(w);
        load_stop(load);
        must_converge(w, r);
    }
    r->deliveries = order_deliveries(order);
    r->views = order_views(order);
    order_check_end(order);
    r->verdict = w->verdict;
    r->datagrams = w->datagrams;
    r->events = w->events;
    memcpy(r->cells, w->cells, sizeof r->cells);
    load_free(load);
    world_free(w);
}
