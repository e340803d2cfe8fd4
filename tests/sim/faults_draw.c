/* SPDX-License-Identifier: MIT
 *
 * Drawing what goes wrong. A seed draws which causes occur at all, for subsets of them find more
 * than everything at once; then causes at random moments, each of which becomes one fault and what
 * takes it back, or a little plot of several.
 */
#include "daemon/packet/header.h"
#include "tests/sim/faults.h"

enum { CLOCK_ZERO = 1000000, DAY_S = 86400, RELOADS = 0x4e10ad, RELOADS_ONE_IN = 5 };

struct drawer {
    struct fault_script *script;
    struct random random;
    const struct world_options *world;
    uint32_t causes; /* which occur, a bit for each */
};

static uint32_t below(struct drawer *d, uint32_t limit)
{
    return random_below(&d->random, limit);
}

static uint32_t some_daemon(struct drawer *d)
{
    return below(d, (uint32_t)d->world->daemons);
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

/* -- one fault and its end ----------------------------------------------------------------- */

static uint64_t some_partition(struct drawer *d)
{
    uint64_t value = 0;
    uint32_t parts = 2 + below(d, 2);
    for (int i = 0; i < d->world->daemons; i++)
        value |= (uint64_t)below(d, parts) << (2 * (i % 32));
    return value;
}

static uint64_t some_value(struct drawer *d, enum fault_kind kind)
{
    uint32_t ppm;
    switch (kind) {
    case FAULT_PARTITION:
        return some_partition(d);
    case FAULT_LOSS:
        return below(d, 4) ? below(d, 50000) : below(d, 700000);
    case FAULT_BURST:
        return below(d, 5000);
    case FAULT_DOUBLE:
        return below(d, 200000);
    case FAULT_DAMAGE:
        return below(d, 100000);
    case FAULT_TAIL:
        return below(d, 150000);
    case FAULT_JITTER:
        return below(d, 3) ? below(d, 2000) : below(d, 60000);
    case FAULT_NARROW:
        return 8 + below(d, 2000);
    case FAULT_LOSE_TYPE:
    case FAULT_DELAY_TYPE:
        ppm = below(d, 2) ? 1000000 : below(d, 1000000);
        return fault_type_value(1 + below(d, PACKET_TYPES - 1), ppm);
    case FAULT_SLOW:
        return below(d, 300);
    case FAULT_CLOCK:
        return CLOCK_ZERO - DAY_S + below(d, 2 * DAY_S);
    default:
        return 0;
    }
}

/* What takes a fault back; with value 0. */
static enum fault_kind end_of(enum fault_kind kind)
{
    switch (kind) {
    case FAULT_CRASH:
    case FAULT_LEAVE:
        return FAULT_START;
    case FAULT_PAUSE:
        return FAULT_RESUME;
    case FAULT_TWIN:
        return FAULT_TWIN_END;
    case FAULT_PARTITION:
    case FAULT_ISOLATE:
    case FAULT_CUT:
    case FAULT_CUT_DATA:
    case FAULT_CUT_LARGE:
        return FAULT_HEAL;
    default:
        return kind;
    }
}

static void draw_simple(struct drawer *d, enum fault_kind kind, usec at)
{
    uint32_t a = some_daemon(d), b = some_daemon(d);
    put(d, at, kind, a, b, some_value(d, kind));
    if (kind != FAULT_CLOCK)
        put(d, at + some_time(d), end_of(kind), a, b, 0);
}

/* -- plots --------------------------------------------------------------------------------- */

/* A cut that comes and goes with a period close to one of the timeouts. */
static void draw_flapping(struct drawer *d, usec at)
{
    static const struct conf_timeouts lan = {1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    const struct conf_timeouts *t = d->world->timeouts.token ? &d->world->timeouts : &lan;
    const uint32_t near_ms[] = {t->token,     t->hurry, t->alive,  t->join, t->rep,
                                t->token / 5, t->seg,   t->gather, t->form, t->form / 2};
    uint32_t around = near_ms[below(d, sizeof near_ms / sizeof near_ms[0])];
    usec half = (usec)(around * (900 + below(d, 200)) / 2); /* in us: around is ms, 0.9 to 1.1 */
    uint64_t value = some_partition(d);
    uint32_t times = 2 + below(d, 6);
    for (uint32_t i = 0; i < times; i++, at += 2 * half) {
        put(d, at, FAULT_PARTITION, 0, 0, value);
        put(d, at + half, FAULT_HEAL, 0, 0, 0);
    }
}

/* The links of some daemons go one by one, and come back one by one in another order. */
static void draw_swizzle(struct drawer *d, usec at)
{
    uint32_t n = (uint32_t)d->world->daemons, whom = (uint32_t)random_next(&d->random) | 1;
    usec step = 1 + some_time(d) / n, down = n * step + some_time(d);
    for (uint32_t a = 0; a < n; a++) {
        if (!(whom >> a % 32 & 1))
            continue;
        for (uint32_t b = 0; b < n; b++) {
            if (a == b)
                continue;
            enum fault_kind kind = below(d, 8) ? FAULT_CUT : FAULT_CUT_DATA;
            put(d, at + below(d, n) * step, kind, a, b, 0);
            put(d, at + below(d, n) * step, FAULT_CUT, b, a, 0);
            put(d, at + down + below(d, n) * step, FAULT_MEND, a, b, 0);
            put(d, at + down + below(d, n) * step, FAULT_MEND, b, a, 0);
        }
    }
}

/* The first of a segment, who passes on what comes from others, is cut off. */
static void draw_headless(struct drawer *d, usec at)
{
    const struct world_options *o = d->world;
    uint32_t segment = below(d, (uint32_t)o->segments);
    uint32_t head = 0;
    while ((int)head * o->segments / o->daemons != (int)segment && (int)head + 1 < o->daemons)
        head++;
    put(d, at, FAULT_ISOLATE, head, 0, 0);
    put(d, at + some_time(d), FAULT_HEAL, 0, 0, 0);
}

/* Several crash at almost the same moment and come back at almost the same moment. */
static void draw_outage(struct drawer *d, usec at)
{
    usec back = at + some_time(d);
    for (uint32_t a = 0; a < (uint32_t)d->world->daemons; a++) {
        if (below(d, 3) == 0)
            continue;
        put(d, at + below(d, 3000), FAULT_CRASH, a, 0, 0);
        put(d, back + below(d, 3000), FAULT_START, a, 0, 0);
    }
}

/* Another configuration, with fewer daemons, and after a while the first one again; each daemon
 * reads it when it does. */
static void draw_reloads(struct drawer *d, usec begin, usec end)
{
    int n = d->world->daemons;
    usec at = begin;
    for (bool all = false; at < end && n <= 64; at += 1 + some_time(d), all = !all) {
        uint64_t whom = 0;
        for (int i = 0; i < n; i++)
            whom |= (uint64_t)(all || below(d, 4)) << i;
        whom |= whom ? 0 : 1;
        put(d, at, FAULT_FILE, 0, 0, whom);
        usec spread = some_time(d);
        for (uint32_t a = 0; a < (uint32_t)n; a++) {
            usec when = at + 1 + random_next(&d->random) % spread;
            if (when < end)
                put(d, when, FAULT_RELOAD, a, 0, 0);
            if (all)
                put(d, at + 1 + random_next(&d->random) % spread, FAULT_START, a, 0, 0);
        }
    }
}

/* -- the script ---------------------------------------------------------------------------- */

/* What comes behind FAULT_CLOCK is drawn apart. */
enum plot { PLOT_FLAPPING = FAULT_CLOCK + 1, PLOT_SWIZZLE, PLOT_HEADLESS, PLOT_OUTAGE };

static void draw_cause(struct drawer *d, unsigned cause, usec at)
{
    switch (cause) {
    case PLOT_FLAPPING:
        draw_flapping(d, at);
        break;
    case PLOT_SWIZZLE:
        draw_swizzle(d, at);
        break;
    case PLOT_HEADLESS:
        draw_headless(d, at);
        break;
    case PLOT_OUTAGE:
        draw_outage(d, at);
        break;
    default:
        draw_simple(d, (enum fault_kind)cause, at);
        break;
    }
}

static void leave_out_after(struct fault_script *s, usec end)
{
    size_t count = 0;
    for (size_t i = 0; i < s->count; i++)
        if (s->faults[i].at < end)
            s->faults[count++] = s->faults[i];
    s->count = count;
}

/* What falls on one moment stays in the order in which it was drawn. */
static void sort_by_time(struct fault_script *s)
{
    for (size_t i = 1; i < s->count; i++) {
        struct fault f = s->faults[i];
        size_t k = i;
        for (; k > 0 && s->faults[k - 1].at > f.at; k--)
            s->faults[k] = s->faults[k - 1];
        s->faults[k] = f;
    }
}

void script_end(struct fault_script *s, usec end)
{
    leave_out_after(s, end);
    sort_by_time(s);
}

void script_draw(struct fault_script *s, uint64_t seed, const struct world_options *o, usec begin,
                 usec end)
{
    static const unsigned causes[] = {
        FAULT_CRASH,     FAULT_CRASH,      FAULT_LEAVE,   FAULT_PAUSE,     FAULT_PARTITION,
        FAULT_PARTITION, FAULT_CUT,        FAULT_ISOLATE, FAULT_CUT_DATA,  FAULT_CUT_LARGE,
        FAULT_LOSS,      FAULT_LOSS,       FAULT_BURST,   FAULT_DOUBLE,    FAULT_DAMAGE,
        FAULT_TAIL,      FAULT_JITTER,     FAULT_NARROW,  FAULT_LOSE_TYPE, FAULT_LOSE_TYPE,
        FAULT_DELAY_TYPE, FAULT_DELAY_TYPE, FAULT_SLOW,   FAULT_CLOCK,     FAULT_TWIN,
        PLOT_FLAPPING,   PLOT_SWIZZLE,     PLOT_HEADLESS, PLOT_OUTAGE};
    enum { CAUSES = sizeof causes / sizeof causes[0] };
    struct drawer d = {.script = s, .random = {seed}, .world = o};
    usec gap = (usec)(20 + below(&d, below(&d, 2) ? 300 : 2000)) * USEC_MS;
    d.causes = (uint32_t)random_next(&d.random);
    if (below(&d, 2))
        d.causes &= (uint32_t)random_next(&d.random);
    d.causes |= 1u << causes[below(&d, CAUSES)];
    for (usec at = begin; at < end; at += 1 + random_next(&d.random) % (2 * gap)) {
        unsigned cause = causes[below(&d, CAUSES)];
        if (d.causes >> cause & 1)
            draw_cause(&d, cause, at);
    }
    d.random = (struct random){seed ^ RELOADS};
    if (below(&d, RELOADS_ONE_IN) == 0)
        draw_reloads(&d, begin + below(&d, 1000) * (usec)USEC_MS, end);
    script_end(s, end);
}

void script_draw_broken(struct fault_script *s, uint64_t seed, int daemons,
                        const struct procset *core, usec at)
{
    struct world_options world = {.daemons = daemons, .segments = 1};
    struct drawer d = {.script = s, .random = {seed}, .world = &world};
    /* How the others are broken off: not at all, one way, both ways, data only, large ones only. */
    for (uint32_t a = 0; a < (uint32_t)daemons; a++)
        for (uint32_t b = 0; b < (uint32_t)daemons; b++) {
            if (a == b || (procset_has(core, a) && procset_has(core, b)))
                continue;
            uint32_t how = below(&d, 10);
            if (how < 5)
                put(&d, at, FAULT_CUT, a, b, 0);
            else if (how == 5)
                put(&d, at, FAULT_CUT_DATA, a, b, 0);
            else if (how == 6)
                put(&d, at, FAULT_CUT_LARGE, a, b, 0);
        }
}
