/* SPDX-License-Identifier: MIT */
#include "tests/sim/recipe.h"

#include <inttypes.h>

enum { THOROUGH_ONE_IN = 16, PACED_ONE_IN = 4, FLUSH_ONE_IN = 4, GUESTS_ONE_IN = 8, SEALED_ONE_IN = 4,
       ROTATED_ONE_IN = 3, SEALED = 0x5ea1 };

const char *run_mode_name(enum run_mode mode)
{
    static const char *const names[RUN_MODES] = {
        [RUN_SAFETY] = "safety",
        [RUN_LIVENESS] = "liveness",
        [RUN_PARTIAL] = "partial",
        [RUN_SINGLE] = "single",
    };
    return names[mode];
}

/* -- drawing ------------------------------------------------------------------------------- */

static int pick(struct random *r, const int *values, uint32_t count)
{
    return values[random_below(r, count)];
}

#define PICK(r, ...)                                                                               \
    pick(r, (const int[]){__VA_ARGS__}, sizeof((const int[]){__VA_ARGS__}) / sizeof(int))

static void draw_timeouts(struct world_options *o, struct random *r)
{
    static const struct conf_timeouts short_ones = {600, 200, 100, 100, 250, 200, 500, 500, 2500};
    if (random_below(r, 2))
        o->timeouts = short_ones;
}

static int draw_daemons(struct random *r, const struct recipe_options *o)
{
    int drawn = 2 + (int)random_below(r, random_below(r, 4) ? 4 : 8);
    if (o->daemons_most > o->daemons)
        return o->daemons + (int)random_below(r, (uint32_t)(o->daemons_most - o->daemons + 1));
    return o->daemons ? o->daemons : drawn;
}

static void draw_world(struct world_options *o, uint64_t seed, const struct recipe_options *given)
{
    struct random r = {seed};
    *o = (struct world_options){.seed = random_next(&r)};
    o->daemons = draw_daemons(&r, given);
    o->segments = 1 + (int)random_below(&r, (uint32_t)o->daemons);
    if (o->segments > CONF_SEGMENTS_MAX)
        o->segments = CONF_SEGMENTS_MAX;
    o->max_gap = (uint32_t)PICK(&r, 16, 64, 256, 4096);
    if (random_below(&r, 2)) {
        o->window = PICK(&r, 1, 4, 12, 60);
        o->personal_window = 1 + (int)random_below(&r, (uint32_t)o->window);
        o->accelerated_window = (int)random_below(&r, (uint32_t)o->personal_window + 1);
    }
    o->accelerated = random_below(&r, 4) != 0;
    o->packet_size = (uint32_t)PICK(&r, 0, 512, 8000, 0);
    o->latency = (usec)PICK(&r, 40, 150, 600, 2000);
    o->receive_bytes = (uint32_t)PICK(&r, 0, 0, 300000, 60000);
    o->max_session_messages = (uint32_t)PICK(&r, 0, 0, 100, 20);
    draw_timeouts(o, &r);
    o->slice = (uint32_t)PICK(&r, 0, 1, 2, 5);
}

static void draw_load(struct load_options *o, uint64_t seed)
{
    struct random r = {seed};
    *o = (struct load_options){.seed = random_next(&r)};
    o->clients = 1 + (int)random_below(&r, 3);
    o->groups = 1 + (int)random_below(&r, 4);
    o->pause = (usec)PICK(&r, 500, 2000, 10000, 40000);
    o->large_ppm = random_below(&r, 2) ? random_below(&r, 100000) : 0;
    o->burst_ppm = random_below(&r, 2) ? random_below(&r, 20000) : 0;
    o->deaf_ppm = random_below(&r, 3) ? 0 : random_below(&r, 30000);
    o->membership = random_below(&r, 4) != 0;
}

/* Programs that are slow, pause, stop, or send before they read; and so few bytes may wait for one that
 * this matters. */
static void draw_pace(struct recipe *to, uint64_t seed)
{
    struct random r = {seed};
    to->load.paced_ppm = 100000 + random_below(&r, 900000);
    to->world.max_session_messages = 0;
    to->world.max_session_bytes = (uint32_t)PICK(&r, 0, 1 << 20, 400000, 150000);
    to->world.patience_ms = (uint32_t)PICK(&r, 0, 1000, 200, 50);
    bool policies = random_below(&r, 2);
    for (int i = 0; policies && i < to->load.groups; i++)
        to->world.group_policies |= random_below(&r, SLOW_POLICIES) << 2 * i;
    to->load.wish_ppm = random_below(&r, 2) ? random_below(&r, 1000000) : 0;
}

/* Keys, which may be replaced by others while all goes on, and often somebody who has none and does what
 * he can. Drawn apart: the rest of a recipe is the same with and without. */
static void draw_seal(struct recipe *to, const struct recipe_options *o)
{
    struct random r = {o->seed ^ SEALED};
    bool drawn = random_below(&r, SEALED_ONE_IN) == 0;
    to->world.sealed = o->seal == SEAL_ALWAYS || (o->seal == SEAL_DRAWN && drawn);
    if (!to->world.sealed)
        return;
    to->attack = (usec)PICK(&r, 0, 100, 500, 3000);
    if (o->mode != RUN_SINGLE && random_below(&r, ROTATED_ONE_IN) == 0)
        rotation_draw(&to->script, random_next(&r), to->world.daemons, RUN_BEGIN_US,
                      RUN_BEGIN_US + o->length);
}

/* Clients that use the flush layer; the others do less then. */
static void draw_flush(struct recipe *to, uint64_t seed)
{
    struct random r = {seed};
    to->flush = (struct flush_options){.seed = random_next(&r)};
    to->flush.clients = 2 + (int)random_below(&r, 3);
    to->flush.groups = 1 + (int)random_below(&r, 2);
    to->flush.pause = (usec)PICK(&r, 1000, 5000, 20000);
    to->flush.delay = (usec)PICK(&r, 100, 2000, 20000);
    to->load.pause *= 4;
}

/* Clients that log in, and policies that change. */
static void draw_guests(struct recipe *to, uint64_t seed)
{
    struct random r = {seed};
    to->guests = (struct guest_options){.seed = random_next(&r)};
    to->guests.clients = 2 + (int)random_below(&r, 3);
    to->guests.pause = (usec)PICK(&r, 1000, 4000, 15000);
    to->world.policies = random_next(&r) | 1;
    if (to->mode != RUN_SINGLE)
        policies_draw(&to->script, random_next(&r), to->world.daemons, RUN_BEGIN_US,
                      RUN_BEGIN_US + to->length);
    to->load.pause *= 2;
}

static struct procset all_of(int daemons)
{
    struct procset all = {{0}};
    for (int i = 0; i < daemons; i++)
        procset_add(&all, (unsigned)i);
    return all;
}

/* Two daemons at least, and not all of them unless there are only two. */
static struct procset draw_core(struct random *r, int daemons)
{
    struct procset core = {{0}};
    int want = daemons > 2 ? 2 + (int)random_below(r, (uint32_t)daemons - 2) : daemons;
    while (procset_count(&core) < want)
        procset_add(&core, random_below(r, (uint32_t)daemons));
    return core;
}

void recipe_draw(struct recipe *r, const struct recipe_options *o)
{
    struct random seeds = {o->seed};
    *r = (struct recipe){.seed = o->seed, .mode = o->mode, .length = o->length};
    draw_world(&r->world, random_next(&seeds), o);
    draw_load(&r->load, random_next(&seeds));
    uint64_t fault_seed = random_next(&seeds), broken_seed = random_next(&seeds);
    r->daemons = all_of(r->world.daemons);
    if (o->mode != RUN_SINGLE)
        script_draw(&r->script, fault_seed, &r->world, RUN_BEGIN_US, RUN_BEGIN_US + o->length);
    if (o->mode == RUN_PARTIAL) {
        r->core = draw_core(&seeds, r->world.daemons);
        script_draw_broken(&r->broken, broken_seed, r->world.daemons, &r->core, 0);
    }
    if (o->seed % PACED_ONE_IN == 1)
        draw_pace(r, random_next(&seeds));
    if (o->seed % FLUSH_ONE_IN == 2)
        draw_flush(r, random_next(&seeds));
    if (o->seed % GUESTS_ONE_IN == 3)
        draw_guests(r, random_next(&seeds));
    r->thorough = o->seed % THOROUGH_ONE_IN == 0;
    draw_seal(r, o);
}

void recipe_copy(struct recipe *to, const struct recipe *from)
{
    *to = *from;
    to->script = to->broken = (struct fault_script){0};
    script_copy(&to->script, &from->script);
    script_copy(&to->broken, &from->broken);
}

void recipe_free(struct recipe *r)
{
    script_free(&r->script);
    script_free(&r->broken);
}

/* -- printing ------------------------------------------------------------------------------ */

static void print_world(const struct world_options *o, FILE *to)
{
    const struct conf_timeouts *t = &o->timeouts;
    fprintf(to, "    .world = {.seed = %" PRIu64 "u, .daemons = %d, .segments = %d, .max_gap = %u,\n",
            o->seed, o->daemons, o->segments, o->max_gap);
    fprintf(to, "              .window = %d, .personal_window = %d, .accelerated_window = %d,\n",
            o->window, o->personal_window, o->accelerated_window);
    fprintf(to, "              .accelerated = %s, .packet_size = %u, .max_session_messages = %u,\n",
            o->accelerated ? "true" : "false", o->packet_size, o->max_session_messages);
    fprintf(to, "              .max_session_bytes = %u, .patience_ms = %u, .group_policies = 0x%x,\n",
            o->max_session_bytes, o->patience_ms, o->group_policies);
    fprintf(to, "              .receive_bytes = %u, .latency = %" PRIu64 ", .slice = %u,\n",
            o->receive_bytes, o->latency, o->slice);
    fprintf(to, "              .sealed = %s, .policies = %" PRIu64 "u,\n",
            o->sealed ? "true" : "false", o->policies);
    fprintf(to, "              .timeouts = {%u, %u, %u, %u, %u, %u, %u, %u, %u}},\n", t->token,
            t->hurry, t->alive, t->join, t->rep, t->seg, t->gather, t->form, t->lookup);
}

static void print_load(const struct load_options *o, FILE *to)
{
    fprintf(to, "    .load = {.seed = %" PRIu64 "u, .clients = %d, .groups = %d, .pause = %" PRIu64
                ",\n",
            o->seed, o->clients, o->groups, o->pause);
    fprintf(to, "             .large_ppm = %u, .burst_ppm = %u, .deaf_ppm = %u,\n", o->large_ppm,
            o->burst_ppm, o->deaf_ppm);
    fprintf(to, "             .paced_ppm = %u, .wish_ppm = %u, .membership = %s, .until = %" PRIu64 "},\n",
            o->paced_ppm, o->wish_ppm, o->membership ? "true" : "false", o->until);
}

static void print_flush(const struct flush_options *o, FILE *to)
{
    if (o->clients > 0)
        fprintf(to, "    .flush = {.seed = %" PRIu64 "u, .clients = %d, .groups = %d, .pause = %" PRIu64
                    ", .delay = %" PRIu64 "},\n",
                o->seed, o->clients, o->groups, o->pause, o->delay);
}

static void print_guests(const struct guest_options *o, FILE *to)
{
    if (o->clients > 0)
        fprintf(to, "    .guests = {.seed = %" PRIu64 "u, .clients = %d, .pause = %" PRIu64 "},\n", o->seed,
                o->clients, o->pause);
}

static void print_script(const char *name, const struct fault_script *s, FILE *to)
{
    if (s->count == 0)
        return;
    fprintf(to, "    .%s = SCRIPT(\n", name);
    script_print(s, to);
    fprintf(to, "    ),\n");
}

void recipe_print(const struct recipe *r, FILE *to)
{
    static const char *const modes[RUN_MODES] = {"RUN_SAFETY", "RUN_LIVENESS", "RUN_PARTIAL",
                                                 "RUN_SINGLE"};
    fprintf(to, "static const struct recipe recipe = {\n    .mode = %s,\n", modes[r->mode]);
    print_world(&r->world, to);
    print_load(&r->load, to);
    print_flush(&r->flush, to);
    print_guests(&r->guests, to);
    fprintf(to, "    .daemons = {{0x%" PRIx64 "}}, .core = {{0x%" PRIx64 "}}, .length = %" PRIu64
                ", .attack = %" PRIu64 ",\n",
            r->daemons.bits[0], r->core.bits[0], r->length, r->attack);
    print_script("script", &r->script, to);
    print_script("broken", &r->broken, to);
    fprintf(to, "};\n");
}
