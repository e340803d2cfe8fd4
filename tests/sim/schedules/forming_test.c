/* SPDX-License-Identifier: MIT
 *
 * Directed schedules: what befalls a ring while it is being formed.
 */
#include "tests/sim/schedules/scene.h"

#include "libspread/wire/frame.h"

enum { FIVE = 5, FOREVER = 1000000 };

static void s3_the_token_is_lost_in_recovery_after_some_have_installed(void **state)
{
    (void)state;
    for (int deaf = 1; deaf < FIVE - 1; deaf++) {
        struct scene s;
        scene_begin(&s, FIVE, 1);
        scene_rule(&s, (struct rule){.type = PACKET_INSTALL,
                                     .from = -1,
                                     .to = deaf,
                                     .count = FOREVER,
                                     .fate = FATE_LOSE});
        scene_rule(
            &s,
            (struct rule){
                .type = PACKET_DATA, .from = -1, .to = deaf, .count = FOREVER, .fate = FATE_LOSE});
        world_crash(s.world, FIVE - 1);
        scene_run(&s, 200 * USEC_MS); /* it is not missed yet */
        scene_rule(
            &s,
            (struct rule){
                .type = PACKET_TOKEN, .from = -1, .to = -1, .count = FOREVER, .fate = FATE_LOSE});
        scene_run(&s, 600 * USEC_MS);
        assert_true(s.rules[0].seen > 0); /* some have installed it */
        world_crash(s.world, 0);          /* who has formed it, too */
        scene_run(&s, 2 * (usec)USEC_SECOND);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

/* A daemon crashes when the packet of that number and type is under way in a merge. */
static void cascade(uint8_t type, unsigned number, int victim)
{
    struct scene s;
    scene_begin(&s, FIVE, 2);
    world_cut(s.world, "AB|CDE");
    scene_run(&s, 2 * (usec)USEC_SECOND);
    scene_rule(&s, (struct rule){.type = type,
                                 .from = -1,
                                 .to = -1,
                                 .skip = number,
                                 .count = 1,
                                 .fate = FATE_CARRY,
                                 .kill = victim + 1});
    world_heal(s.world);
    scene_run(&s, 2 * (usec)USEC_SECOND);
    assert_true(s.rules[0].seen > number);
    scene_forget(&s);
    scene_meet(&s);
    scene_bring_back(&s);
    scene_end(&s);
}

static void s4_one_dies_in_each_phase_the_coordinator_too(void **state)
{
    static const uint8_t phases[] = {PACKET_PREPARE, PACKET_READY,  PACKET_PROPOSE,
                                     PACKET_ACCEPT,  PACKET_COMMIT, PACKET_RECOVERED,
                                     PACKET_INSTALL};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(phases); i++)
        for (unsigned number = 0; number < 4; number += 2)
            for (int victim = 0; victim < FIVE; victim += 2)
                cascade(phases[i], number, victim);
}

static void s4_members_die_one_per_phase_until_two_are_left(void **state)
{
    static const uint8_t phases[] = {PACKET_PROPOSE, PACKET_COMMIT, PACKET_INSTALL};
    struct scene s;
    (void)state;
    scene_begin(&s, FIVE, 1);
    for (int i = 0; i < 3; i++)
        scene_rule(&s, (struct rule){.type = phases[i],
                                     .from = -1,
                                     .to = -1,
                                     .skip = 1,
                                     .count = 1,
                                     .fate = FATE_CARRY,
                                     .kill = i + 1});
    network_isolate(&s.world->network, 4);
    scene_run(&s, 6 * (usec)USEC_SECOND);
    assert_int_equal(world_up(s.world).bits[0], 0x18);
    scene_bring_back(&s);
    scene_end(&s);
}

static void s6_four_of_five_restart_at_once_while_equal_epochs_stand_elsewhere(void **state)
{
    (void)state;
    for (usec down = 0; down < 400 * USEC_MS; down += 80 * USEC_MS) {
        struct scene s;
        scene_begin(&s, FIVE, 1);
        for (int i = 1; i < FIVE; i++)
            world_crash(s.world, i);
        world_cut(s.world, "A|BC|DE"); /* each side forms a ring at the same moment */
        scene_run(&s, down);
        for (int i = 1; i < FIVE; i++)
            world_start(s.world, i);
        scene_run(&s, 4 * (usec)USEC_SECOND);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

/* Packets of one that is lost come in every phase of the view without it. */
static void old_packets_come(bool crash, usec late)
{
    struct scene s;
    scene_begin(&s, 4, 1);
    for (int to = 0; to < 2; to++)
        scene_rule(&s, (struct rule){.type = PACKET_DATA,
                                     .from = 3,
                                     .to = to,
                                     .count = FOREVER,
                                     .fate = FATE_DELAY,
                                     .delay = late});
    scene_run(&s, 5 * USEC_MS);
    if (crash)
        world_crash(s.world, 3);
    else
        world_cut(s.world, "ABC|D");
    scene_run(&s, 2 * (usec)USEC_SECOND);
    scene_bring_back(&s);
    scene_end(&s);
}

static void s7_packets_of_one_that_is_lost_come_before_and_after_accept_and_commit(void **state)
{
    (void)state;
    for (usec late = 240 * USEC_MS; late < 420 * USEC_MS; late += scene_stride(4) * (usec)(3 * USEC_MS)) {
        old_packets_come(true, late);
        old_packets_come(false, late);
    }
}

/* A daemon crashes so long after it has installed a view. */
struct mayfly {
    struct world *world;
    int proc;
    usec life;
};

static void crash_mayfly(struct world *w, void *context)
{
    const struct mayfly *m = context;
    world_crash(w, m->proc);
}

static void on_view(void *context, const struct process *p, const struct trace_record *t)
{
    struct mayfly *m = context;
    if (t->kind == TRACE_CONF && !t->transitional && p->index == m->proc && t->epoch > 0 &&
        procset_count(&t->members) > 1)
        world_call(m->world, m->world->now + m->life, crash_mayfly, m);
}

static void s13_a_joiner_dies_in_the_exchange_of_groups_and_again_in_the_next(void **state)
{
    (void)state;
    for (usec life = 0; life < 1500; life += 150) {
        struct scene s;
        struct mayfly m = {.proc = 3, .life = life};
        scene_begin(&s, 4, 1);
        m.world = s.world;
        world_crash(s.world, m.proc);
        scene_meet(&s);
        world_observe(s.world, &(struct observer){.on_trace = on_view, .context = &m});
        for (int again = 0; again < 2; again++) {
            world_start(s.world, m.proc);
            scene_run(&s, 3 * (usec)USEC_SECOND);
        }
        m.proc = -1;
        scene_bring_back(&s);
        scene_end(&s);
    }
}

static void s14_one_leaves_while_the_ring_gathers_and_recovers(void **state)
{
    (void)state;
    for (usec at = 230 * USEC_MS; at < 420 * USEC_MS; at += scene_stride(3) * (usec)(7 * USEC_MS)) {
        struct scene s;
        scene_begin(&s, FIVE, 2);
        world_crash(s.world, 2);
        scene_run(&s, at);
        world_leave(s.world, at / USEC_MS % 2 ? 0 : 4);
        scene_run(&s, 3 * (usec)USEC_SECOND);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

static void s14_two_leave_at_once_and_the_leader_is_one_of_them(void **state)
{
    (void)state;
    for (int other = 1; other < FIVE; other++) {
        struct scene s;
        scene_begin(&s, FIVE, 2);
        world_leave(s.world, 0);
        world_leave(s.world, other);
        scene_run(&s, 3 * (usec)USEC_SECOND);
        assert_int_equal(procset_count(&(struct procset){{world_up(s.world).bits[0]}}), 3);
        scene_meet(&s);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

/* Messages of many packets are under way, of senders on both sides of a cut. */
static void s15_a_large_message_goes_across_a_change_of_view(void **state)
{
    (void)state;
    for (usec at = 0; at < 3000; at += 200) {
        struct scene s;
        scene_begin(&s, 4, 2);
        for (int i = 0; i < 4; i++) {
            struct client *c = s.world->processes[i].clients;
            client_send(c, FRAME_SAFE, "g0", 90000);
            client_send(c, FRAME_AGREED, "g1", 90000);
        }
        scene_run(&s, at);
        world_cut(s.world, "ABC|D");
        scene_run(&s, 3 * (usec)USEC_SECOND);
        scene_bring_back(&s);
        scene_end(&s);
    }
}

int main(int argc, char **argv)
{
    scene_arguments(argc, argv);
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(s3_the_token_is_lost_in_recovery_after_some_have_installed),
        cmocka_unit_test(s4_one_dies_in_each_phase_the_coordinator_too),
        cmocka_unit_test(s4_members_die_one_per_phase_until_two_are_left),
        cmocka_unit_test(s6_four_of_five_restart_at_once_while_equal_epochs_stand_elsewhere),
        cmocka_unit_test(s7_packets_of_one_that_is_lost_come_before_and_after_accept_and_commit),
        cmocka_unit_test(s13_a_joiner_dies_in_the_exchange_of_groups_and_again_in_the_next),
        cmocka_unit_test(s14_one_leaves_while_the_ring_gathers_and_recovers),
        cmocka_unit_test(s14_two_leave_at_once_and_the_leader_is_one_of_them),
        cmocka_unit_test(s15_a_large_message_goes_across_a_change_of_view),
    };
    return cmocka_run_group_tests_name("forming", tests, NULL, NULL);
}
