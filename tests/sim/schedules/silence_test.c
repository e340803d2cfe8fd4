/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: one daemon falls silent, and its host is asked: the process only stands still,
 * it is dead, or nothing comes back; answers that come late or are lies. And whoever is known to fall
 * silent and to come back is waited for.
 */
#include "tests/sim/schedules/scene.h"

enum { SEEDS = 50, EACH = 5, THREE = 3, MIXED_US = 97 * USEC_MS };

struct liar {
    enum host_answer says;
    usec delay;
    unsigned asked;
};

static enum host_answer lie(void *context, int from, int to, enum host_answer truth, usec *delay)
{
    struct liar *l = context;
    (void)from;
    (void)to;
    (void)truth;
    *delay = l->delay;
    l->asked++;
    return l->says;
}

static void begin(struct scene *s, int daemons, uint64_t seed)
{
    struct load_options load = scene_load();
    /* Now and then nobody has anything to say, and the token rests. */
    load.pause = seed % 2 ? 2 * USEC_MS : 200 * USEC_MS;
    scene_set(s, &(struct world_options){.daemons = daemons, .segments = 1, .seed = seed}, &load);
    for (int i = 0; i < daemons; i++)
        world_start(s->world, i);
    scene_meet(s);
    scene_idle(s, 12 * (usec)USEC_SECOND + seed * MIXED_US % USEC_SECOND);
}

static struct procset without(int daemons, int victim)
{
    struct procset rest = scene_first(daemons);
    procset_remove(&rest, (unsigned)victim);
    return rest;
}

static void whoever_stands_still_for_half_a_second_or_a_whole_one_is_waited_for(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed += scene_stride(EACH)) {
        struct scene s;
        begin(&s, THREE, seed);
        uint32_t views = scene_views(&s);
        for (usec still = 500 * USEC_MS; still <= USEC_SECOND; still += 500 * USEC_MS) {
            int victim = (int)(seed % THREE);
            world_pause(s.world, victim);
            scene_run(&s, still);
            world_resume(s.world, victim);
            scene_run(&s, 2 * (usec)USEC_SECOND);
        }
        assert_int_equal(scene_views(&s), views);
        scene_end(&s);
    }
}

/* The others are in a view without it in time. */
static void strike_each(void (*strike)(struct world *w, int victim), usec limit)
{
    for (uint64_t seed = 1; seed <= SEEDS; seed += scene_stride(EACH)) {
        struct scene s;
        int victim = (int)(seed / 2 % THREE);
        begin(&s, THREE, seed);
        struct procset rest = without(THREE, victim);
        strike(s.world, victim);
        assert_true(world_settle(s.world, &rest, limit));
        scene_bring_back(&s);
        scene_end(&s);
    }
}

static void isolate(struct world *w, int victim)
{
    network_isolate(&w->network, (unsigned)victim);
}

/* The token may rest; then nobody misses the leader before it should have shown itself. */
static void a_dead_process_is_out_as_soon_as_its_host_is_asked(void **state)
{
    (void)state;
    strike_each(world_crash, 200 * USEC_MS);
}

static void a_silent_host_is_out_within_400_ms(void **state)
{
    (void)state;
    strike_each(isolate, 400 * USEC_MS);
}

static void what_hosts_say_may_be_late_or_wrong(void **state)
{
    static const struct liar liars[] = {
        {.says = HOST_LIVES},  {.says = HOST_SILENT},
        {.says = HOST_REFUSES}, {.says = HOST_LIVES, .delay = 2 * USEC_SECOND},
        {.says = HOST_SILENT, .delay = 300 * USEC_MS},
        {.says = HOST_REFUSES, .delay = 300 * USEC_MS},
    };
    (void)state;
    for (size_t i = 0; i < COUNT_OF(liars); i++)
        for (int victim = 0; victim < 4; victim += 3) {
            struct liar liar = liars[i];
            struct scene s;
            begin(&s, 4, i + 1);
            s.world->host = lie;
            s.world->host_context = &liar;
            struct procset rest = without(4, victim);
            isolate(s.world, victim);
            assert_true(world_settle(s.world, &rest, 3 * (usec)USEC_SECOND));
            assert_true(liar.asked > 0);
            world_heal(s.world);
            scene_meet(&s);
            world_pause(s.world, victim);
            scene_run(&s, 700 * USEC_MS);
            world_resume(s.world, victim);
            scene_meet(&s);
            scene_end(&s);
        }
}

/* A wall refuses connections to a daemon that lives: it is believed once. */
static void a_refusal_is_not_believed_again_of_a_life_that_went_on(void **state)
{
    struct liar liar = {.says = HOST_REFUSES};
    struct scene s;
    (void)state;
    begin(&s, THREE, 1);
    s.world->host = lie;
    s.world->host_context = &liar;
    for (int time = 0; time < 3; time++) {
        uint32_t views = scene_views(&s);
        world_pause(s.world, 2);
        scene_run(&s, 180 * USEC_MS);
        world_resume(s.world, 2);
        scene_run(&s, 12 * (usec)USEC_SECOND);
        assert_true(liar.asked > 0);
        if (time == 0)
            assert_true(scene_views(&s) > views);
        if (time == 2)
            assert_int_equal(scene_views(&s), views);
    }
    scene_end(&s);
}

/* -- a host that stands still altogether, again and again ------------------------------------- */

enum { STILL_US = 600 * USEC_MS, EVERY_US = 5 * USEC_SECOND, TIMES = 12, FEW_SEEDS = 12, FEW_EACH = 3 };

/* As a virtual machine that is moved: neither its process nor its kernel answers. */
static void stand_still(struct scene *s, int victim, usec how_long)
{
    world_pause(s->world, victim);
    isolate(s->world, victim);
    scene_run(s, how_long);
    world_heal(s->world);
    world_resume(s->world, victim);
}

static void for_a_minute(struct scene *s, int daemons, int victim, uint32_t changes)
{
    int witness = victim == 0 ? daemons - 1 : 0;
    uint32_t views = s->world->processes[witness].views;
    for (int i = 0; i < TIMES; i++) {
        stand_still(s, victim, STILL_US);
        scene_run(s, EVERY_US - STILL_US);
        assert_true(s->world->processes[witness].views - views <= changes);
    }
}

static void a_host_that_stands_still_again_and_again_is_put_out_once(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= FEW_SEEDS; seed += scene_stride(FEW_EACH)) {
        struct scene s;
        int daemons = 2 + (int)(seed % 4), victim = (int)(seed / 4 % (unsigned)daemons);
        begin(&s, daemons, seed);
        for_a_minute(&s, daemons, victim, 2);
        scene_end(&s);
    }
}

/* It comes back as late as it may, and once more not at all. */
static void whoever_is_known_to_come_back_is_waited_for_no_longer_than_token_timeout(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= FEW_SEEDS; seed += scene_stride(FEW_EACH)) {
        struct scene s;
        int victim = (int)(seed / 3 % THREE);
        begin(&s, THREE, seed);
        struct procset rest = without(THREE, victim);
        stand_still(&s, victim, 1100 * USEC_MS);
        scene_meet(&s);
        isolate(s.world, victim);
        assert_true(world_settle(s.world, &rest, 1600 * USEC_MS));
        scene_bring_back(&s);
        scene_end(&s);
    }
}

int main(int argc, char **argv)
{
    scene_arguments(argc, argv);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(whoever_stands_still_for_half_a_second_or_a_whole_one_is_waited_for),
        cmocka_unit_test(a_dead_process_is_out_as_soon_as_its_host_is_asked),
        cmocka_unit_test(a_silent_host_is_out_within_400_ms),
        cmocka_unit_test(what_hosts_say_may_be_late_or_wrong),
        cmocka_unit_test(a_refusal_is_not_believed_again_of_a_life_that_went_on),
        cmocka_unit_test(a_host_that_stands_still_again_and_again_is_put_out_once),
        cmocka_unit_test(
            whoever_is_known_to_come_back_is_waited_for_no_longer_than_token_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
