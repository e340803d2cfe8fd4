/* SPDX-License-Identifier: MIT
 *
 * Directed schedules for mistakes that seeds hardly ever come upon. scripts/mutants makes each of
 * those mistakes, and sees that the schedule for it fails.
 */
#include "tests/sim/schedules/scene.h"

#include "libspread/wire/frame.h"

enum { FOREVER = 1000000 };

static void lose(struct scene *s, uint8_t type, int from, int to)
{
    scene_rule(s, (struct rule){
                      .type = type, .from = from, .to = to, .count = FOREVER, .fate = FATE_LOSE});
}

static void all_say(struct scene *s, uint32_t service)
{
    for (int i = 0; i < s->world->options.daemons; i++)
        client_send(s->world->processes[i].clients, service, "g0", 100);
}

/* Runs in small steps until A is in recovery, or is so no longer. */
static void run_until_recovery(struct scene *s, bool is, usec step)
{
    usec end = s->world->now + 2 * (usec)USEC_SECOND;
    while ((core_state(daemon_core(s->world->processes[0].daemon)) == CORE_RECOV) != is) {
        assert_true(s->world->now < end);
        scene_run(s, step);
    }
}

/* D's last packets reach nobody, so that there is a hole before what others send. Two install the
 * view without D and deliver what is behind the hole; the third has said that it has all, misses
 * INSTALL, and goes on alone: it owes the others' messages, though they do not come along. */
static void s3_one_that_has_recovered_and_is_left_behind_delivers_what_it_owes(void **state)
{
    (void)state;
    for (usec hole = 0; hole < 10 * USEC_MS; hole += 2 * USEC_MS) {
        struct scene s;
        scene_begin(&s, 4, 1);
        lose(&s, PACKET_DATA, 3, -1);
        lose(&s, PACKET_RDATA, 3, -1);
        all_say(&s, FRAME_SAFE);
        scene_run(&s, 2 * USEC_MS);
        all_say(&s, FRAME_SAFE);
        scene_run(&s, 2 * USEC_MS + hole);
        world_crash(s.world, 3);
        lose(&s, PACKET_INSTALL, -1, 2);
        run_until_recovery(&s, true, 20);
        lose(&s, PACKET_TOKEN, -1, 2);
        lose(&s, PACKET_DATA, -1, 2);
        run_until_recovery(&s, false, 1);
        world_cut(s.world, "AB|C|D");
        scene_run(&s, 4 * (usec)USEC_SECOND);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

/* D's last packets come to one of three only, so late that it has said what it has. */
static void old_packets_come(int to, usec late)
{
    struct scene s;
    scene_begin(&s, 4, 1);
    for (int i = 0; i < 3; i++)
        if (i != to)
            lose(&s, PACKET_DATA, 3, i);
    lose(&s, PACKET_RDATA, 3, -1);
    scene_rule(&s, (struct rule){.type = PACKET_DATA,
                                 .from = 3,
                                 .to = to,
                                 .count = FOREVER,
                                 .fate = FATE_DELAY,
                                 .delay = late});
    scene_rule(&s, (struct rule){.type = PACKET_COMMIT,
                                 .from = -1,
                                 .to = -1,
                                 .count = FOREVER,
                                 .fate = FATE_DELAY,
                                 .delay = 10 * USEC_MS});
    all_say(&s, FRAME_AGREED);
    scene_run(&s, 1 * USEC_MS);
    world_crash(s.world, 3);
    scene_run(&s, 2 * (usec)USEC_SECOND);
    scene_bring_back(&s);
    scene_end(&s);
}

static void s7_packets_that_come_between_accept_and_commit_are_too_late(void **state)
{
    (void)state;
    for (int to = 1; to < 3; to++)
        for (usec late = 20 * USEC_MS; late < 320 * USEC_MS; late += 5 * USEC_MS)
            old_packets_come(to, late);
}

/* -- a quiet ring -------------------------------------------------------------------------- */

/* Four daemons whose clients say nothing unless told to; the token rests. */
static void begin_quiet(struct scene *s)
{
    struct load_options load = scene_load();
    load.pause = 0;
    scene_set(s, &(struct world_options){.daemons = 4, .segments = 1, .uncompared = true}, &load);
    for (int i = 0; i < 4; i++)
        world_start(s->world, i);
    scene_meet(s);
}

static void say(struct scene *s, int proc)
{
    client_send(s->world->processes[proc].clients, FRAME_SAFE, "g0", 100);
}

/* The next packet of D does not reach B. */
static void lose_one(struct scene *s)
{
    scene_forget(s);
    scene_rule(
        s, (struct rule){.type = PACKET_DATA, .from = 3, .to = 1, .count = 1, .fate = FATE_LOSE});
}

static void the_token_does_not_rest_while_somebody_misses_a_packet(void **state)
{
    struct scene s;
    (void)state;
    begin_quiet(&s);
    for (int i = 0; i < 20; i++) {
        scene_run(&s, 300 * USEC_MS + (usec)i * 777);
        uint64_t before = order_deliveries(s.order);
        lose_one(&s);
        scene_rule(&s,
                   (struct rule){
                       .type = PACKET_RDATA, .from = -1, .to = 1, .count = 4, .fate = FATE_LOSE});
        say(&s, 3);
        scene_run(&s, 20 * USEC_MS); /* many rotations, and less than a token rests */
        assert_int_equal(s.rules[0].seen > 0, 1);
        assert_int_equal(order_deliveries(s.order) - before, 4);
    }
    scene_end(&s);
}

/* Between D's packet, which B lacks, and its next turn: C is in a hurry, and the token that it gets
 * has not been at B. */
static void a_token_that_skips_members_is_granted_only_when_all_have_everything(void **state)
{
    struct scene s;
    (void)state;
    begin_quiet(&s);
    for (usec gap = 40; gap < 1500; gap += 40) {
        scene_run(&s, 300 * USEC_MS);
        lose_one(&s);
        say(&s, 3);
        scene_run(&s, gap);
        say(&s, 2);
        scene_run(&s, 20 * USEC_MS);
    }
    scene_end(&s);
}

/* -- lives --------------------------------------------------------------------------------- */

/* A starts again and B, which still looks for C, does not hear it; that B has heard the life before is
 * no proof that it does, and A does not wait for it. */
static void who_was_heard_in_an_earlier_life_only_is_not_waited_for(void **state)
{
    (void)state;
    for (usec down = 0; down < 500 * USEC_MS; down += 10 * USEC_MS) {
        struct scene s;
        scene_begin(&s, 3, 2);
        world_crash(s.world, 0);
        world_crash(s.world, 2);
        network_link(&s.world->network, 0, 1)->cut = true;
        scene_run(&s, down);
        uint32_t views = s.world->processes[0].views;
        world_start(s.world, 0);
        scene_run(&s, 400 * USEC_MS);
        assert_true(s.world->processes[0].views > views);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(s3_one_that_has_recovered_and_is_left_behind_delivers_what_it_owes),
        cmocka_unit_test(s7_packets_that_come_between_accept_and_commit_are_too_late),
        cmocka_unit_test(a_token_that_skips_members_is_granted_only_when_all_have_everything),
        cmocka_unit_test(the_token_does_not_rest_while_somebody_misses_a_packet),
        cmocka_unit_test(who_was_heard_in_an_earlier_life_only_is_not_waited_for),
    };
    return cmocka_run_group_tests_name("rare", tests, NULL, NULL);
}
