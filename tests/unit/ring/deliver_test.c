/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "tests/unit/ring/rig.h"

static int begin(void **state)
{
    *state = rig_new("ABC", 'B');
    return 0;
}

static int end(void **state)
{
    rig_free(*state);
    return 0;
}

static void agreed_messages_go_up_in_the_order_of_their_numbers(void **state)
{
    struct rig *rig = *state;
    assert_true(rig_data(rig, 'A', 2, "b", SERVICE_AGREED));
    assert_true(rig_data(rig, 'C', 3, "c", SERVICE_AGREED));
    CHECK_DELIVERED(rig, "");
    assert_true(rig_data(rig, 'A', 1, "a", SERVICE_AGREED));
    CHECK_DELIVERED(rig, "abc");
}

static void a_packet_that_comes_twice_goes_up_once(void **state)
{
    struct rig *rig = *state;
    for (int i = 0; i < 2; i++)
        assert_true(rig_data(rig, 'A', 1, "a", SERVICE_AGREED));
    assert_true(rig_rdata(rig, 'C', 'A', 1, "a", 0));
    CHECK_DELIVERED(rig, "a");
    assert_int_equal(ring_counters(rig->ring).received_twice, 2);
}

static void a_safe_message_waits_until_two_visits_have_covered_it(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "s", SERVICE_SAFE);
    rig_data(rig, 'A', 2, "a", SERVICE_AGREED);
    struct token t = rig_next_token(rig, 2, 2);
    rig_token(rig, 'A', &t);
    CHECK_DELIVERED(rig, "");
    t = rig_next_token(rig, 2, 2);
    rig_token(rig, 'A', &t);
    CHECK_DELIVERED(rig, "sa");
}

static void an_aru_that_somebody_lowered_in_between_covers_nothing(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "s", SERVICE_SAFE);
    for (int i = 0; i < 3; i++) {
        struct token t = rig_next_token(rig, 1, i == 1 ? 0 : 1);
        t.aru_setter = i == 1 ? 2 : NO_PROC;
        rig_token(rig, 'A', &t);
        CHECK_DELIVERED(rig, "");
    }
    struct token t = rig_next_token(rig, 1, 1);
    rig_token(rig, 'A', &t);
    CHECK_DELIVERED(rig, "s");
}

static void what_is_not_of_this_ring_is_not_taken(void **state)
{
    struct rig *rig = *state;
    struct ring_id mine = rig->id;
    rig->id.nonce++;
    assert_false(rig_data(rig, 'A', 1, "x", SERVICE_AGREED));
    rig->id = mine;
    assert_false(rig_data(rig, 'D', 1, "x", SERVICE_AGREED)); /* no member */
    assert_false(rig_rdata(rig, 'A', 'D', 1, "x", 0));        /* of no member */
    CHECK_DELIVERED(rig, "");
}

static void what_was_sent_for_a_ring_to_come_is_not_taken_while_this_one_turns(void **state)
{
    struct rig *rig = *state;
    assert_false(rig_rdata(rig, 'A', 'C', 1, "x", 5));
    CHECK_DELIVERED(rig, "");
    assert_true(rig_rdata(rig, 'A', 'C', 1, "y", 0));
    CHECK_DELIVERED(rig, "y");
}

static void own_messages_go_up_with_the_others_in_the_order_of_the_ring(void **state)
{
    struct rig *rig = *state;
    rig_submit(rig, LANE_CLIENTS, "mine", SERVICE_AGREED);
    CHECK_DELIVERED(rig, "");
    struct token t = rig_next_token(rig, 1, 0);
    t.aru_setter = 1;
    rig_token(rig, 'A', &t);
    CHECK_DELIVERED(rig, ""); /* number 1 is still on its way */
    rig_data(rig, 'A', 1, "first ", SERVICE_AGREED);
    CHECK_DELIVERED(rig, "first mine");
}

static void a_number_far_ahead_is_dropped(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 2 * RIG_GAP + 1, "x", SERVICE_AGREED);
    rig_data(rig, 'A', UINT64_MAX, "x", SERVICE_AGREED);
    assert_int_equal(ring_counters(rig->ring).high, 0);
    rig_data(rig, 'A', 2 * RIG_GAP, "x", SERVICE_AGREED);
    assert_int_equal(ring_counters(rig->ring).high, 2 * RIG_GAP);
}

static void who_is_alone_delivers_at_once_and_sends_nothing(void **state)
{
    struct rig *rig = rig_new("A", 'A');
    (void)state;
    rig_submit(rig, LANE_CLIENTS, "safe ", SERVICE_SAFE);
    rig_submit(rig, LANE_CONTROL, "and control", SERVICE_AGREED);
    CHECK_DELIVERED(rig, "safe and control");
    CHECK_SENT(rig, "");
    rig_free(rig);
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, begin, end)

/* A tells of C's packets again and again, and C itself is not heard. */
static void who_is_heard_only_through_others_is_told_of_after_64_packets(void **state)
{
    struct rig *rig = *state;
    struct effect e;
    int told = 0;
    for (uint64_t seq = 1; seq <= 64; seq++) {
        rig_rdata(rig, 'A', 'C', seq, "x", 0);
        while (effects_next(&rig->effects, &e)) {
            told += e.kind == EFFECT_EVENT;
            if (e.kind == EFFECT_DELIVER)
                message_unref(&e.ordered.message);
        }
        assert_int_equal(told, seq == 64);
    }
    rig_data(rig, 'C', 65, "x", SERVICE_AGREED);
    assert_int_equal(rig->ring->roundabout[2], 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_RIG(agreed_messages_go_up_in_the_order_of_their_numbers),
        WITH_RIG(a_packet_that_comes_twice_goes_up_once),
        WITH_RIG(a_safe_message_waits_until_two_visits_have_covered_it),
        WITH_RIG(an_aru_that_somebody_lowered_in_between_covers_nothing),
        WITH_RIG(what_is_not_of_this_ring_is_not_taken),
        WITH_RIG(what_was_sent_for_a_ring_to_come_is_not_taken_while_this_one_turns),
        WITH_RIG(own_messages_go_up_with_the_others_in_the_order_of_the_ring),
        WITH_RIG(a_number_far_ahead_is_dropped),
        WITH_RIG(who_is_heard_only_through_others_is_told_of_after_64_packets),
        cmocka_unit_test(who_is_alone_delivers_at_once_and_sends_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
