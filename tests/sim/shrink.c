/* SPDX-License-Identifier: MIT */
#include "tests/sim/shrink.h"

#include <string.h>

#include "tests/sim/run.h"

struct shrinking {
    struct recipe *best;
    const char *id;
    unsigned runs, limit;
};

/* Takes candidate as the best one if it still breaks the promise; else it is dropped. What lies
 * behind the moment of the break is cut off on the way. */
static bool try(struct shrinking *s, struct recipe *candidate)
{
    struct run_options o = {.recipe = candidate};
    struct run_result r;
    if (s->runs >= s->limit) {
        recipe_free(candidate);
        return false;
    }
    s->runs++;
    run(&o, &r);
    if (!r.verdict.broken || strcmp(r.verdict.id, s->id) != 0) {
        recipe_free(candidate);
        return false;
    }
    recipe_free(s->best);
    *s->best = *candidate;
    return true;
}

static struct recipe copy_of(const struct shrinking *s)
{
    struct recipe r;
    recipe_copy(&r, s->best);
    return r;
}

/* -- faults -------------------------------------------------------------------------------- */

static void take_out(struct fault_script *s, size_t from, size_t count)
{
    memmove(s->faults + from, s->faults + from + count,
            (s->count - from - count) * sizeof s->faults[0]);
    s->count -= count;
}

static struct fault_script *script_of(struct recipe *r, bool broken)
{
    return broken ? &r->broken : &r->script;
}

/* Ever smaller stretches of the script, the later ones first, for they matter least. */
static bool drop_faults(struct shrinking *s, bool broken)
{
    bool any = false;
    for (size_t stretch = script_of(s->best, broken)->count; stretch > 0; stretch /= 2) {
        size_t end = script_of(s->best, broken)->count;
        while (end > 0) {
            size_t from = end > stretch ? end - stretch : 0;
            struct recipe r = copy_of(s);
            take_out(script_of(&r, broken), from, end - from);
            any |= try(s, &r);
            end = from;
        }
    }
    return any;
}

/* -- the rest ------------------------------------------------------------------------------ */

static bool drop_daemons(struct shrinking *s)
{
    bool any = false;
    for (int i = s->best->world.daemons - 1; i >= 0 && procset_count(&s->best->daemons) > 1; i--) {
        if (!procset_has(&s->best->daemons, (unsigned)i))
            continue;
        struct recipe r = copy_of(s);
        procset_remove(&r.daemons, (unsigned)i);
        procset_remove(&r.core, (unsigned)i);
        any |= try(s, &r);
    }
    return any;
}

static bool halve_length(struct shrinking *s)
{
    bool any = false, shorter = true;
    while (shorter && s->best->length > 50 * USEC_MS) {
        struct recipe r = copy_of(s);
        r.length = r.length * 3 / 4;
        shorter = try(s, &r);
        any |= shorter;
    }
    return any;
}

typedef void change(struct recipe *r);

static void no_large(struct recipe *r)
{
    r->load.large_ppm = 0;
}

static void no_bursts(struct recipe *r)
{
    r->load.burst_ppm = 0;
}

static void none_deaf(struct recipe *r)
{
    r->load.deaf_ppm = 0;
}

static void no_coming_and_going(struct recipe *r)
{
    r->load.membership = false;
}

static void no_flush_layer(struct recipe *r)
{
    r->flush.clients = 0;
}

static void no_guests(struct recipe *r)
{
    r->guests.clients = 0;
}

static void one_client(struct recipe *r)
{
    r->load.clients = 1;
}

static void one_group(struct recipe *r)
{
    r->load.groups = 1;
}

static void less_load(struct recipe *r)
{
    r->load.pause *= 4;
}

static void anchors_only(struct recipe *r)
{
    r->load.pause = 0;
}

static void one_segment(struct recipe *r)
{
    r->world.segments = 1;
}

static void usual_packets(struct recipe *r)
{
    r->world.packet_size = 0;
}

static void usual_windows(struct recipe *r)
{
    r->world.window = r->world.personal_window = r->world.accelerated_window = 0;
}

static void large_buffers(struct recipe *r)
{
    r->world.receive_bytes = 0;
    r->world.max_session_messages = r->world.max_session_bytes = 0;
}

static void none_paced(struct recipe *r)
{
    r->load.paced_ppm = 0;
}

static bool simplify(struct shrinking *s)
{
    static change *const changes[] = {no_flush_layer, no_guests, anchors_only, no_large,   no_bursts,  none_deaf,
                                      no_coming_and_going, one_client, one_group, less_load,
                                      one_segment, usual_packets, usual_windows, large_buffers,
                                      none_paced};
    bool any = false;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct recipe r = copy_of(s), before = r;
        changes[i](&r);
        if (memcmp(&before, &r, sizeof r) == 0)
            recipe_free(&r); /* it is so already */
        else
            any |= try(s, &r);
    }
    return any;
}

unsigned shrink(struct recipe *r, const char *id, unsigned limit)
{
    struct shrinking s = {.best = r, .id = id, .limit = limit};
    for (bool again = true; again && s.runs < limit;) {
        again = halve_length(&s);
        again |= drop_faults(&s, false);
        again |= drop_faults(&s, true);
        again |= drop_daemons(&s);
        again |= simplify(&s);
    }
    return s.runs;
}
