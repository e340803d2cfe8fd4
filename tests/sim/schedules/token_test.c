/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: the token and what it orders inside a ring that stays.
 */
#include "tests/sim/schedules/scene.h"

enum { FIVE = 5 };

static void s1_each_copy_of_the_token_is_lost_once_at_each_hop(void **state)
{
    struct scene s;
    (void)state;
    scene_begin(&s, FIVE, 2);
    uint32_t views = scene_views(&s);
    for (int hop = 0; hop < FIVE; hop++) {
        scene_rule(&s,
                   (struct rule){
                       .type = PACKET_TOKEN, .from = hop, .to = -1, .count = 1, .fate = FATE_LOSE});
        scene_run(&s, 200 * USEC_MS);
        assert_true(s.rules[0].seen > 1);
        scene_forget(&s);
    }
    assert_int_equal(scene_views(&s), views);
    scene_end(&s);
}

static void s1_a_token_and_all_its_copies_are_lost_and_a_new_view_comes_of_it(void **state)
{
    (void)state;
    for (int hop = 0; hop < FIVE; hop++) {
        struct scene s;
        scene_begin(&s, FIVE, 1);
        uint32_t views = scene_views(&s);
        scene_rule(
            &s,
            (struct rule){
                .type = PACKET_TOKEN, .from = hop, .to = -1, .count = 1000000, .fate = FATE_LOSE});
        scene_run(&s, 2 * (usec)USEC_SECOND);
        scene_forget(&s);
        scene_meet(&s);
        assert_true(scene_views(&s) > views);
        scene_end(&s);
    }
}

static void s2_second_copies_of_the_token_change_nothing_however_late_they_come(void **state)
{
    static const usec late[] = {1, 150, 300, 600, 5 * USEC_MS, 60 * USEC_MS, 900 * USEC_MS};
    struct scene s;
    (void)state;
    scene_begin(&s, 3, 1);
    uint32_t views = scene_views(&s);
    for (size_t i = 0; i < COUNT_OF(late); i++) {
        scene_rule(&s, (struct rule){.type = PACKET_TOKEN,
                                     .from = -1,
                                     .to = -1,
                                     .count = 200,
                                     .fate = FATE_DOUBLE,
                                     .delay = late[i]});
        scene_run(&s, late[i] + 200 * USEC_MS);
        scene_forget(&s);
    }
    assert_int_equal(scene_views(&s), views);
    scene_end(&s);
}

static void s2_second_copies_of_commit_and_install_come_during_the_next_view(void **state)
{
    static const usec late[] = {100, 2 * USEC_MS, 40 * USEC_MS, 700 * USEC_MS};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(late); i++) {
        struct scene s;
        scene_begin(&s, 4, 2);
        scene_rule(&s, (struct rule){.type = PACKET_COMMIT,
                                     .from = -1,
                                     .to = -1,
                                     .count = 1000,
                                     .fate = FATE_DOUBLE,
                                     .delay = late[i]});
        scene_rule(&s, (struct rule){.type = PACKET_INSTALL,
                                     .from = -1,
                                     .to = -1,
                                     .count = 1000,
                                     .fate = FATE_DOUBLE,
                                     .delay = late[i]});
        world_cut(s.world, "AB|CD");
        scene_run(&s, 3 * (usec)USEC_SECOND);
        world_heal(s.world);
        scene_run(&s, 3 * (usec)USEC_SECOND);
        world_crash(s.world, 3);
        scene_run(&s, (usec)USEC_SECOND);
        scene_forget(&s);
        scene_meet(&s);
        scene_end(&s);
    }
}

static void s9_who_answers_first_is_never_heard_by_who_asks_and_others_help(void **state)
{
    struct scene s;
    (void)state;
    scene_begin(&s, 4, 1);
    uint32_t views = scene_views(&s);
    network_link(&s.world->network, 3, 1)->loss_ppm = 100000;
    scene_rule(&s,
               (struct rule){
                   .type = PACKET_RDATA, .from = 2, .to = 1, .count = 1000000, .fate = FATE_LOSE});
    scene_rule(&s,
               (struct rule){
                   .type = PACKET_RDATA, .from = 3, .to = 1, .count = 1000000, .fate = FATE_LOSE});
    scene_run(&s, 5 * (usec)USEC_SECOND);
    assert_true(s.rules[0].seen + s.rules[1].seen > 0);
    assert_int_equal(scene_views(&s), views);
    scene_end(&s); /* with the rules in force: what waits is delivered all the same */
}

/* A burst that a receiver can take in ever more slowly than it comes. */
static void s16_a_gap_grows_larger_than_any_window_before_the_slow_one_catches_up(void **state)
{
    struct world_options o = {.daemons = 3,
                              .segments = 1,
                              .max_gap = 4096,
                              .window = 1000,
                              .personal_window = 1000,
                              .accelerated_window = 100,
                              .receive_bytes = 200000};
    struct load_options load = scene_load();
    struct scene s;
    (void)state;
    load.pause = 0; /* the anchors alone: they are in all groups */
    scene_set(&s, &o, &load);
    for (int i = 0; i < o.daemons; i++)
        world_start(s.world, i);
    scene_meet(&s);
    s.world->processes[2].busy_each = 100;
    struct client *c = s.world->processes[0].clients;
    for (int i = 0; i < 6000; i++)
        client_send(c, FRAME_AGREED, "g0", 1000);
    scene_run(&s, 2 * (usec)USEC_SECOND);
    assert_true(s.world->processes[2].overflowed > 1024);
    scene_meet(&s);
    scene_end(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(s1_each_copy_of_the_token_is_lost_once_at_each_hop),
        cmocka_unit_test(s1_a_token_and_all_its_copies_are_lost_and_a_new_view_comes_of_it),
        cmocka_unit_test(s2_second_copies_of_the_token_change_nothing_however_late_they_come),
        cmocka_unit_test(s2_second_copies_of_commit_and_install_come_during_the_next_view),
        cmocka_unit_test(s9_who_answers_first_is_never_heard_by_who_asks_and_others_help),
        cmocka_unit_test(s16_a_gap_grows_larger_than_any_window_before_the_slow_one_catches_up),
    };
    return cmocka_run_group_tests_name("the token", tests, NULL, NULL);
}
