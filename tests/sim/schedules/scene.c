/* SPDX-License-Identifier: MIT */
#include "tests/sim/schedules/scene.h"

#include <stdio.h>
#include <string.h>

const struct conf_timeouts scene_short_timeouts = {600, 200, 100, 100, 250, 200, 500, 500, 2500};

enum { SEED = 20, LAST_LINES = 60, CALM_US = 300 * USEC_MS,
       IDLE_PAUSE_US = 200 * USEC_MS, AWAKE_US = 500 * USEC_MS };

/* -- how many ------------------------------------------------------------------------------ */

static bool whole;

void scene_arguments(int argc, char **argv)
{
    whole = argc > 1 && strcmp(argv[1], "--whole") == 0;
}

unsigned scene_stride(unsigned n)
{
    return whole ? 1 : n;
}

/* -- rules --------------------------------------------------------------------------------- */

static void kill_one(struct world *w, void *context)
{
    const struct rule *r = context;
    world_crash(w, r->kill - 1);
}

static bool picks(struct rule *r, int from, int to, uint8_t type)
{
    if (r->type != type || (r->from >= 0 && r->from != from) || (r->to >= 0 && r->to != to))
        return false;
    r->seen++;
    return r->seen > r->skip && r->seen - r->skip <= r->count;
}

static enum fate decide(void *context, int from, int to, const struct packet_header *h, usec *delay)
{
    struct scene *s = context;
    for (int i = 0; i < s->rule_count; i++) {
        struct rule *r = &s->rules[i];
        if (!picks(r, from, to, h->type))
            continue;
        if (r->kill && r->seen == r->skip + 1)
            world_call(s->world, s->world->now, kill_one, r);
        *delay = r->delay;
        return r->fate;
    }
    return FATE_CARRY;
}

void scene_rule(struct scene *s, struct rule rule)
{
    assert_true(s->rule_count < RULES_MAX);
    s->rules[s->rule_count++] = rule;
}

void scene_forget(struct scene *s)
{
    s->rule_count = 0;
}

/* -- beginning ----------------------------------------------------------------------------- */

struct load_options scene_load(void)
{
    return (struct load_options){.seed = SEED,
                                 .clients = 2,
                                 .groups = 3,
                                 .pause = 2 * USEC_MS,
                                 .large_ppm = 20000,
                                 .burst_ppm = 2000,
                                 .membership = true};
}

void scene_set(struct scene *s, const struct world_options *world, const struct load_options *load)
{
    struct world_options o = *world;
    o.seed = o.seed ? o.seed : SEED;
    o.max_gap = o.max_gap ? o.max_gap : 256;
    o.accelerated = true;
    *s = (struct scene){.world = world_new(&o)};
    s->recent = recent_new(s->world);
    s->order = order_check_new(s->world, true);
    s->groups = group_check_new(s->world);
    s->pace = pace_check_new(s->world);
    agree_check_begin(s->world);
    struct client_events events = group_check_events(s->groups);
    s->load = load_new(s->world, load, &events);
    s->pause = load->pause;
    s->world->fate = decide;
    s->world->fate_context = s;
}

void scene_begin(struct scene *s, int daemons, int segments)
{
    struct load_options load = scene_load();
    scene_set(s, &(struct world_options){.daemons = daemons, .segments = segments}, &load);
    for (int i = 0; i < daemons; i++)
        world_start(s->world, i);
    scene_meet(s);
}

/* -- going on ------------------------------------------------------------------------------ */

void scene_check(const struct scene *s)
{
    const struct verdict *v = &s->world->verdict;
    if (!v->broken)
        return;
    recent_print(s->recent, LAST_LINES, stdout);
    fail_msg("%s broken at %.3f ms: %s", v->id, (double)v->at / 1000, v->text);
}

void scene_run(struct scene *s, usec how_long)
{
    world_run(s->world, s->world->now + how_long);
    scene_check(s);
}

void scene_idle(struct scene *s, usec how_long)
{
    load_set_pause(s->load, IDLE_PAUSE_US);
    scene_run(s, how_long);
    load_set_pause(s->load, s->pause);
    scene_run(s, AWAKE_US);
}

usec scene_meet(struct scene *s)
{
    struct procset up = world_up(s->world);
    usec took = 0;
    alive_must_meet(s->world, &up, true, CALM_US, &took);
    scene_check(s);
    return took;
}

void scene_bring_back(struct scene *s)
{
    scene_forget(s);
    world_heal(s->world);
    for (int i = 0; i < s->world->options.daemons; i++)
        world_start(s->world, i);
    scene_meet(s);
}

uint32_t scene_views(const struct scene *s)
{
    uint32_t views = 0;
    for (int i = 0; i < s->world->options.daemons; i++)
        views += s->world->processes[i].views;
    return views;
}

void scene_end(struct scene *s)
{
    struct procset up = world_up(s->world);
    load_stop(s->load);
    alive_must_drain(s->world, &up, s->order, s->groups);
    scene_check(s);
    order_check_end(s->order);
    scene_check(s);
    load_free(s->load);
    recent_free(s->recent);
    world_free(s->world); /* clients are told, which the checks of groups hear */
    group_check_free(s->groups);
    pace_check_free(s->pace);
}
