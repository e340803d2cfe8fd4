/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/ring/pass.h"
#include "tests/unit/ring/rig.h"

static struct rig *rig_of(void **state)
{
    return *state;
}

static int begin_leader(void **state)
{
    *state = rig_new("ABC", 'A');
    return 0;
}

static int begin_member(void **state)
{
    *state = rig_new("ABC", 'B');
    return 0;
}

static int end(void **state)
{
    rig_free(*state);
    return 0;
}

/* The token comes back to the leader as it left, with nothing to do. */
static void come_round(struct rig *rig)
{
    struct token t = rig->token;
    t.hop += 2;
    rig_token(rig, 'C', &t);
}

/* Until it rests there. */
static void park(struct rig *rig)
{
    rig_time(rig, 0);
    for (int i = 0; i < 6 && !rig->ring->holding.parked; i++)
        come_round(rig);
    assert_true(rig->ring->holding.parked);
    rig_forget(rig);
}

static struct token held(const struct rig *rig)
{
    struct token t = rig_next_token(rig, 0, 0);
    t.flags = TOKEN_HELD;
    return t;
}

static void tokack(struct rig *rig, uint16_t sender, uint64_t hop, uint8_t flags)
{
    struct tokack m = {.tag = ring_id_tag(&rig->id), .hop = hop};
    struct received p = {.header = {.type = PACKET_TOKACK,
                                    .flags = flags,
                                    .sender = sender,
                                    .incarnation = 1000u + sender}};
    ring_on_tokack(rig->ring, &m, &p, rig->now);
}

static void hurry(struct rig *rig, uint16_t sender)
{
    struct hurry m = {.tag = ring_id_tag(&rig->id)};
    struct received p = {
        .header = {.type = PACKET_HURRY, .sender = sender, .incarnation = 1000u + sender}};
    ring_on_hurry(rig->ring, &m, &p, rig->now);
}

/* -- the token in motion --------------------------------------------------------------------- */

static void the_leader_launches_the_token_and_a_member_does_not(void **state)
{
    struct rig *leader = rig_of(state), *member = rig_new("ABC", 'B');
    rig_time(leader, 0);
    CHECK_SENT(leader, "T");
    assert_int_equal(leader->token.hop, 1);
    rig_time(member, 0);
    CHECK_SENT(member, "");
    rig_free(member);
}

static void a_token_goes_on_with_one_hop_more(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "T");
    assert_int_equal(rig->token.hop, t.hop + 1);
}

static void only_the_predecessor_or_a_grant_of_the_leader_passes_it_to_us(void **state)
{
    struct rig *rig = rig_new("ABCD", 'C');
    (void)state;
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'D', &t);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
    t.flags = TOKEN_GRANT;
    rig_token(rig, 'D', &t);
    CHECK_SENT(rig, "");
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "T");
    assert_int_equal(rig->token.flags & TOKEN_GRANT, 0);
    rig_free(rig);
}

static void a_token_that_came_before_is_not_visited_again(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    rig_forget(rig);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
}

static void a_token_nobody_honest_can_have_written_is_dropped(void **state)
{
    struct rig *rig = rig_of(state);
    rig_data(rig, 'A', 5, "x", SERVICE_AGREED);
    struct token t = rig_next_token(rig, 4, 0); /* it does not know number 5 */
    rig_token(rig, 'A', &t);
    t = rig_next_token(rig, 2 * RIG_GAP + 1, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
}

static void a_token_without_a_trace_is_sent_again_until_patience_ends(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    rig_forget(rig);
    rig_time(rig, pace_resend(&rig->pace) - 1);
    CHECK_SENT(rig, "");
    rig_time(rig, 1);
    CHECK_SENT(rig, "T");
    assert_int_equal(rig->alarm, RING_QUIET);
    usec sent_at = rig->ring->holding.first_sent_at;
    rig_time(rig, sent_at + pace_ask(&rig->pace, rig->now) - rig->now);
    assert_int_equal(rig->alarm, RING_SUCCESSOR_LATE);
    assert_int_equal(ring_silence(rig->ring, 2), SILENCE_LATE);
    rig_time(rig, sent_at + pace_suspicion(&rig->pace, rig->now) - rig->now);
    assert_int_equal(rig->alarm, RING_SUCCESSOR_SILENT);
    rig_forget(rig);
    rig_time(rig, 500 * USEC_MS);
    CHECK_SENT(rig, "T"); /* it may go on */
    assert_int_equal(rig->alarm, RING_QUIET);
    rig_time(rig, sent_at + pace_token_timeout(&rig->pace) - rig->now);
    assert_int_equal(rig->alarm, RING_SUCCESSOR_LOST);
    assert_int_equal(ring_silence(rig->ring, 0), SILENCE_NONE);
}

static void an_acknowledged_token_is_not_sent_again(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    rig_forget(rig);
    tokack(rig, 0, rig->token.hop, 0); /* from another than we sent it to: no proof */
    rig_time(rig, pace_resend(&rig->pace));
    CHECK_SENT(rig, "T");
    tokack(rig, 2, rig->token.hop, 0);
    rig_time(rig, pace_suspicion(&rig->pace, rig->now));
    CHECK_SENT(rig, "");
    assert_int_equal(rig->alarm, RING_QUIET);
}

static void without_a_token_for_the_timeout_the_ring_is_lost(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    tokack(rig, 2, rig->token.hop, 0);
    rig_time(rig, pace_token_timeout(&rig->pace) - 1);
    assert_int_equal(rig->alarm, RING_QUIET);
    ring_forgive(rig->ring, 10, rig->now);
    rig_time(rig, 10);
    assert_int_equal(rig->alarm, RING_QUIET);
    rig_time(rig, 1);
    assert_int_equal(rig->alarm, RING_TOKEN_LOST);
}

/* -- at rest ----------------------------------------------------------------------------------- */

static void a_token_with_nothing_to_do_comes_to_rest_and_shows_itself_now_and_then(void **state)
{
    struct rig *rig = rig_of(state);
    park(rig);
    rig_time(rig, pace_idle(&rig->pace) - 1);
    CHECK_SENT(rig, "");
    rig_time(rig, 1);
    CHECK_SENT(rig, "T");
    assert_true(rig->token.flags & TOKEN_RESTED);
}

static void it_does_not_rest_while_somebody_lacks_a_packet(void **state)
{
    struct rig *rig = rig_of(state);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    rig_time(rig, 0);
    for (int i = 0; i < 20; i++) {
        struct token t = rig->token;
        t.hop += 2;
        t.aru = 0;
        t.aru_setter = 2;
        rig_token(rig, 'C', &t);
        assert_false(rig->ring->holding.parked);
        assert_false(rig->token.flags & TOKEN_HELD);
    }
}

static void a_message_of_the_leader_sets_it_off_at_once(void **state)
{
    struct rig *rig = rig_of(state);
    park(rig);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    assert_true(ring_deadline(rig->ring) <= rig->now);
    rig_time(rig, 0);
    assert_int_equal(rig->token.seq, 1);
}

static void a_member_in_a_hurry_is_granted_it(void **state)
{
    struct rig *rig = rig_of(state);
    park(rig);
    hurry(rig, 3); /* no member */
    CHECK_SENT(rig, "");
    hurry(rig, 2);
    CHECK_SENT(rig, "T");
    assert_true(rig->token.flags & TOKEN_GRANT);
    assert_int_equal(rig->ring->holding.sent_to, 2);
    hurry(rig, 1); /* it is under way already */
    CHECK_SENT(rig, "");
}

/* It had passed there when the message came, and still said that it would rest. */
static void who_asks_while_the_token_is_on_its_way_to_its_rest_is_granted_it_then(void **state)
{
    struct rig *rig = rig_of(state);
    park(rig);
    rig_time(rig, pace_idle(&rig->pace));
    CHECK_SENT(rig, "T");
    assert_true(rig->token.flags & TOKEN_HELD);
    hurry(rig, 2);
    CHECK_SENT(rig, "");
    come_round(rig);
    CHECK_SENT(rig, "T");
    assert_true(rig->token.flags & TOKEN_GRANT);
    assert_int_equal(rig->ring->holding.sent_to, 2);
    assert_false(rig->ring->holding.parked);
}

static void who_asks_while_it_goes_round_is_not_remembered(void **state)
{
    struct rig *rig = rig_of(state);
    rig_time(rig, 0);
    hurry(rig, 2);
    for (int i = 0; i < 9 && !rig->ring->holding.parked; i++)
        come_round(rig);
    assert_true(rig->ring->holding.parked);
}

static void a_member_asks_for_a_token_at_rest_until_it_comes(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = held(rig);
    rig_token(rig, 'A', &t);
    tokack(rig, 2, rig->token.hop, 0);
    rig_forget(rig);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    rig_time(rig, 0);
    CHECK_SENT(rig, "H");
    rig_time(rig, pace_resend(&rig->pace));
    CHECK_SENT(rig, "H");
    t = rig_next_token(rig, 0, 0);
    t.flags = TOKEN_GRANT | TOKEN_RESTED;
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.seq, 1);
}

static void a_leader_that_shows_no_life_while_it_holds_the_token_is_reported(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = held(rig);
    rig_token(rig, 'A', &t);
    tokack(rig, 2, rig->token.hop, 0);
    rig_forget(rig);
    rig_time(rig, pace_idle(&rig->pace) / 2);
    CHECK_SENT(rig, "K"); /* does it live? */
    tokack(rig, 0, 0, 0);
    usec from = rig->now + pace_idle(&rig->pace);
    rig_time(rig, from + pace_ask(&rig->pace, rig->now) - 1 - rig->now);
    assert_int_equal(rig->alarm, RING_QUIET);
    rig_time(rig, 1);
    assert_int_equal(rig->alarm, RING_LEADER_LATE);
    rig_time(rig, from + pace_suspicion(&rig->pace, rig->now) - rig->now);
    assert_int_equal(rig->alarm, RING_LEADER_SILENT);
    assert_int_equal(ring_silence(rig->ring, 0), SILENCE_LONG);
    rig_time(rig, from + pace_token_timeout(&rig->pace) - rig->now);
    assert_int_equal(rig->alarm, RING_LEADER_LOST);
}

static void a_member_that_receives_nothing_is_found_out_by_time(void **state)
{
    struct rig *rig = rig_of(state);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    rig_time(rig, 0);
    for (usec i = 0; i < 3; i++) {
        struct token t = rig->token;
        t.hop += 2;
        t.aru = 0;
        t.aru_setter = 2;
        rig->now += i * pace_token_timeout(&rig->pace);
        rig_token(rig, 'C', &t);
        assert_int_equal(rig->alarm, i < 2 ? RING_QUIET : RING_DEAF);
    }
    assert_int_equal(ring_deaf(rig->ring), 2);
}

/* The pause was over when the packets that had waited were taken in, and so aru had moved just now:
 * that is not to be put off. */
static void whoever_is_behind_just_after_a_pause_of_ours_is_not_deaf(void **state)
{
    struct rig *rig = rig_of(state);
    rig_time(rig, 0);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    come_round(rig);
    ring_forgive(rig->ring, 200 * USEC_MS, rig->now);
    for (int i = 0; i < 4; i++) {
        struct token t = rig->token;
        t.hop += 2;
        t.aru = 0;
        t.aru_setter = 2;
        rig_token(rig, 'C', &t);
        assert_int_equal(rig->alarm, RING_QUIET);
    }
}

/* -- numbers --------------------------------------------------------------------------------- */

/* Everything up to 5 is with everybody, for a whole rotation, and the token is to be parked. */
static void be_idle(struct rig *rig)
{
    struct ring *r = rig->ring;
    hold_forget(r);
    window_skip_to(&r->window, 5);
    r->holding.token = (struct token){.flags = TOKEN_HELD, .seq = 5, .aru = 5};
    r->holding.visit_aru = 5;
}

static void the_token_rests_only_when_nobody_has_anything_to_do(void **state)
{
    struct rig *rig = rig_of(state);
    struct ring *r = rig->ring;
    struct token *t = &r->holding.token;
    be_idle(rig);
    assert_true(hold_if_idle(r, rig->now));
    be_idle(rig);
    t->aru = 4;
    assert_false(hold_if_idle(r, rig->now));
    assert_int_equal(t->flags & TOKEN_HELD, 0);
    be_idle(rig);
    r->holding.visit_aru = 4; /* for half a rotation */
    assert_false(hold_if_idle(r, rig->now));
    be_idle(rig);
    window_skip_to(&r->window, 4);
    assert_false(hold_if_idle(r, rig->now));
    be_idle(rig);
    t->backlog = 1;
    assert_false(hold_if_idle(r, rig->now));
    be_idle(rig);
    t->request_count = 1;
    assert_false(hold_if_idle(r, rig->now));
    be_idle(rig);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    assert_false(hold_if_idle(r, rig->now));
}

static void a_token_that_was_wanted_rests_after_two_milliseconds_or_four_idle_rounds(void **state)
{
    struct rig *rig = rig_of(state);
    struct ring *r = rig->ring;
    uint16_t *flags = &r->holding.token.flags;
    hurry(rig, 2);
    assert_int_equal(r->holding.busy_until, rig->now + 2 * USEC_MS);
    be_idle(rig);
    *flags = 0;
    assert_false(hold_if_idle(r, r->holding.busy_until - 1));
    assert_int_equal(*flags, 0);
    assert_false(hold_if_idle(r, r->holding.busy_until));
    assert_int_equal(*flags, TOKEN_HELD);

    r->holding.idle_rounds = 0;
    for (int round = 1; round <= 4; round++) {
        *flags = 0;
        hold_if_idle(r, r->holding.busy_until - 1);
        assert_int_equal(*flags, round == 4 ? TOKEN_HELD : 0);
    }
}

static void a_token_at_rest_is_neither_lost_nor_sent_again(void **state)
{
    struct rig *rig = rig_of(state);
    park(rig);
    assert_int_equal(rig->ring->lost_at, NEVER);
    assert_int_equal(rig->ring->resend_at, NEVER);
    assert_int_equal(ring_deadline(rig->ring), rig->now + pace_idle(&rig->pace));
}

static void each_round_of_the_leader_has_a_number_and_begins_without_marks(void **state)
{
    struct rig *rig = rig_of(state);
    rig_time(rig, 0);
    assert_int_equal(rig->token.round, 1);
    struct token t = rig->token;
    t.hop += 2;
    t.flags = TOKEN_RESTED;
    rig_token(rig, 'C', &t);
    assert_int_equal(rig->token.round, 2);
    assert_int_equal(rig->token.flags & TOKEN_RESTED, 0);
    park(rig);
    uint32_t rested = rig->ring->holding.token.round;
    rig_time(rig, pace_idle(&rig->pace));
    assert_int_equal(rig->token.round, rested + 1);
}

static void a_rotation_that_rested_says_nothing_about_how_long_one_takes(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->pace.rotation.count[0], 0); /* there was none before it */
    t = rig_next_token(rig, 0, 0);
    t.flags = TOKEN_RESTED;
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->pace.rotation.count[0], 0);
    t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->pace.rotation.count[0], 1);
}

static void each_time_it_is_sent_again_half_as_much_later_up_to_the_hurry_timeout(void **state)
{
    struct rig *rig = rig_of(state);
    struct holding *h = &rig->ring->holding;
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    usec wait = pace_resend(&rig->pace);
    assert_int_equal(h->resend_wait, wait);
    rig_time(rig, wait);
    assert_int_equal(h->resend_wait, wait * 3 / 2);
    h->resend_wait = pace_hurry_timeout(&rig->pace) - 1;
    rig_time(rig, rig->ring->resend_at - rig->now);
    assert_int_equal(h->resend_wait, pace_hurry_timeout(&rig->pace));
}

static void a_token_that_has_come_is_known_by_its_hop(void **state)
{
    struct rig *rig = rig_of(state);
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    rig_forget(rig);
    t.hop = rig->ring->holding.hop; /* as we have passed it on */
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
    t.hop++;
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "T");
}

static void a_token_may_be_ahead_by_the_window_and_ask_from_behind_what_is_stable(void **state)
{
    struct rig *rig = rig_of(state);
    window_skip_to(&rig->ring->window, 5);
    rig->ring->window.stable = 5;
    struct token t = rig_next_token(rig, 5 + rig->ring->window.size, 5);
    t.aru_setter = 2;
    t.request_count = 1;
    t.requests[0] = (struct token_request){.from = 5, .count = 1, .requester = 2};
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "");
    t.requests[0].from = 6;
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "T");
}

/* A packet that was sent during our own or a later token. */
static void a_packet_of_a_later_token_shows_that_the_ring_turns(void **state)
{
    struct rig *rig = rig_of(state);
    struct ring *r = rig->ring;
    struct token t = rig_next_token(rig, 0, 0);
    rig_token(rig, 'A', &t);
    usec again = r->resend_at, lost = r->lost_at;
    rig->now += 10;
    rig->data_hop = r->holding.hop - 1;
    rig_data(rig, 'C', 1, "x", SERVICE_AGREED);
    assert_int_equal(r->resend_at, again);
    assert_int_equal(r->lost_at, lost);
    rig->data_hop = r->holding.hop;
    rig_data(rig, 'C', 2, "x", SERVICE_AGREED);
    assert_int_equal(r->resend_at, NEVER);
    assert_int_equal(r->lost_at, rig->now + pace_token_timeout(&rig->pace));
}

/* Type and ACKREQ of the next packet that leaves. */
static bool asks_for_an_answer(struct rig *rig, unsigned type)
{
    struct sending s;
    struct packet_header h;
    assert_true(outlet_next(&rig->outlet, &s));
    assert_true(packet_header_decode(&h, s.bytes, s.len));
    block_unref(s.block);
    assert_int_equal(h.type, type);
    return h.flags & PACKET_ACKREQ;
}

static void who_passes_a_token_to_its_rest_asks_whether_it_has_come(void **state)
{
    struct rig *rig = rig_of(state);
    struct ring *r = rig->ring;
    r->holding.token = (struct token){.ring = rig->id};
    pass_token(r, 2, rig->now);
    assert_false(asks_for_an_answer(rig, PACKET_TOKEN));
    r->holding.token.flags = TOKEN_HELD;
    pass_token(r, 2, rig->now);
    assert_true(asks_for_an_answer(rig, PACKET_TOKEN));
}

static void a_leader_at_rest_is_asked_twice_in_the_time_that_it_rests(void **state)
{
    struct rig *rig = rig_of(state);
    usec half = pace_idle(&rig->pace) / 2;
    struct token t = held(rig);
    rig_token(rig, 'A', &t);
    tokack(rig, 2, rig->token.hop, 0);
    rig_forget(rig);
    for (int i = 0; i < 3; i++) {
        rig_time(rig, half - 1);
        CHECK_SENT(rig, "");
        rig_time(rig, 1);
        CHECK_SENT(rig, "K");
        tokack(rig, 0, 0, 0);
    }
}

#define AS_LEADER(test) cmocka_unit_test_setup_teardown(test, begin_leader, end)
#define AS_MEMBER(test) cmocka_unit_test_setup_teardown(test, begin_member, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        AS_LEADER(the_leader_launches_the_token_and_a_member_does_not),
        AS_MEMBER(a_token_goes_on_with_one_hop_more),
        cmocka_unit_test(only_the_predecessor_or_a_grant_of_the_leader_passes_it_to_us),
        AS_MEMBER(a_token_that_came_before_is_not_visited_again),
        AS_MEMBER(a_token_nobody_honest_can_have_written_is_dropped),
        AS_MEMBER(a_token_without_a_trace_is_sent_again_until_patience_ends),
        AS_MEMBER(an_acknowledged_token_is_not_sent_again),
        AS_MEMBER(without_a_token_for_the_timeout_the_ring_is_lost),
        AS_LEADER(a_token_with_nothing_to_do_comes_to_rest_and_shows_itself_now_and_then),
        AS_LEADER(it_does_not_rest_while_somebody_lacks_a_packet),
        AS_LEADER(a_message_of_the_leader_sets_it_off_at_once),
        AS_LEADER(a_member_in_a_hurry_is_granted_it),
        AS_LEADER(who_asks_while_the_token_is_on_its_way_to_its_rest_is_granted_it_then),
        AS_LEADER(who_asks_while_it_goes_round_is_not_remembered),
        AS_MEMBER(a_member_asks_for_a_token_at_rest_until_it_comes),
        AS_MEMBER(a_leader_that_shows_no_life_while_it_holds_the_token_is_reported),
        AS_LEADER(whoever_is_behind_just_after_a_pause_of_ours_is_not_deaf),
        AS_LEADER(a_member_that_receives_nothing_is_found_out_by_time),
        AS_LEADER(the_token_rests_only_when_nobody_has_anything_to_do),
        AS_LEADER(a_token_that_was_wanted_rests_after_two_milliseconds_or_four_idle_rounds),
        AS_LEADER(a_token_at_rest_is_neither_lost_nor_sent_again),
        AS_LEADER(each_round_of_the_leader_has_a_number_and_begins_without_marks),
        AS_MEMBER(a_rotation_that_rested_says_nothing_about_how_long_one_takes),
        AS_MEMBER(each_time_it_is_sent_again_half_as_much_later_up_to_the_hurry_timeout),
        AS_MEMBER(a_token_that_has_come_is_known_by_its_hop),
        AS_MEMBER(a_token_may_be_ahead_by_the_window_and_ask_from_behind_what_is_stable),
        AS_MEMBER(a_packet_of_a_later_token_shows_that_the_ring_turns),
        AS_MEMBER(who_passes_a_token_to_its_rest_asks_whether_it_has_come),
        AS_MEMBER(a_leader_at_rest_is_asked_twice_in_the_time_that_it_rests),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
