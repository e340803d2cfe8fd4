/* SPDX-License-Identifier: MIT
 *
 * A member that knows everything and says what cannot be: the others drop it, count it under a reason
 * of its own, and go on.
 */
#include "tests/support/test.h"

#include <string.h>

#include "tests/unit/membership/fleet.h"

/* -- packets that are judged in every state ------------------------------------------------ */

static uint64_t far_epoch(const struct fleet *f)
{
    return core_view(fleet_core(f, 'A')).time + (3ull << 32);
}

static void state_that_is_none(const struct fleet *f, union control *m)
{
    (void)f;
    m->alive.state = CORE_STATES;
}

static void alive_promises_all_epochs(const struct fleet *f, union control *m)
{
    (void)f;
    m->alive.promised = UINT64_MAX;
}

static void alive_of_a_far_ring(const struct fleet *f, union control *m)
{
    m->alive.ring.epoch = far_epoch(f);
}

static void add_self(const struct fleet *f, struct roster *members)
{
    roster_add(members, 2, (uint32_t)core_incarnation(fleet_core(f, 'C')));
}

static void join_promises_all_epochs(const struct fleet *f, union control *m)
{
    add_self(f, &m->join.members);
    m->join.alive.promised = UINT64_MAX;
}

static void join_without_itself(const struct fleet *f, union control *m)
{
    (void)f;
    roster_add(&m->join.members, 1, 77);
}

static void refers_us_to_ourselves(const struct fleet *f, union control *m)
{
    (void)f;
    m->refer.to = 0;
}

static void probe_of_a_far_ring(const struct fleet *f, union control *m)
{
    m->probe.ring.epoch = far_epoch(f);
}

static void prepare_without_itself(const struct fleet *f, union control *m)
{
    m->prepare.prep = 5;
    roster_add(&m->prepare.members, 0, (uint32_t)core_incarnation(fleet_core(f, 'A')));
}

static void prepare_by_another_than_the_smallest(const struct fleet *f, union control *m)
{
    prepare_without_itself(f, m);
    add_self(f, &m->prepare.members);
}

static void ready_promises_all_epochs(const struct fleet *f, union control *m)
{
    (void)f;
    m->ready.promised = UINT64_MAX;
}

static void proposal_in_another_s_name(const struct fleet *f, union control *m)
{
    add_self(f, &m->propose.members);
    m->propose.ring.leader = 1;
}

static void proposal_of_a_far_epoch(const struct fleet *f, union control *m)
{
    add_self(f, &m->propose.members);
    m->propose.ring = (struct ring_id){.epoch = far_epoch(f), .leader = 2};
}

static void proposal_without_itself(const struct fleet *f, union control *m)
{
    prepare_without_itself(f, m);
    m->propose = (struct propose){.ring = {.epoch = 1, .leader = 2}};
}

static void accept_promises_all_epochs(const struct fleet *f, union control *m)
{
    (void)f;
    m->accept.promised = UINT64_MAX;
}

static void refusal_promises_all_epochs(const struct fleet *f, union control *m)
{
    (void)f;
    m->refuse.promised = UINT64_MAX;
}

static const struct {
    enum packet_type type;
    void (*say)(const struct fleet *f, union control *m);
    enum why why;
} sayings[] = {
    {PACKET_ALIVE, state_that_is_none, DOUBT_STATE},
    {PACKET_ALIVE, alive_promises_all_epochs, DOUBT_EPOCH},
    {PACKET_ALIVE, alive_of_a_far_ring, DOUBT_EPOCH},
    {PACKET_JOIN, join_promises_all_epochs, DOUBT_EPOCH},
    {PACKET_JOIN, join_without_itself, DOUBT_LIFE},
    {PACKET_REFER, refers_us_to_ourselves, DOUBT_REFERRAL},
    {PACKET_PROBE, probe_of_a_far_ring, DOUBT_EPOCH},
    {PACKET_PREPARE, prepare_without_itself, DOUBT_LIFE},
    {PACKET_PREPARE, prepare_by_another_than_the_smallest, DOUBT_LIFE},
    {PACKET_READY, ready_promises_all_epochs, DOUBT_EPOCH},
    {PACKET_PROPOSE, proposal_in_another_s_name, DOUBT_LIFE},
    {PACKET_PROPOSE, proposal_of_a_far_epoch, DOUBT_EPOCH},
    {PACKET_PROPOSE, proposal_without_itself, DOUBT_LIFE},
    {PACKET_ACCEPT, accept_promises_all_epochs, DOUBT_EPOCH},
    {PACKET_REFUSE, refusal_promises_all_epochs, DOUBT_EPOCH},
};

static void what_cannot_be_is_dropped_in_every_state_and_nobody_notices(void **state)
{
    (void)state;
    struct fleet *f = fleet_of_three();
    uint64_t inc = core_incarnation(fleet_core(f, 'C'));
    uint32_t views = core_views_installed(fleet_core(f, 'A'));
    for (size_t i = 0; i < COUNT_OF(sayings); i++) {
        static union control m;
        memset(&m, 0, sizeof m);
        unsigned before = fleet_doubts(f, 'A', sayings[i].why);
        sayings[i].say(f, &m);
        fleet_hear(f, 'C', 'A', inc, sayings[i].type, &m);
        assert_int_equal(fleet_doubts(f, 'A', sayings[i].why), before + 1);
    }
    fleet_run(f, 3 * USEC_SECOND);
    assert_int_equal(core_views_installed(fleet_core(f, 'A')), views);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
    assert_true(f->events[0][EVENT_DOUBT] > 0);
    fleet_free(f);
}

/* Its address and the ring are right, its life is not one of the ring's. */
static void who_is_not_in_the_ring_neither_accuses_nor_leaves(void **state)
{
    (void)state;
    struct fleet *f = fleet_of_three();
    struct core *a = fleet_core(f, 'A');
    union control m;
    memset(&m, 0, sizeof m);
    m.suspect = (struct suspect){.ring = *ring_id(a->ring),
                                 .index = 1,
                                 .inc = ring_members(a->ring)->inc[1]};
    fleet_hear(f, 'C', 'A', 4711, PACKET_SUSPECT, &m);
    m.leave = (struct leave){.ring = *ring_id(a->ring)};
    fleet_hear(f, 'C', 'A', 4711, PACKET_LEAVE, &m);
    assert_int_equal(fleet_doubts(f, 'A', DOUBT_STRANGER), 2);
    fleet_run(f, 1 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
    fleet_free(f);
}

static void a_body_that_does_not_decode_is_counted(void **state)
{
    (void)state;
    struct fleet *f = fleet_of_three();
    union control m;
    memset(&m, 0, sizeof m);
    m.refer.to = 3; /* there are three */
    fleet_hear(f, 'C', 'A', core_incarnation(fleet_core(f, 'C')), PACKET_REFER, &m);
    assert_int_equal(fleet_doubts(f, 'A', DOUBT_BODY), 1);
    fleet_free(f);
}

/* -- lies while a ring is made ------------------------------------------------------------- */

static uint64_t lied;

static void plan(union control *m, unsigned type)
{
    if (type != PACKET_COMMIT)
        return;
    m->commit.present = m->commit.resend = (struct seqmap){.from = lied};
}

static void packet_size(union control *m, unsigned type)
{
    if (type == PACKET_COMMIT)
        m->commit.packet_size = (uint16_t)lied;
    if (type == PACKET_ACCEPT)
        m->accept.packet_size = (uint16_t)lied;
}

static void capacity(union control *m, unsigned type)
{
    if (type == PACKET_COMMIT)
        m->commit.packet_size = UINT16_MAX; /* larger than anybody's */
}

static void members(union control *m, unsigned type)
{
    if (type == PACKET_COMMIT)
        roster_add(&m->commit.members, 1, 99);
}

static void numbers(union control *m, unsigned type)
{
    if (type != PACKET_ACCEPT)
        return;
    m->accept.aru = m->accept.stable = m->accept.high = m->accept.have.from = lied;
    m->accept.have.count = 0;
}

static void refusal(union control *m, unsigned type)
{
    if (type == PACKET_REFUSE)
        m->refuse.reason = REFUSE_STALE;
}

/* The liar speaks while a member is lost and comes back; the sum of what the two who do not lie had to
 * drop for that reason. When the liar is gone, they have a view of their own and deliver in it. */
static uint64_t play(char liar, void (*lie)(union control *m, unsigned type), uint64_t value,
                     enum why why)
{
    static const char *const left[] = {"BC", "AC", "AB"};
    struct fleet *f = fleet_of_three();
    const char *honest = left[liar - 'A'];
    for (int i = 0; i < 30; i++)
        fleet_submit(f, "ABC"[i % 3], "x", i % 2 ? SERVICE_SAFE : SERVICE_AGREED);
    fleet_run(f, 200 * USEC_MS);
    f->liar = liar;
    f->lie = lie;
    lied = value;
    fleet_cut(f, &honest[1], "ABC", true);
    fleet_cut(f, "ABC", &honest[1], true);
    fleet_submit(f, honest[0], "y", SERVICE_SAFE);
    fleet_run(f, 3 * USEC_SECOND);
    fleet_cut(f, "ABC", "ABC", false);
    fleet_run(f, 6 * USEC_SECOND);
    uint64_t doubts = fleet_doubts(f, honest[0], why) + fleet_doubts(f, honest[1], why);
    fleet_kill(f, liar);
    f->lie = NULL;
    fleet_run(f, 40 * USEC_SECOND);
    for (int i = 0; i < 2; i++) {
        assert_string_equal(fleet_view(f, honest[i]), honest);
        f->delivered[honest[i] - 'A'][0] = '\0';
    }
    fleet_submit(f, honest[1], "well", SERVICE_SAFE);
    fleet_run(f, 1 * USEC_SECOND);
    for (int i = 0; i < 2; i++)
        assert_string_equal(f->delivered[honest[i] - 'A'], "well");
    fleet_free(f);
    return doubts;
}

static void a_plan_out_of_reach_is_dropped(void **state)
{
    static const uint64_t begins[] = {1, 1000, 5000000000, UINT64_MAX - SEQMAP_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(begins); i++)
        assert_true(play('A', plan, begins[i], DOUBT_PLAN) > 0);
}

static void a_packet_size_that_holds_nothing_is_dropped_from_whomever_it_comes(void **state)
{
    static const uint64_t sizes[] = {0, 48, 52, 79, 80, 511};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(sizes); i++) {
        assert_true(play('A', packet_size, sizes[i], DOUBT_PACKET_SIZE) > 0);
        assert_true(play('C', packet_size, sizes[i], DOUBT_PACKET_SIZE) > 0);
    }
}

static void sizes_above_our_own_and_members_that_were_not_asked_are_no_plan_for_us(void **state)
{
    (void)state;
    assert_true(play('A', capacity, 0, DOUBT_PACKET_SIZE) > 0);
    assert_true(play('A', members, 0, DOUBT_PLAN) > 0);
}

/* The others keep their part of the old ring, whatever one of it says. */
static void numbers_of_the_old_ring_that_do_not_fit_stand_apart(void **state)
{
    static const uint64_t numbers_said[] = {0, 1000, 1ull << 40, UINT64_MAX - SEQMAP_MAX};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(numbers_said); i++)
        for (char liar = 'B'; liar <= 'C'; liar++)
            play(liar, numbers, numbers_said[i], DOUBT_OLD_RING);
}

static void who_calls_every_epoch_stale_does_not_keep_the_others_from_a_ring(void **state)
{
    (void)state;
    play('C', refusal, 0, DOUBT_REFUSAL);
}

static void a_refusal_as_stale_names_what_was_promised(void **state)
{
    (void)state;
    struct fleet *f = fleet_of_three();
    struct core *a = fleet_core(f, 'A');
    uint64_t inc = core_incarnation(fleet_core(f, 'C'));
    union control m;
    memset(&m, 0, sizeof m);
    states_move(a, form_propose(a, ring_members(a->ring), ECHO_TOKEN, WHY_MERGE, f->now), f->now);
    m.refuse = (struct refuse){
        .ring = a->forming.ring, .reason = REFUSE_STALE, .promised = a->forming.ring.epoch - 1};
    fleet_hear(f, 'C', 'A', inc, PACKET_REFUSE, &m);
    assert_int_equal(fleet_doubts(f, 'A', DOUBT_REFUSAL), 1);
    for (int i = 0; i < 100 && core_state(a) == CORE_FORM_C; i++) {
        m.refuse.ring = a->forming.ring;
        m.refuse.promised = a->forming.ring.epoch;
        fleet_hear(f, 'C', 'A', inc, PACKET_REFUSE, &m);
    }
    assert_false(procset_has(&a->forming.members.in, 2)); /* not for ever */
    fleet_free(f);
}

/* B and C, while A does not run. */
static void who_is_busy_with_somebody_who_is_not_there_is_left_out(void **state)
{
    (void)state;
    struct fleet *f = fleet_of_three();
    struct core *b = fleet_core(f, 'B');
    uint64_t inc = core_incarnation(fleet_core(f, 'C'));
    union control m;
    fleet_kill(f, 'A');
    fleet_run(f, 5 * USEC_SECOND);
    struct roster members = *ring_members(b->ring);
    int tries = 0;
    for (; tries < 10; tries++) {
        if (core_state(b) == CORE_SEG) {
            b->gathering.group = members.in; /* as SEG would have it */
            states_move(b, move_to(CORE_GATHER, WHY_SMALLEST_HERE), f->now);
        }
        states_move(b, form_propose(b, &members, ECHO_SAYING, WHY_MERGE, f->now), f->now);
        memset(&m, 0, sizeof m);
        m.refuse = (struct refuse){.ring = b->forming.ring,
                                   .reason = REFUSE_BUSY,
                                   .busy = {.epoch = b->forming.ring.epoch + 2, .leader = 0}};
        fleet_hear(f, 'C', 'B', inc, PACKET_REFUSE, &m);
        if (core_state(b) != CORE_SEG)
            break;
    }
    assert_int_equal(tries, 3);
    assert_string_equal(fleet_view(f, 'B'), "B");
    fleet_free(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cannot_be_is_dropped_in_every_state_and_nobody_notices),
        cmocka_unit_test(who_is_not_in_the_ring_neither_accuses_nor_leaves),
        cmocka_unit_test(a_body_that_does_not_decode_is_counted),
        cmocka_unit_test(a_plan_out_of_reach_is_dropped),
        cmocka_unit_test(a_packet_size_that_holds_nothing_is_dropped_from_whomever_it_comes),
        cmocka_unit_test(sizes_above_our_own_and_members_that_were_not_asked_are_no_plan_for_us),
        cmocka_unit_test(numbers_of_the_old_ring_that_do_not_fit_stand_apart),
        cmocka_unit_test(who_calls_every_epoch_stale_does_not_keep_the_others_from_a_ring),
        cmocka_unit_test(a_refusal_as_stale_names_what_was_promised),
        cmocka_unit_test(who_is_busy_with_somebody_who_is_not_there_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
