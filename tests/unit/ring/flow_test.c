/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "tests/unit/ring/rig.h"

enum { WAITING = 200 };

/* More waits than any window lets through. */
static int begin(void **state)
{
    static char text[1000];
    struct rig *rig = rig_new("ABC", 'B');
    memset(text, 'x', sizeof text - 1);
    for (int i = 0; i < WAITING; i++)
        rig_submit(rig, LANE_CLIENTS, text, SERVICE_AGREED);
    rig->conf->personal_window_written = true;
    *state = rig;
    return 0;
}

static int end(void **state)
{
    rig_free(*state);
    return 0;
}

/* How many packets a visit of this token sends. */
static uint64_t sends(struct rig *rig, const struct token *t)
{
    uint64_t before = ring_counters(rig->ring).packets_sent;
    rig_token(rig, 'A', t);
    rig_forget(rig);
    return ring_counters(rig->ring).packets_sent - before;
}

static void a_visit_sends_the_personal_window_at_most(void **state)
{
    struct token t = rig_next_token(*state, 0, 0);
    t.personal = 5;
    assert_int_equal(sends(*state, &t), 5);
}

static void what_the_others_sent_is_taken_from_the_window(void **state)
{
    struct token t = rig_next_token(*state, 0, 0);
    t.sent = 33;
    assert_int_equal(sends(*state, &t), 7);
}

static void own_packets_of_the_last_rotation_do_not_count_twice(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.personal = 20;
    assert_int_equal(sends(rig, &t), 20);
    assert_int_equal(rig->token.sent, 20);
    t = rig_next_token(rig, 20, 20);
    t.sent = 20;
    assert_int_equal(sends(rig, &t), 20);
    assert_int_equal(rig->token.sent, 20);
}

static void the_slowest_receiver_stops_the_ring_at_the_gap(void **state)
{
    struct rig *rig = *state;
    for (uint64_t seq = 1; seq <= RIG_GAP; seq++)
        rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
    struct token t = rig_next_token(rig, RIG_GAP - 3, 0);
    t.seq = RIG_GAP;
    t.aru = 3;
    t.aru_setter = 2;
    assert_int_equal(sends(rig, &t), 3);
    t = rig_next_token(rig, RIG_GAP + 3, 3);
    t.aru_setter = 2;
    assert_int_equal(sends(rig, &t), 0);
}

static void no_number_falls_on_the_place_of_a_packet_that_is_still_kept(void **state)
{
    enum { KEPT = 2 * RIG_GAP - 2 * RIG_GAP / 8 }; /* aru says that all have them; stable does not yet */
    struct rig *rig = *state;
    for (uint64_t seq = 1; seq <= KEPT; seq++)
        rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
    struct token t = rig_next_token(rig, KEPT, KEPT);
    assert_int_equal(sends(rig, &t), 0);
    t = rig_next_token(rig, KEPT, KEPT);
    assert_int_equal(sends(rig, &t), 0); /* the second one covers it, when all is said */
    t = rig_next_token(rig, KEPT, KEPT);
    assert_true(sends(rig, &t) > 0);
}

static void shares_follow_backlogs_when_more_waits_than_the_window(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.personal = 40;
    rig->conf->personal_window = 40;
    t.backlog = 3 * flow_backlog(rig->ring);
    assert_int_equal(sends(rig, &t), 10); /* a quarter of the window of 40 */
}

static void who_was_left_out_has_a_turn_though_the_window_is_used_up(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.sent = 40;
    assert_int_equal(sends(rig, &t), 1);
    t = rig_next_token(rig, 1, 1);
    t.sent = 41;
    assert_int_equal(sends(rig, &t), 0);
    t = rig_next_token(rig, 1, 1);
    t.sent = 40;
    assert_int_equal(sends(rig, &t), 1);
}

static void a_window_of_0_stops_clients_and_never_group_control(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.window = 0;
    assert_int_equal(sends(rig, &t), 0);
    rig_submit(rig, LANE_CONTROL, "groups", SERVICE_AGREED);
    t = rig_next_token(rig, 0, 0);
    t.window = 0;
    rig_token(rig, 'A', &t);
    CHECK_DELIVERED(rig, "groups");
}

static void sums_that_no_honest_member_wrote_do_no_harm(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.backlog = UINT32_MAX - flow_backlog(rig->ring) + 1;
    assert_int_equal(sends(rig, &t), 1);
    t = rig_next_token(rig, 1, 1);
    t.sent = t.backlog = UINT32_MAX;
    sends(rig, &t);
}

static void a_monitor_changes_what_it_names_and_keeps_the_rest(void **state)
{
    struct rig *rig = *state;
    struct ring_windows before = ring_windows(rig->ring), after;
    ring_set_windows(rig->ring, &(struct ring_windows){-1, 3, -1});
    after = ring_windows(rig->ring);
    assert_int_equal(after.window, before.window);
    assert_int_equal(after.personal, 3);
    assert_int_equal(after.accelerated, before.accelerated);
    struct token t = rig_next_token(rig, 0, 0);
    assert_int_equal(sends(rig, &t), 3);
}

static void with_acceleration_the_last_packets_leave_behind_the_token(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    rig->conf->accelerated_runs = true;
    ring_set_windows(rig->ring, &(struct ring_windows){-1, 5, 2});
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "D1D2D3TD4D5");
    assert_int_equal(rig->token.seq, 5);
}

/* The next view, of the same three. */
static void install_next(struct rig *rig, uint32_t capacity)
{
    static struct accept a;
    ring_freeze(rig->ring, &a);
    struct commit c = rig_plan(rig, "ABC", "ABC");
    c.capacity = capacity;
    rig_install(rig, &c);
}

/* What we sent last is no part of the sum on a new token. */
static void the_first_round_of_a_view_counts_nothing_of_the_view_before(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.personal = 20;
    assert_int_equal(sends(rig, &t), 20);
    install_next(rig, 0);
    t = rig_next_token(rig, 0, 0);
    t.sent = 33;
    assert_int_equal(sends(rig, &t), 7);
}

static void the_smallest_receive_buffer_bounds_the_window_from_the_first_round_on(void **state)
{
    struct rig *rig = rig_new("ABC", 'A');
    (void)state;
    install_next(rig, 60);
    rig_time(rig, 0);
    rig_drain(rig);
    assert_int_equal(rig->token.window, 30);
    rig_free(rig);
}

/* -- the window ------------------------------------------------------------------------------ */

static struct flow *flow_of(struct rig *rig)
{
    return &rig->ring->flow;
}

/* So many rounds in which so many packets were sent. Returns the window in force then. */
static uint32_t rounds(struct rig *rig, int count, uint32_t sent, bool lost_some)
{
    struct token t = {.sent = sent};
    for (int i = 0; i < count; i++)
        flow_next_round(rig->ring, &t, lost_some);
    return flow_of(rig)->window;
}

static void a_window_that_limits_grows_by_four_after_eight_rounds_without_a_loss(void **state)
{
    struct rig *rig = *state;
    flow_of(rig)->window = 100;
    assert_int_equal(rounds(rig, 7, 100, false), 100);
    assert_int_equal(rounds(rig, 1, 100, false), 104);
    assert_int_equal(rounds(rig, 5, 103, false), 104); /* it does not limit */
    assert_int_equal(rounds(rig, 2, 108, false), 112);
    rounds(rig, 1, 112, true);
    flow_of(rig)->window = 100;
    assert_int_equal(rounds(rig, 7, 200, false), 100);
    assert_int_equal(rounds(rig, 1, 200, false), 104);
}

static void a_loss_cuts_the_window_to_70_in_100_and_not_in_each_round(void **state)
{
    struct rig *rig = *state;
    flow_of(rig)->window = 1000;
    assert_int_equal(rounds(rig, 2, 0, true), 1000);
    assert_int_equal(rounds(rig, 1, 0, true), 700);
    assert_int_equal(rounds(rig, 2, 0, true), 700);
    assert_int_equal(rounds(rig, 1, 0, true), 490);
}

static void the_window_is_20_at_least_and_4096_at_most(void **state)
{
    struct rig *rig = *state;
    flow_of(rig)->window = 25;
    assert_int_equal(rounds(rig, 3, 0, true), 20);
    flow_of(rig)->window = 4090;
    assert_int_equal(rounds(rig, 8, 5000, false), 4094);
    assert_int_equal(rounds(rig, 1, 5000, false), 4096);
    assert_int_equal(rounds(rig, 1, 5000, false), 4096);
}

static void the_window_is_half_of_the_smallest_buffer_at_most_and_20_in_any_case(void **state)
{
    struct rig *rig = *state;
    flow_of(rig)->window = 100;
    flow_of(rig)->capacity = 62;
    assert_int_equal(rounds(rig, 1, 0, false), 31);
    flow_of(rig)->capacity = 10;
    assert_int_equal(rounds(rig, 1, 0, false), 20);
}

static void a_token_carries_half_the_gap_at_most(void **state)
{
    struct rig *rig = *state;
    struct token t = {0};
    flow_of(rig)->window = RIG_GAP / 2 + 1;
    flow_next_round(rig->ring, &t, false);
    assert_int_equal(t.window, RIG_GAP / 2);
    flow_of(rig)->window = RIG_GAP / 2 - 1;
    flow_next_round(rig->ring, &t, false);
    assert_int_equal(t.window, RIG_GAP / 2 - 1);
}

static void a_window_that_was_ordered_or_written_neither_grows_nor_falls(void **state)
{
    struct rig *rig = *state;
    ring_set_windows(rig->ring, &(struct ring_windows){30, -1, -1});
    assert_int_equal(rounds(rig, 9, 0, true), 30);
    assert_int_equal(rounds(rig, 9, 100, false), 30);
    ring_on_options(rig->ring); /* the order is forgotten */
    rig->conf->window_written = true;
    rig->conf->window = 50;
    assert_int_equal(rounds(rig, 9, 100, false), 50);
}

/* -- shares ---------------------------------------------------------------------------------- */

static void a_personal_window_that_nobody_has_written_is_no_cap(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    rig->conf->personal_window_written = false;
    t.personal = 5;
    assert_int_equal(sends(rig, &t), 40); /* nobody else has anything to send */
}

static void the_smallest_share_is_one_packet(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    flow_of(rig)->my_sent = t.sent = 1; /* so that it is not its turn anyway */
    t.backlog = 1000 * flow_backlog(rig->ring);
    assert_int_equal(sends(rig, &t), 1);
}

static void what_was_sent_again_is_taken_from_the_window_and_booked(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    assert_int_equal(flow_allow(rig->ring, &t, 35), 5);
    flow_settle(rig->ring, &t, 5, 35);
    assert_int_equal(t.sent, 40);
    flow_settle(rig->ring, &t, 1, 2); /* the next visit takes the place of that */
    assert_int_equal(t.sent, 3);
}

static void what_waits_here_stands_in_the_sum_once(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    t.backlog = 7;
    for (int i = 0; i < 3; i++) {
        flow_allow(rig->ring, &t, 0);
        assert_int_equal(t.backlog, 7 + flow_backlog(rig->ring));
    }
}

static void under_way_is_what_waits_everywhere_and_what_has_a_number_but_is_not_delivered(void **state)
{
    struct rig *rig = *state;
    struct ring *r = rig->ring;
    struct token t = rig_next_token(rig, 0, 0);
    size_t room = outlet_room(r->setup.outlet);
    t.backlog = 7;
    flow_allow(r, &t, 0);
    r->holding.token.seq = r->position.seq;
    assert_int_equal(ring_under_way(r), (7 + flow_backlog(r)) * room);
    r->holding.token.seq += 3;
    assert_int_equal(ring_under_way(r), (10 + flow_backlog(r)) * room);
    r->holding.token.seq = 0; /* of the view before */
    r->position.seq = 3;
    assert_int_equal(ring_under_way(r), (7 + flow_backlog(r)) * room);
}

static void a_lane_that_is_shut_has_no_backlog(void **state)
{
    struct rig *rig = *state;
    assert_true(flow_backlog(rig->ring) > 0);
    rig->ring->lane_open = false;
    assert_int_equal(flow_backlog(rig->ring), 0);
    rig_submit(rig, LANE_CONTROL, "groups", SERVICE_AGREED);
    assert_int_equal(flow_backlog(rig->ring), 1);
}

static void no_packet_follows_the_token_where_the_ring_is_not_accelerated(void **state)
{
    struct rig *rig = *state;
    ring_set_windows(rig->ring, &(struct ring_windows){-1, -1, 5});
    assert_int_equal(flow_late(rig->ring), 0);
    rig->conf->accelerated_runs = true;
    assert_int_equal(flow_late(rig->ring), 5);
}

#define WITH_BACKLOG(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_BACKLOG(a_visit_sends_the_personal_window_at_most),
        WITH_BACKLOG(what_the_others_sent_is_taken_from_the_window),
        WITH_BACKLOG(own_packets_of_the_last_rotation_do_not_count_twice),
        WITH_BACKLOG(the_slowest_receiver_stops_the_ring_at_the_gap),
        WITH_BACKLOG(no_number_falls_on_the_place_of_a_packet_that_is_still_kept),
        WITH_BACKLOG(shares_follow_backlogs_when_more_waits_than_the_window),
        WITH_BACKLOG(who_was_left_out_has_a_turn_though_the_window_is_used_up),
        WITH_BACKLOG(a_window_of_0_stops_clients_and_never_group_control),
        WITH_BACKLOG(sums_that_no_honest_member_wrote_do_no_harm),
        WITH_BACKLOG(a_monitor_changes_what_it_names_and_keeps_the_rest),
        WITH_BACKLOG(with_acceleration_the_last_packets_leave_behind_the_token),
        WITH_BACKLOG(the_first_round_of_a_view_counts_nothing_of_the_view_before),
        WITH_BACKLOG(a_window_that_limits_grows_by_four_after_eight_rounds_without_a_loss),
        WITH_BACKLOG(a_loss_cuts_the_window_to_70_in_100_and_not_in_each_round),
        WITH_BACKLOG(the_window_is_20_at_least_and_4096_at_most),
        WITH_BACKLOG(the_window_is_half_of_the_smallest_buffer_at_most_and_20_in_any_case),
        WITH_BACKLOG(a_token_carries_half_the_gap_at_most),
        WITH_BACKLOG(a_window_that_was_ordered_or_written_neither_grows_nor_falls),
        WITH_BACKLOG(a_personal_window_that_nobody_has_written_is_no_cap),
        WITH_BACKLOG(the_smallest_share_is_one_packet),
        WITH_BACKLOG(what_was_sent_again_is_taken_from_the_window_and_booked),
        WITH_BACKLOG(what_waits_here_stands_in_the_sum_once),
        WITH_BACKLOG(under_way_is_what_waits_everywhere_and_what_has_a_number_but_is_not_delivered),
        WITH_BACKLOG(a_lane_that_is_shut_has_no_backlog),
        WITH_BACKLOG(no_packet_follows_the_token_where_the_ring_is_not_accelerated),
        cmocka_unit_test(the_smallest_receive_buffer_bounds_the_window_from_the_first_round_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
