/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: links that are broken for long, in part or one way.
 */
#include "tests/sim/schedules/scene.h"

enum { SETTLING_LOOKUPS = 3, QUIET_US = 60 * USEC_SECOND, MINUTES_US = 120 * USEC_SECOND };

/* Daemons with short timeouts, for schedules that last for many LookupTimeouts. */
static void begin_long(struct scene *s, int daemons, int segments)
{
    struct load_options load = scene_load();
    load.pause = 50 * USEC_MS;
    scene_set(s,
              &(struct world_options){
                  .daemons = daemons, .segments = segments, .timeouts = scene_short_timeouts},
              &load);
    for (int i = 0; i < daemons; i++)
        world_start(s->world, i);
    scene_meet(s);
}

static void settle(struct scene *s)
{
    scene_run(s, SETTLING_LOOKUPS * (usec)scene_short_timeouts.lookup * USEC_MS);
}

static void must_stay(struct scene *s, const struct procset *set, uint32_t allowed)
{
    alive_must_stay(s->world, set, QUIET_US, allowed);
    scene_check(s);
}

/* So many new views are allowed while one that cannot take part in data is tried again. */
static uint32_t tries(void)
{
    return (uint32_t)(2 + 2 * QUIET_US / ((usec)scene_short_timeouts.lookup * USEC_MS));
}

static void cut_off_from(struct scene *s, int proc, bool large_only)
{
    for (unsigned i = 0; i < (unsigned)s->world->options.daemons; i++) {
        struct link_state *l = network_link(&s->world->network, i, (unsigned)proc);
        l->cut_large = large_only;
        l->cut_data = !large_only;
    }
}

static void s8_one_gets_tokens_and_no_data_and_the_others_go_on(void **state)
{
    (void)state;
    for (int large_only = 0; large_only < 2; large_only++) {
        struct scene s;
        struct procset others = {{0xb}};
        begin_long(&s, 4, 1);
        cut_off_from(&s, 2, large_only);
        settle(&s);
        must_stay(&s, &others, tries());
        world_heal(s.world);
        scene_meet(&s);
        scene_end(&s);
    }
}

static void s10_a_link_that_works_one_way_costs_no_view_in_a_minute(void **state)
{
    (void)state;
    for (int segments = 1; segments <= 4; segments += 3) {
        struct scene s;
        begin_long(&s, 4, segments);
        network_link(&s.world->network, 1, 2)->cut = true;
        settle(&s);
        uint32_t views = scene_views(&s);
        scene_run(&s, QUIET_US);
        assert_in_range(scene_views(&s) - views, 0, 2 * 4);
        world_heal(s.world);
        scene_meet(&s);
        scene_end(&s);
    }
}

static void s10_two_who_both_hear_a_third_but_not_each_other_cost_no_view_in_a_minute(void **state)
{
    (void)state;
    for (int apart = 1; apart < 3; apart++) {
        struct scene s;
        begin_long(&s, 3, 1);
        unsigned other = apart == 1 ? 2 : 0;
        network_link(&s.world->network, 1, other)->cut = true;
        network_link(&s.world->network, other, 1)->cut = true;
        settle(&s);
        uint32_t views = scene_views(&s);
        scene_run(&s, QUIET_US);
        assert_in_range(scene_views(&s) - views, 0, 2 * 3);
        world_heal(s.world);
        scene_meet(&s);
        scene_end(&s);
    }
}

static bool run_until_together(struct scene *s, const struct procset *set, usec limit)
{
    usec end = s->world->now + limit;
    while (s->world->now < end && !world_is_together(s->world, set, false))
        scene_run(s, 10 * USEC_MS);
    return world_is_together(s->world, set, false);
}

static void s18_two_busy_rings_merge_while_another_daemon_appears_every_50_ms(void **state)
{
    enum { RINGS = 4, DAEMONS = 20 };
    struct load_options load = scene_load();
    struct scene s;
    struct procset both = scene_first(RINGS);
    (void)state;
    scene_set(&s, &(struct world_options){.daemons = DAEMONS, .segments = 2}, &load);
    for (int i = 0; i < RINGS; i++)
        world_start(s.world, i);
    scene_meet(&s);
    world_cut(s.world, "AB|CDEFGHIJKLMNOPQRST");
    scene_run(&s, 3 * (usec)USEC_SECOND);
    world_heal(s.world);
    usec begin = s.world->now;
    for (int i = RINGS; i < DAEMONS; i++) {
        world_start(s.world, i);
        scene_run(&s, 50 * USEC_MS);
    }
    usec limit = single_limit(s.world->conf, SINGLE_HEAL);
    assert_true(run_until_together(&s, &both, limit - (s.world->now - begin)));
    scene_meet(&s);
    scene_end(&s);
}

/* Its lives are too short to come in, and it must not keep the others from each other. */
static void s18_two_rings_merge_while_a_third_daemon_dies_and_returns_all_the_time(void **state)
{
    struct scene s;
    struct procset both = scene_first(4);
    (void)state;
    scene_begin(&s, 5, 1);
    world_cut(s.world, "AB|CD|E");
    scene_run(&s, 3 * (usec)USEC_SECOND);
    world_heal(s.world);
    usec end = s.world->now + single_limit(s.world->conf, SINGLE_HEAL);
    while (s.world->now < end && !world_is_together(s.world, &both, false)) {
        world_crash(s.world, 4);
        scene_run(&s, 25 * USEC_MS);
        world_start(s.world, 4);
        scene_run(&s, 25 * USEC_MS);
    }
    assert_true(s.world->now < end);
    scene_meet(&s);
    scene_end(&s);
}

static void s19_one_loses_most_packets_for_minutes_and_the_others_deliver(void **state)
{
    struct scene s;
    (void)state;
    begin_long(&s, 4, 1);
    for (unsigned i = 0; i < 4; i++) {
        struct link_state *ways[] = {network_link(&s.world->network, i, 1),
                                     network_link(&s.world->network, 1, i)};
        for (int k = 0; k < 2; k++) {
            ways[k]->loss_ppm = 700000;
            ways[k]->latency = 30 * USEC_MS;
            ways[k]->jitter = 40 * USEC_MS;
        }
    }
    uint64_t before = order_deliveries(s.order);
    scene_run(&s, MINUTES_US);
    /* 3 daemons, 20 deeds a second each, most of them messages that all three deliver. */
    assert_true(order_deliveries(s.order) - before > MINUTES_US / USEC_SECOND * 20);
    for (int i = 0; i < 16; i++) {
        s.world->network.links[i].loss_ppm = 0;
        s.world->network.links[i].latency = 40;
        s.world->network.links[i].jitter = 20;
    }
    scene_meet(&s);
    scene_end(&s);
}

/* Sends that fail are packets that nobody gets: what the socket says stays in daemon/io. */
static void s21_an_interface_goes_away_and_returns(void **state)
{
    static const usec away[] = {50 * USEC_MS, 400 * USEC_MS, 2 * USEC_SECOND, 20 * USEC_SECOND};
    struct scene s;
    (void)state;
    scene_begin(&s, 4, 2);
    for (size_t i = 0; i < COUNT_OF(away); i++)
        for (unsigned who = 0; who < 4; who++) {
            network_isolate(&s.world->network, who);
            scene_run(&s, away[i]);
            world_heal(s.world);
            scene_meet(&s);
        }
    scene_end(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(s8_one_gets_tokens_and_no_data_and_the_others_go_on),
        cmocka_unit_test(s10_a_link_that_works_one_way_costs_no_view_in_a_minute),
        cmocka_unit_test(s10_two_who_both_hear_a_third_but_not_each_other_cost_no_view_in_a_minute),
        cmocka_unit_test(s18_two_busy_rings_merge_while_another_daemon_appears_every_50_ms),
        cmocka_unit_test(s18_two_rings_merge_while_a_third_daemon_dies_and_returns_all_the_time),
        cmocka_unit_test(s19_one_loses_most_packets_for_minutes_and_the_others_deliver),
        cmocka_unit_test(s21_an_interface_goes_away_and_returns),
    };
    return cmocka_run_group_tests_name("links", tests, NULL, NULL);
}
