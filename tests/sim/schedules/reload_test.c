/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: another configuration while daemons run, and while their view changes.
 */
#include "tests/sim/schedules/scene.h"

/* Each reads the new file at its own moment: until then it has another hash than the others. */
static void all_reload(struct scene *s, const struct procset *named)
{
    world_write_file(s->world, named);
    for (int i = 0; i < s->world->options.daemons; i++) {
        world_reload(s->world, (i * 3 + 1) % s->world->options.daemons);
        scene_run(s, (usec)(60 * i) * USEC_MS);
    }
    scene_run(s, 3 * (usec)USEC_SECOND);
}

static void a_daemon_is_taken_out_of_the_file_and_put_in_again_while_all_run(void **state)
{
    enum { DAEMONS = 5 };
    struct procset all = scene_first(DAEMONS);
    (void)state;
    for (int who = 0; who < DAEMONS; who++) {
        struct procset others = all;
        struct scene s;
        procset_remove(&others, (unsigned)who);
        scene_begin(&s, DAEMONS, 2);
        all_reload(&s, &others);
        assert_false(world_is_up(s.world, who));
        scene_meet(&s);
        all_reload(&s, &all);
        world_start(s.world, who);
        scene_meet(&s);
        scene_end(&s);
    }
}

/* One has crashed; while the others form a ring without it, all read a file without it. */
static usec time_to_remove_a_lost_one(int daemons, int who, usec later)
{
    struct load_options load = scene_load();
    struct world_options world = {.daemons = daemons, .segments = 4, .latency = 2 * USEC_MS};
    struct procset others = scene_first(daemons);
    struct scene s;
    procset_remove(&others, (unsigned)who);
    scene_set(&s, &world, &load);
    for (int i = 0; i < daemons; i++)
        world_start(s.world, i);
    scene_meet(&s);
    world_crash(s.world, who);
    scene_run(&s, later);
    world_write_file(s.world, &others);
    for (int i = 0; i < daemons; i++)
        world_reload(s.world, i);
    usec took = scene_meet(&s);
    scene_end(&s);
    return took;
}

/* 410 to 450 ms after the crash the survivors are between SEG and the first token of their ring.
 * What a coordinator has said last must reach whom it was meant for: of 16 daemons without the first,
 * INSTALL for d5 once went to d6, and each ring lost its coordinator anew. */
static void a_lost_daemon_is_taken_out_as_quickly_whichever_it_was(void **state)
{
    enum { DAEMONS = 16, FIRST_MS = 400, LAST_MS = 460, LONGEST_MS = 1250 };
    static const int lost[] = {0, DAEMONS / 2, DAEMONS - 1};
    (void)state;
    for (usec later = FIRST_MS; later <= LAST_MS; later += scene_stride(2) * 10)
        for (size_t i = 0; i < COUNT_OF(lost); i++) {
            usec took = time_to_remove_a_lost_one(DAEMONS, lost[i], later * USEC_MS);
            if (took > LONGEST_MS * (usec)USEC_MS)
                fail_msg("d%d, %llu ms later: %llu ms", lost[i] + 1, (unsigned long long)later,
                         (unsigned long long)took / USEC_MS);
        }
}

int main(int argc, char **argv)
{
    scene_arguments(argc, argv);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_daemon_is_taken_out_of_the_file_and_put_in_again_while_all_run),
        cmocka_unit_test(a_lost_daemon_is_taken_out_as_quickly_whichever_it_was),
    };
    return cmocka_run_group_tests_name("reload", tests, NULL, NULL);
}
