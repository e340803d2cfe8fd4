/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: daemons that come, go, stand still and are many; clocks that jump.
 */
#include "tests/sim/schedules/scene.h"

#include "libspread/wire/frame.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S };

static void s5_the_leader_comes_back_before_anybody_can_miss_it(void **state)
{
    static const usec away[] = {0, 1 * USEC_MS, 20 * USEC_MS, 100 * USEC_MS, 600 * USEC_MS};
    struct scene s;
    (void)state;
    scene_begin(&s, 4, 2);
    for (size_t i = 0; i < COUNT_OF(away); i++) {
        uint32_t views = scene_views(&s);
        world_crash(s.world, 0);
        scene_run(&s, away[i]);
        world_start(s.world, 0);
        scene_run(&s, 4 * (usec)USEC_SECOND);
        scene_meet(&s);
        assert_true(scene_views(&s) > views);
    }
    scene_end(&s);
}

/* Once the present life is not heard for a while, anything counts; but it must not count for long. */
static void a_late_packet_of_an_earlier_life_does_not_end_the_present_one(void **state)
{
    struct scene s;
    (void)state;
    scene_begin(&s, 3, 3);
    scene_rule(&s, (struct rule){.type = PACKET_TOKEN, .from = 2, .to = 0, .count = 1,
                                 .fate = FATE_DELAY, .delay = 6 * (usec)USEC_SECOND});
    scene_run(&s, 500 * USEC_MS);
    world_crash(s.world, 0); /* who has never heard of that life when the packet comes */
    world_crash(s.world, 2);
    world_start(s.world, 0);
    world_start(s.world, 2);
    scene_meet(&s);
    world_cut(s.world, "AB|C");
    scene_run(&s, 7 * (usec)USEC_SECOND);
    scene_forget(&s);
    world_heal(s.world);
    assert_true(scene_meet(&s) < 3 * (usec)USEC_SECOND);
    scene_end(&s);
}

static void s11_ten_start_within_100_ms_again_and_again(void **state)
{
    struct load_options load = scene_load();
    struct scene s;
    (void)state;
    scene_set(&s, &(struct world_options){.daemons = 10, .segments = 3}, &load);
    for (int round = 0; round < 4; round++) {
        for (int i = 0; i < 10; i++) {
            world_start(s.world, (i * 7 + round) % 10);
            scene_run(&s, 9 * USEC_MS);
        }
        scene_meet(&s);
        for (int i = round % 2; i < 10; i++)
            world_crash(s.world, i);
        scene_run(&s, 30 * USEC_MS);
    }
    scene_end(&s);
}

static void s11_twenty_segments_of_one_daemon_each_come_together_at_once(void **state)
{
    struct load_options load = scene_load();
    struct scene s;
    (void)state;
    load.pause = 100 * USEC_MS;
    scene_set(&s, &(struct world_options){.daemons = 20, .segments = 20}, &load);
    world_cut(s.world, "");
    for (int i = 0; i < 20; i++)
        world_start(s.world, i);
    scene_run(&s, 4 * (usec)USEC_SECOND); /* each is alone by now */
    world_heal(s.world);
    scene_meet(&s);
    scene_end(&s);
}

static void s12_one_stands_still_for_half_to_five_times_token_timeout(void **state)
{
    static const usec still[] = {625 * USEC_MS, 1250 * USEC_MS, 2500 * USEC_MS, 6250 * USEC_MS};
    struct scene s;
    (void)state;
    scene_begin(&s, 4, 1);
    for (size_t i = 0; i < COUNT_OF(still); i++)
        for (int who = 0; who < 4; who += 3) {
            world_pause(s.world, who);
            scene_run(&s, still[i]);
            world_resume(s.world, who);
            scene_meet(&s);
        }
    scene_end(&s);
}

static void s17_eight_rings_merge_each_with_a_full_window_behind_it(void **state)
{
    struct load_options load = scene_load();
    struct scene s;
    (void)state;
    load.pause = 20 * USEC_MS;
    load.burst_ppm = 300000;
    scene_set(&s, &(struct world_options){.daemons = 16, .segments = 8, .max_gap = 64}, &load);
    for (int i = 0; i < 16; i++)
        world_start(s.world, i);
    scene_meet(&s);
    world_cut(s.world, "AB|CD|EF|GH|IJ|KL|MN|OP");
    scene_run(&s, 3 * (usec)USEC_SECOND);
    for (int i = 0; i < 16; i++)
        for (int k = 0; k < 100; k++)
            client_send(s.world->processes[i].clients, FRAME_SAFE, "g0", 1000);
    world_heal(s.world);
    scene_meet(&s);
    scene_end(&s);
}

static void s20_the_middle_ones_of_2_to_40_stop_and_start(void **state)
{
    static const int sizes[] = {2, 3, 5, 8, 13, 21, 40};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        struct load_options load = scene_load();
        struct scene s;
        int n = sizes[i];
        load.pause = 100 * USEC_MS;
        scene_set(&s, &(struct world_options){.daemons = n, .segments = 1 + n / 7}, &load);
        for (int k = 0; k < n; k++)
            world_start(s.world, n - 1 - k);
        scene_meet(&s);
        for (int round = 0; round < 2; round++) {
            for (int k = n / 3; k <= n / 2; k++)
                round ? world_leave(s.world, k) : world_crash(s.world, k);
            scene_run(&s, 3 * (usec)USEC_SECOND);
            scene_meet(&s);
            for (int k = n / 3; k <= n / 2; k++)
                world_start(s.world, k);
            scene_meet(&s);
        }
        scene_end(&s);
    }
}

static void s22_wall_clocks_step_by_hours_and_days_while_views_change(void **state)
{
    static const int64_t steps[] = {HOUR_S, -HOUR_S, DAY_S, -DAY_S, -HOUR_S, 7 * DAY_S, 0};
    struct scene s;
    (void)state;
    scene_begin(&s, 4, 2);
    for (size_t i = 0; i < COUNT_OF(steps); i++) {
        s.world->wall_offset_s = steps[i];
        world_crash(s.world, (int)i % 4);
        scene_run(&s, 700 * USEC_MS);
        s.world->wall_offset_s = -steps[i];
        world_start(s.world, (int)i % 4);
        scene_meet(&s);
    }
    scene_end(&s);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(s5_the_leader_comes_back_before_anybody_can_miss_it),
        cmocka_unit_test(a_late_packet_of_an_earlier_life_does_not_end_the_present_one),
        cmocka_unit_test(s11_ten_start_within_100_ms_again_and_again),
        cmocka_unit_test(s11_twenty_segments_of_one_daemon_each_come_together_at_once),
        cmocka_unit_test(s12_one_stands_still_for_half_to_five_times_token_timeout),
        cmocka_unit_test(s17_eight_rings_merge_each_with_a_full_window_behind_it),
        cmocka_unit_test(s20_the_middle_ones_of_2_to_40_stop_and_start),
        cmocka_unit_test(s22_wall_clocks_step_by_hours_and_days_while_views_change),
    };
    return cmocka_run_group_tests_name("processes", tests, NULL, NULL);
}
