/* SPDX-License-Identifier: MIT */
#include "tests/sim/faults.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

enum { CLOCK_ZERO = 1000000, BURST_US = 20 * USEC_MS };

const char *fault_name(enum fault_kind kind)
{
    static const char *const names[FAULT_KINDS] = {
        [FAULT_CRASH] = "FAULT_CRASH",           [FAULT_START] = "FAULT_START",
        [FAULT_LEAVE] = "FAULT_LEAVE",           [FAULT_PAUSE] = "FAULT_PAUSE",
        [FAULT_RESUME] = "FAULT_RESUME",         [FAULT_TWIN] = "FAULT_TWIN",
        [FAULT_TWIN_END] = "FAULT_TWIN_END",     [FAULT_PARTITION] = "FAULT_PARTITION",
        [FAULT_CUT] = "FAULT_CUT",               [FAULT_MEND] = "FAULT_MEND",
        [FAULT_ISOLATE] = "FAULT_ISOLATE",       [FAULT_CUT_DATA] = "FAULT_CUT_DATA",
        [FAULT_CUT_LARGE] = "FAULT_CUT_LARGE",   [FAULT_HEAL] = "FAULT_HEAL",
        [FAULT_LOSS] = "FAULT_LOSS",             [FAULT_BURST] = "FAULT_BURST",
        [FAULT_DOUBLE] = "FAULT_DOUBLE",         [FAULT_DAMAGE] = "FAULT_DAMAGE",
        [FAULT_TAIL] = "FAULT_TAIL",             [FAULT_JITTER] = "FAULT_JITTER",
        [FAULT_NARROW] = "FAULT_NARROW",         [FAULT_LOSE_TYPE] = "FAULT_LOSE_TYPE",
        [FAULT_DELAY_TYPE] = "FAULT_DELAY_TYPE", [FAULT_SLOW] = "FAULT_SLOW",
        [FAULT_CLOCK] = "FAULT_CLOCK",           [FAULT_FILE] = "FAULT_FILE",
        [FAULT_RELOAD] = "FAULT_RELOAD",         [FAULT_KEYS] = "FAULT_KEYS",
        [FAULT_POLICY] = "FAULT_POLICY",
    };
    return names[kind];
}

/* -- scripts ------------------------------------------------------------------------------- */

void script_add(struct fault_script *s, const struct fault *f)
{
    if (s->count == s->size) {
        s->size = s->size ? 2 * s->size : 32;
        s->faults = memory_grow(s->faults, s->size * sizeof s->faults[0]);
    }
    s->faults[s->count++] = *f;
}

void script_copy(struct fault_script *to, const struct fault_script *from)
{
    for (size_t i = 0; i < from->count; i++)
        script_add(to, &from->faults[i]);
}

void script_free(struct fault_script *s)
{
    free(s->faults);
    *s = (struct fault_script){0};
}

void script_print(const struct fault_script *s, FILE *to)
{
    for (size_t i = 0; i < s->count; i++)
        fprintf(to, "        {%" PRIu64 ", %s, %u, %u, %" PRIu64 "u},\n", s->faults[i].at,
                fault_name(s->faults[i].kind), s->faults[i].a, s->faults[i].b,
                s->faults[i].value);
}

/* -- links --------------------------------------------------------------------------------- */

static void partition(struct world *w, uint64_t value)
{
    int component[PROCS_MAX];
    for (int i = 0; i < PROCS_MAX; i++)
        component[i] = (int)(value >> (2 * (i % 32)) & 3);
    network_partition(&w->network, component);
}

typedef void link_setter(struct link_state *l, uint64_t value, const struct world *w);

/* Applies set to the link from a to b, or to all of them. */
static void on_links(struct world *w, const struct fault *f, link_setter *set)
{
    unsigned n = (unsigned)w->options.daemons;
    for (unsigned a = 0; a < n; a++)
        for (unsigned b = 0; b < n; b++)
            if (f->a == f->b || (a == f->a && b == f->b))
                set(network_link(&w->network, a, b), f->value, w);
}

static void set_cut(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->cut = value;
}

static void set_cut_data(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)value;
    (void)w;
    l->cut_data = true;
}

static void set_cut_large(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)value;
    (void)w;
    l->cut_large = true;
}

static void mend(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)value;
    (void)w;
    l->cut = l->cut_data = l->cut_large = false;
}

static void set_loss(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->loss_ppm = (uint32_t)value;
}

static void set_burst(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->burst_ppm = (uint32_t)value;
    l->burst = BURST_US;
}

static void set_double(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->double_ppm = (uint32_t)value;
}

static void set_damage(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->damage_ppm = (uint32_t)value;
}

static void set_tail(struct link_state *l, uint64_t value, const struct world *w)
{
    l->tail_ppm = (uint32_t)value;
    l->tail = 3 * (usec)w->conf->timeouts.token * USEC_MS;
}

static void set_jitter(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->jitter = l->latency / 2 + value;
}

static void set_narrow(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->per_byte_ns = value;
}

static void set_lost_type(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->type = (uint8_t)(value >> 32);
    l->type_ppm = (uint32_t)value;
    l->type_late_ppm = 0;
}

static void set_late_type(struct link_state *l, uint64_t value, const struct world *w)
{
    l->type = (uint8_t)(value >> 32);
    l->type_ppm = 0;
    l->type_late_ppm = (uint32_t)value;
    l->tail = 3 * (usec)w->conf->timeouts.token * USEC_MS;
}

static link_setter *const setters[FAULT_KINDS] = {
    [FAULT_MEND] = mend,
    [FAULT_CUT_DATA] = set_cut_data,
    [FAULT_CUT_LARGE] = set_cut_large,
    [FAULT_LOSS] = set_loss,
    [FAULT_BURST] = set_burst,
    [FAULT_DOUBLE] = set_double,
    [FAULT_DAMAGE] = set_damage,
    [FAULT_TAIL] = set_tail,
    [FAULT_JITTER] = set_jitter,
    [FAULT_NARROW] = set_narrow,
    [FAULT_LOSE_TYPE] = set_lost_type,
    [FAULT_DELAY_TYPE] = set_late_type,
};

/* -- playing ------------------------------------------------------------------------------- */

typedef void process_deed(struct world *w, int proc);

static process_deed *const deeds[FAULT_KINDS] = {
    [FAULT_CRASH] = world_crash,     [FAULT_START] = world_start,
    [FAULT_LEAVE] = world_leave,     [FAULT_PAUSE] = world_pause,
    [FAULT_RESUME] = world_resume,   [FAULT_TWIN] = world_start_twin,
    [FAULT_TWIN_END] = world_end_twin, [FAULT_RELOAD] = world_reload,
};

static void play(struct world *w, void *context)
{
    const struct fault *f = context;
    struct fault cut = {.a = f->a, .b = f->b, .value = 1};
    if (f->a >= w->options.daemons || f->b >= w->options.daemons)
        return; /* a script for a larger world */
    if (deeds[f->kind]) {
        deeds[f->kind](w, f->a);
        return;
    }
    world_note(w, "%s d%d d%d %llu", fault_name(f->kind), f->a + 1, f->b + 1,
               (unsigned long long)f->value);
    if (setters[f->kind])
        on_links(w, f, setters[f->kind]);
    else if (f->kind == FAULT_PARTITION)
        partition(w, f->value);
    else if (f->kind == FAULT_CUT && f->a != f->b)
        on_links(w, &cut, set_cut);
    else if (f->kind == FAULT_ISOLATE)
        network_isolate(&w->network, f->a);
    else if (f->kind == FAULT_HEAL)
        network_heal(&w->network);
    else if (f->kind == FAULT_SLOW)
        w->processes[f->a].busy_each = f->value;
    else if (f->kind == FAULT_CLOCK)
        w->wall_offset_s = (int64_t)f->value - CLOCK_ZERO;
    else if (f->kind == FAULT_FILE)
        world_write_file(w, &(struct procset){{f->value}});
    else if (f->kind == FAULT_KEYS)
        world_write_keys(w, f->a, (unsigned)f->value);
    else if (f->kind == FAULT_POLICY)
        world_write_policy(w, f->a, (unsigned)f->value);
}

void script_play(const struct fault_script *s, struct world *w)
{
    for (size_t i = 0; i < s->count; i++)
        world_call(w, s->faults[i].at, play, &s->faults[i]);
}

static void make_good(struct link_state *l)
{
    l->loss_ppm = l->burst_ppm = l->double_ppm = l->damage_ppm = l->tail_ppm = 0;
    l->type_ppm = l->type_late_ppm = 0;
    l->jitter = l->latency / 2;
    l->per_byte_ns = 0;
    l->burst_until = l->busy_until = 0;
}

void faults_end(struct world *w)
{
    int n = w->options.daemons;
    world_note(w, "all faults end");
    world_heal(w);
    for (int i = 0; i < n * n; i++)
        make_good(&w->network.links[i]);
    if (w->file->conf != w->conf)
        world_write_file(w, &versions_find(&w->versions, w->conf)->daemons);
    /* A daemon may still be about to take over a file of before. */
    bool reloads = w->versions.list && w->versions.list->next;
    for (int i = 0; i < n; i++) {
        w->processes[i].busy_each = 0;
        world_end_twin(w, i);
        if (w->processes[i].leaving)
            world_crash(w, i);
        world_resume(w, i);
        world_start(w, i);
        if (reloads)
            world_reload(w, i);
        if (w->processes[i].keys != w->processes[0].keys)
            world_write_keys(w, i, w->processes[0].keys);
    }
}
