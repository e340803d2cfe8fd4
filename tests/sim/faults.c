/* SPDX-License-Identifier: MIT */
#include "tests/sim/faults.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

enum { CLOCK_ZERO = 1000000, DAY_S = 86400 };

static const char *const names[FAULT_KINDS] = {
    [FAULT_CRASH] = "FAULT_CRASH",         [FAULT_START] = "FAULT_START",
    [FAULT_LEAVE] = "FAULT_LEAVE",         [FAULT_PAUSE] = "FAULT_PAUSE",
    [FAULT_RESUME] = "FAULT_RESUME",       [FAULT_PARTITION] = "FAULT_PARTITION",
    [FAULT_CUT] = "FAULT_CUT",             [FAULT_CUT_DATA] = "FAULT_CUT_DATA",
    [FAULT_CUT_LARGE] = "FAULT_CUT_LARGE", [FAULT_HEAL] = "FAULT_HEAL",
    [FAULT_LOSS] = "FAULT_LOSS",           [FAULT_DOUBLE] = "FAULT_DOUBLE",
    [FAULT_TAIL] = "FAULT_TAIL",           [FAULT_JITTER] = "FAULT_JITTER",
    [FAULT_NARROW] = "FAULT_NARROW",       [FAULT_SLOW] = "FAULT_SLOW",
    [FAULT_CLOCK] = "FAULT_CLOCK",
};

void script_add(struct fault_script *s, const struct fault *f)
{
    if (s->count == s->size) {
        s->size = s->size ? 2 * s->size : 32;
        s->faults = memory_grow(s->faults, s->size * sizeof s->faults[0]);
    }
    s->faults[s->count++] = *f;
}

void script_free(struct fault_script *s)
{
    free(s->faults);
    *s = (struct fault_script){0};
}

void script_print(const struct fault_script *s, FILE *to)
{
    for (size_t i = 0; i < s->count; i++)
        fprintf(to, "    {%" PRIu64 ", %s, %u, %u, %" PRIu64 "},\n", s->faults[i].at,
                names[s->faults[i].kind], s->faults[i].a, s->faults[i].b, s->faults[i].value);
}

/* -- drawing ------------------------------------------------------------------------------- */

struct drawer {
    struct fault_script *script;
    struct random random;
    int daemons;
    uint32_t kinds; /* which occur, a bit for each */
};

static uint32_t below(struct drawer *d, uint32_t limit)
{
    return random_below(&d->random, limit);
}

static void put(struct drawer *d, usec at, enum fault_kind kind, uint32_t a, uint32_t b,
                uint64_t value)
{
    struct fault f = {.at = at, .kind = kind, .a = (uint8_t)a, .b = (uint8_t)b, .value = value};
    script_add(d->script, &f);
}

/* How long something lasts: a moment, about one of the timeouts, or long. */
static usec some_time(struct drawer *d)
{
    static const uint32_t limits_ms[] = {5, 50, 300, 600, 1300, 2600, 6000};
    uint32_t limit = limits_ms[below(d, sizeof limits_ms / sizeof limits_ms[0])];
    return 1 + random_next(&d->random) % (limit * (usec)USEC_MS);
}

static uint64_t some_partition(struct drawer *d)
{
    uint64_t value = 0;
    uint32_t parts = 2 + below(d, 2);
    for (int i = 0; i < d->daemons; i++)
        value |= (uint64_t)below(d, parts) << (2 * (i % 32));
    return value;
}

static uint64_t some_value(struct drawer *d, enum fault_kind kind)
{
    switch (kind) {
    case FAULT_PARTITION:
        return some_partition(d);
    case FAULT_LOSS:
        return below(d, 4) ? below(d, 50000) : below(d, 500000);
    case FAULT_DOUBLE:
        return below(d, 200000);
    case FAULT_TAIL:
        return below(d, 150000);
    case FAULT_JITTER:
        return below(d, 3) ? below(d, 2000) : below(d, 60000);
    case FAULT_NARROW:
        return 8 + below(d, 2000);
    case FAULT_SLOW:
        return below(d, 300);
    case FAULT_CLOCK:
        return CLOCK_ZERO - DAY_S + below(d, 2 * DAY_S);
    default:
        return 0;
    }
}

static void draw_one(struct drawer *d, enum fault_kind kind, usec at)
{
    uint32_t a = below(d, (uint32_t)d->daemons), b = below(d, (uint32_t)d->daemons);
    put(d, at, kind, a, b, some_value(d, kind));
    switch (kind) {
    case FAULT_CRASH:
    case FAULT_LEAVE:
        put(d, at + some_time(d), FAULT_START, a, 0, 0);
        break;
    case FAULT_PAUSE:
        put(d, at + some_time(d), FAULT_RESUME, a, 0, 0);
        break;
    case FAULT_PARTITION:
    case FAULT_CUT:
    case FAULT_CUT_DATA:
    case FAULT_CUT_LARGE:
        put(d, at + some_time(d), FAULT_HEAL, 0, 0, 0);
        break;
    case FAULT_LOSS:
    case FAULT_DOUBLE:
    case FAULT_TAIL:
    case FAULT_JITTER:
    case FAULT_NARROW:
        put(d, at + some_time(d), kind, a, b, 0);
        break;
    case FAULT_SLOW:
        put(d, at + some_time(d), kind, a, 0, 0);
        break;
    default:
        break;
    }
}

static int by_time(const void *a, const void *b)
{
    const struct fault *x = a, *y = b;
    return x->at < y->at ? -1 : x->at > y->at;
}

void script_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end)
{
    static const enum fault_kind causes[] = {
        FAULT_CRASH, FAULT_CRASH,  FAULT_LEAVE, FAULT_PAUSE, FAULT_PARTITION, FAULT_PARTITION,
        FAULT_CUT,   FAULT_CUT_DATA, FAULT_CUT_LARGE, FAULT_LOSS, FAULT_LOSS, FAULT_DOUBLE,
        FAULT_TAIL,  FAULT_JITTER, FAULT_NARROW, FAULT_SLOW, FAULT_CLOCK};
    enum { CAUSES = sizeof causes / sizeof causes[0] };
    struct drawer d = {.script = s, .random = {seed}, .daemons = daemons};
    usec gap = (usec)(20 + below(&d, below(&d, 2) ? 300 : 2000)) * USEC_MS;
    d.kinds = (uint32_t)random_next(&d.random);
    if (below(&d, 2))
        d.kinds &= (uint32_t)random_next(&d.random);
    d.kinds |= 1u << causes[below(&d, CAUSES)];
    for (usec at = begin; at < end; at += 1 + random_next(&d.random) % (2 * gap)) {
        enum fault_kind kind = causes[below(&d, CAUSES)];
        if (d.kinds >> kind & 1)
            draw_one(&d, kind, at);
    }
    if (s->count > 1)
        qsort(s->faults, s->count, sizeof s->faults[0], by_time);
}

/* -- playing ------------------------------------------------------------------------------- */

static void partition(struct world *w, uint64_t value)
{
    int component[PROCS_MAX];
    for (int i = 0; i < PROCS_MAX; i++)
        component[i] = (int)(value >> (2 * (i % 32)) & 3);
    network_partition(&w->network, component);
}

/* Applies set to the link from a to b, or to all of them. */
static void on_links(struct world *w, const struct fault *f,
                     void (*set)(struct link_state *l, uint64_t value, const struct world *w))
{
    int n = w->options.daemons;
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++)
            if (f->a == f->b || (a == f->a && b == f->b))
                set(&w->network.links[a][b], f->value, w);
}

static void set_loss(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->loss_ppm = (uint32_t)value;
}

static void set_double(struct link_state *l, uint64_t value, const struct world *w)
{
    (void)w;
    l->double_ppm = (uint32_t)value;
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

static void play(struct world *w, void *context)
{
    const struct fault *f = context;
    struct link_state *l = &w->network.links[f->a][f->b];
    switch (f->kind) {
    case FAULT_CRASH:
        world_crash(w, f->a);
        break;
    case FAULT_START:
        world_start(w, f->a);
        break;
    case FAULT_LEAVE:
        world_leave(w, f->a);
        break;
    case FAULT_PAUSE:
        world_pause(w, f->a);
        break;
    case FAULT_RESUME:
        world_resume(w, f->a);
        break;
    case FAULT_PARTITION:
        partition(w, f->value);
        break;
    case FAULT_CUT:
        l->cut = f->a != f->b;
        break;
    case FAULT_CUT_DATA:
        l->cut_data = true;
        break;
    case FAULT_CUT_LARGE:
        l->cut_large = true;
        break;
    case FAULT_HEAL:
        world_heal(w);
        break;
    case FAULT_LOSS:
        on_links(w, f, set_loss);
        break;
    case FAULT_DOUBLE:
        on_links(w, f, set_double);
        break;
    case FAULT_TAIL:
        on_links(w, f, set_tail);
        break;
    case FAULT_JITTER:
        on_links(w, f, set_jitter);
        break;
    case FAULT_NARROW:
        on_links(w, f, set_narrow);
        break;
    case FAULT_SLOW:
        w->processes[f->a].busy_each = f->value;
        break;
    case FAULT_CLOCK:
        w->wall_offset_s = (int64_t)f->value - CLOCK_ZERO;
        break;
    case FAULT_KINDS:
        break;
    }
}

void script_play(const struct fault_script *s, struct world *w)
{
    for (size_t i = 0; i < s->count; i++)
        world_call(w, s->faults[i].at, play, &s->faults[i]);
}

void faults_end(struct world *w)
{
    int n = w->options.daemons;
    world_heal(w);
    for (int a = 0; a < n; a++)
        for (int b = 0; b < n; b++) {
            struct link_state *l = &w->network.links[a][b];
            l->loss_ppm = l->double_ppm = l->tail_ppm = 0;
            l->jitter = l->latency / 2;
            l->per_byte_ns = 0;
        }
    for (int i = 0; i < n; i++) {
        w->processes[i].busy_each = 0;
        if (w->processes[i].leaving)
            world_crash(w, i);
        world_resume(w, i);
        world_start(w, i);
    }
}
