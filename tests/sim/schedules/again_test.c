/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: what is lost is said again, and soon. Each course of events is played once as
 * it is, and then for each kind of packet and each pair of daemons with the first two of those
 * packets lost, if it has been sent there at all. That may cost the waits before the second and the third saying, and no time-out: for
 * d1 says RECOVERED at once, 2 ms and 5 ms later.
 */
#include "tests/sim/schedules/scene.h"

#include <stdio.h>

#include "libspread/wire/frame.h"

enum {
    DAEMONS = 4,
    LOST = 2,
    CALM_US = 12 * USEC_SECOND, /* longer than an install holds merges back for the next one */
    LOOK_US = 100,
    PATIENCE_US = 60 * USEC_SECOND,
    /* The waits for two: in a ring whose rotation is known 2 and 3 ms, in a new one 20 and 30 ms; who
     * gathers speaks again after 5 and 10 ms. And a little for what else may be shifted by it. */
    SOON_US = 20 * USEC_MS,
    MUTE_US = 250 * USEC_MS, /* it says so every 100 ms */
    ASKED_US = 80 * USEC_MS, /* RNACK: not before nothing has come for two looks, each after a wait */
    NEW_US = 55 * USEC_MS,
};

/* How something ends: in one view, or in one on either side. */
struct outcome {
    int sides;
    struct procset side[2];
};

struct course {
    const char *name;
    void (*prepare)(struct scene *s);
    void (*begin)(struct scene *s);
    struct outcome outcome;
    usec limit; /* of what the loss of two may cost */
    uint8_t only; /* packets of that type are what matters; 0: all are */
};

static void nothing(struct scene *s)
{
    (void)s;
}

static void crash_last(struct scene *s)
{
    world_crash(s->world, 3);
}

static void crash_first(struct scene *s)
{
    world_crash(s->world, 0);
}

/* D's last packets have not reached B, nor do the first that the others send it for that, in the ring
 * or in its recovery: it has to ask. */
static void crash_behind_holes(struct scene *s)
{
    static const struct rule holes = {
        .type = PACKET_DATA, .from = 3, .to = 1, .count = UINT32_MAX, .fate = FATE_LOSE};
    static const struct rule in_vain = {
        .type = PACKET_RDATA, .from = -1, .to = 1, .count = UINT32_MAX, .fate = FATE_LOSE};
    int first = s->rule_count;
    scene_rule(s, holes);
    scene_rule(s, in_vain);
    for (int i = 0; i < 4; i++) {
        client_send(s->world->processes[3].clients, FRAME_AGREED, "g0", 100);
        scene_run(s, 1 * USEC_MS);
    }
    world_crash(s->world, 3);
    for (usec end = s->world->now + 2 * (usec)USEC_SECOND;
         core_state(daemon_core(s->world->processes[1].daemon)) != CORE_RECOV;
         scene_run(s, LOOK_US))
        assert_true(s->world->now < end);
    s->rules[first].count = s->rules[first + 1].count = 0;
}

/* What D numbers reaches nobody, and D says so after a while. */
static void silence_last(struct scene *s)
{
    for (unsigned i = 0; i < DAEMONS; i++)
        network_link(&s->world->network, 3, i)->cut_data = true;
    client_send(s->world->processes[3].clients, FRAME_AGREED, "g0", 100);
}

static void start_last(struct scene *s)
{
    world_start(s->world, 3);
}

static void start_first(struct scene *s)
{
    world_start(s->world, 0);
}

static void leave_last(struct scene *s)
{
    world_leave(s->world, 3);
}

static void leave_first(struct scene *s)
{
    world_leave(s->world, 0);
}

static void part(struct scene *s)
{
    world_cut(s->world, "AB|CD");
}

static void heal(struct scene *s)
{
    world_heal(s->world);
}

#define ALL {.sides = 1, .side = {{{0xf}}}}
#define NOT_FIRST {.sides = 1, .side = {{{0xe}}}}
#define NOT_LAST {.sides = 1, .side = {{{0x7}}}}
#define HALVES {.sides = 2, .side = {{{0x3}}, {{0xc}}}}

static const struct course courses[] = {
    {"the last one crashes", nothing, crash_last, NOT_LAST, SOON_US, 0},
    {"the first one crashes", nothing, crash_first, NOT_FIRST, SOON_US, 0},
    {"one crashes whose packets are missed", nothing, crash_behind_holes, NOT_LAST, ASKED_US, PACKET_RNACK},
    {"one is not heard", nothing, silence_last, NOT_LAST, MUTE_US, PACKET_SUSPECT},
    {"the last one leaves", nothing, leave_last, NOT_LAST, SOON_US, 0},
    {"the first one leaves", nothing, leave_first, NOT_FIRST, SOON_US, 0},
    {"the ring is cut", nothing, part, HALVES, SOON_US, 0},
    {"two rings meet", part, heal, ALL, SOON_US, 0},
    {"the last one comes", crash_last, start_last, ALL, NEW_US, 0},
    {"the first one comes", crash_first, start_first, ALL, NEW_US, 0},
};

/* -- playing ------------------------------------------------------------------------------- */

struct result {
    bool sent[PACKET_TYPES][DAEMONS][DAEMONS]; /* by whom, to whom; without a rule */
    usec took;
    uint32_t views;
    unsigned said; /* of the packets that the rule is about */
};

static void set_stage(struct scene *s, const struct course *c, int segments)
{
    struct load_options load = scene_load();
    load.pause = 0;
    scene_set(s, &(struct world_options){.daemons = DAEMONS, .segments = segments}, &load);
    for (int i = 0; i < DAEMONS; i++)
        world_start(s->world, i);
    scene_meet(s);
    c->prepare(s);
    scene_run(s, CALM_US);
}

static bool is_over(const struct scene *s, const struct outcome *o)
{
    for (int i = 0; i < o->sides; i++)
        if (!world_in_one_view(s->world, &o->side[i]))
            return false;
    return true;
}

/* What the scene's own rules look at besides. */
struct listener {
    struct scene *scene;
    enum fate (*decide)(void *context, int from, int to, const struct packet_header *h, usec *delay);
    struct result *result;
};

static enum fate note(void *context, int from, int to, const struct packet_header *h, usec *delay)
{
    const struct listener *l = context;
    l->result->sent[h->type][from][to] = true;
    return l->decide(l->scene, from, to, h, delay);
}

static struct result play(const struct course *c, int segments, const struct rule *rule)
{
    struct result r = {0};
    struct scene s;
    set_stage(&s, c, segments);
    struct listener l = {.scene = &s, .decide = s.world->fate, .result = &r};
    usec begun = s.world->now;
    uint32_t views = scene_views(&s);
    if (rule) {
        scene_rule(&s, *rule);
    } else {
        s.world->fate = note;
        s.world->fate_context = &l;
    }
    c->begin(&s);
    while (!is_over(&s, &c->outcome) && s.world->now < begun + PATIENCE_US)
        scene_run(&s, LOOK_US);
    r.took = s.world->now - begun;
    r.views = scene_views(&s) - views;
    r.said = rule ? s.rules[0].seen : 0;
    scene_forget(&s);
    world_heal(s.world);
    scene_end(&s);
    return r;
}

/* -- judging ------------------------------------------------------------------------------- */

static bool costs_too_much(const struct course *c, const struct result *plain,
                           const struct result *lossy)
{
    return lossy->took > plain->took + c->limit || lossy->views > plain->views;
}

static int try_loss(const struct course *c, int segments, const struct result *plain,
                    const struct rule *rule)
{
    struct result lossy = play(c, segments, rule);
    if (!costs_too_much(c, plain, &lossy))
        return 0;
    print_error("%s, %d segments, without the first %u %s of %d to %d (of %u): %.1f ms instead of "
                "%.1f, %u views instead of %u\n",
                c->name, segments, rule->count, packet_type_name(rule->type), rule->from + 1,
                rule->to + 1, lossy.said, (double)lossy.took / 1000, (double)plain->took / 1000,
                lossy.views, plain->views);
    return 1;
}

/* Every kind of packet, between any two. */
static int try_all_losses(const struct course *c, int segments)
{
    struct result plain = play(c, segments, NULL);
    int bad = 0;
    for (unsigned type = 1; type < PACKET_TYPES; type++)
        for (int from = 0; from < DAEMONS; from++)
            for (int to = 0; to < DAEMONS; to++)
                if (plain.sent[type][from][to] && (!c->only || c->only == type))
                    bad += try_loss(c, segments, &plain,
                                    &(struct rule){.type = (uint8_t)type,
                                                   .from = from,
                                                   .to = to,
                                                   .count = LOST,
                                                   .fate = FATE_LOSE});
    return bad;
}

static void what_is_lost_twice_costs_two_waits_and_no_time_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT_OF(courses); i++)
        for (int segments = 1; segments <= 2; segments++)
            assert_int_equal(try_all_losses(&courses[i], segments), 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_lost_twice_costs_two_waits_and_no_time_out),
    };
    return cmocka_run_group_tests_name("said again", tests, NULL, NULL);
}
