/* SPDX-License-Identifier: MIT
 *
 * Values that decode and cannot be: each is dropped under its own reason, and the ring turns on as if
 * it had not come.
 */
#include "tests/support/test.h"

#include "tests/unit/ring/rig.h"

/* Number 3 is known to be with all, 5 is here, 6 is on the token and is missing. */
static int begin(void **state)
{
    struct rig *rig = rig_new("ABC", 'B');
    for (uint64_t seq = 1; seq <= 3; seq++)
        rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
    for (int round = 1; round <= 2; round++) {
        struct token t = rig_next_token(rig, 3, 3);
        rig_token(rig, 'A', &t);
    }
    rig_data(rig, 'A', 4, "x", SERVICE_AGREED);
    rig_data(rig, 'A', 5, "x", SERVICE_AGREED);
    struct token t = rig_next_token(rig, 6, 5);
    t.aru_setter = 2;
    rig_token(rig, 'A', &t);
    rig_forget(rig);
    assert_int_equal(rig->ring->window.stable, 3);
    assert_int_equal(rig->ring->window.aru, 5);
    *state = rig;
    return 0;
}

static int end(void **state)
{
    rig_free(*state);
    return 0;
}

/* Exactly so many were dropped, all for that reason. */
static void check_doubts(struct rig *rig, enum why why, unsigned times)
{
    rig_drain(rig);
    for (int i = 0; i < WHYS; i++)
        assert_int_equal(rig->doubts[i], i == (int)why ? times : 0);
}

/* -- tokens -------------------------------------------------------------------------------- */

static void lie_hop(struct token *t)
{
    t->hop += 1ull << 40;
}

static void lie_hop_to_the_end(struct token *t)
{
    t->hop = UINT64_MAX; /* the next would be 0 */
}

static void lie_round(struct token *t)
{
    t->round--;
}

static void lie_seq_below_what_is_here(struct token *t)
{
    t->seq = t->aru = 4;
}

static void lie_seq_below_the_last_token(struct token *t)
{
    t->seq = 5; /* 6 was given out */
}

static void lie_seq_out_of_reach(struct token *t)
{
    t->seq = 3 + 2 * RIG_GAP + 1;
}

static void lie_seq_at_the_end_of_numbers(struct token *t)
{
    t->seq = UINT64_MAX;
}

static void lie_aru(struct token *t)
{
    t->aru = 2; /* 3 has been with all */
}

static void lie_setter(struct token *t)
{
    t->aru_setter = 3;
}

static void ask(struct token *t, uint64_t from, uint16_t count, uint16_t requester)
{
    t->request_count = 1;
    t->requests[0] = (struct token_request){.from = from, .count = count, .requester = requester};
}

static void lie_request_of_stranger(struct token *t)
{
    ask(t, 6, 1, 3);
}

static void lie_request_of_the_past(struct token *t)
{
    ask(t, 1, 6, 2);
}

static void tokens_that_cannot_be_are_dropped(void **state)
{
    static const struct {
        void (*lie)(struct token *t);
        enum why why;
    } lies[] = {
        {lie_hop, DOUBT_TOKEN},
        {lie_hop_to_the_end, DOUBT_TOKEN},
        {lie_round, DOUBT_TOKEN},
        {lie_seq_below_what_is_here, DOUBT_TOKEN},
        {lie_seq_below_the_last_token, DOUBT_TOKEN},
        {lie_seq_out_of_reach, DOUBT_TOKEN},
        {lie_seq_at_the_end_of_numbers, DOUBT_TOKEN},
        {lie_aru, DOUBT_TOKEN},
        {lie_setter, DOUBT_TOKEN_NAMES},
        {lie_request_of_stranger, DOUBT_TOKEN_NAMES},
        {lie_request_of_the_past, DOUBT_TOKEN},
    };
    struct rig *rig = *state;
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct token t = rig_next_token(rig, 6, 5);
        t.aru_setter = 2;
        lies[i].lie(&t);
        rig->doubts[lies[i].why] = 0;
        rig_token(rig, 'A', &t);
        check_doubts(rig, lies[i].why, 1);
        CHECK_SENT(rig, "");
        rig->doubts[lies[i].why] = 0;
    }
    struct token t = rig_next_token(rig, 6, 5);
    t.aru_setter = 2;
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "T");
}

static void the_leader_sees_its_own_round_again(void **state)
{
    struct rig *rig = rig_new("ABC", 'A');
    (void)state;
    rig_time(rig, 0);
    CHECK_SENT(rig, "T");
    struct token t = rig->token;
    t.hop += 3;
    t.round++;
    rig_token(rig, 'C', &t);
    check_doubts(rig, DOUBT_TOKEN, 1);
    t.round--;
    rig_token(rig, 'C', &t);
    CHECK_SENT(rig, "T");
    rig_free(rig);
}

static void sums_and_windows_that_cannot_be_do_no_harm(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 6, 5);
    t.aru_setter = 2;
    t.window = t.personal = UINT16_MAX;
    t.sent = t.backlog = UINT32_MAX;
    for (int i = 0; i < 3 * RIG_GAP; i++)
        rig_submit(rig, LANE_CLIENTS, "mine", SERVICE_AGREED);
    rig_token(rig, 'A', &t);
    assert_true(rig->ring->window.high - rig->ring->window.stable <= rig->ring->window.size);
    check_doubts(rig, NO_DOUBT, 0);
}

/* -- numbered packets ---------------------------------------------------------------------- */

static void a_number_out_of_reach_is_dropped(void **state)
{
    struct rig *rig = *state;
    static const uint64_t numbers[] = {3 + 2 * RIG_GAP + 1, 5000000000, UINT64_MAX};
    for (size_t i = 0; i < COUNT_OF(numbers); i++) {
        assert_false(rig_data(rig, 'A', numbers[i], "far", SERVICE_AGREED));
        assert_false(rig_rdata(rig, 'A', 'C', numbers[i], "far", 0));
    }
    check_doubts(rig, DOUBT_NUMBER, 2 * COUNT_OF(numbers));
    assert_int_equal(rig->ring->window.high, 5);
    assert_true(rig_data(rig, 'A', 3 + 2 * RIG_GAP, "near", SERVICE_AGREED));
    assert_true(rig_data(rig, 'A', 2, "old", SERVICE_AGREED)); /* late, and no lie */
    check_doubts(rig, DOUBT_NUMBER, 2 * COUNT_OF(numbers));
}

/* What is ours has been checked when it came in, so nobody would look at it again. */
static void a_packet_in_our_name_is_dropped(void **state)
{
    struct rig *rig = *state;
    assert_false(rig_rdata(rig, 'A', 'B', 6, "never said", 0));
    check_doubts(rig, DOUBT_OURS, 1);
    assert_true(rig_rdata(rig, 'A', 'C', 6, "c", 0));
    CHECK_DELIVERED(rig, "c");
}

static void a_packet_that_is_longer_than_the_view_s_is_dropped(void **state)
{
    struct rig *rig = *state;
    char text[RIG_PACKET + 1] = "";
    memset(text, 'x', RIG_PACKET);
    assert_false(rig_data(rig, 'A', 6, text, SERVICE_AGREED)); /* nobody could send it again */
    check_doubts(rig, DOUBT_LENGTH, 1);
}

/* -- plans --------------------------------------------------------------------------------- */

static void lie_beyond_what_we_have(struct commit *c)
{
    c->present.from = c->resend.from = 6;
}

static void lie_far_beyond(struct commit *c)
{
    c->present.from = c->resend.from = 5000000000;
    c->present.count = c->resend.count = 0;
}

static void lie_at_the_end_of_numbers(struct commit *c)
{
    c->present.from = c->resend.from = UINT64_MAX - SEQMAP_MAX;
    c->present.count = c->resend.count = SEQMAP_MAX;
}

static void lie_below_what_is_forgotten(struct commit *c)
{
    c->present.from = c->resend.from = 2;
}

static void lie_more_than_can_be_kept(struct commit *c)
{
    c->present.count = c->resend.count = 2 * RIG_GAP + 1;
}

static void lie_less_than_we_have(struct commit *c)
{
    c->present.count = c->resend.count = 0;
}

static void lie_without_one_of_ours(struct commit *c)
{
    c->present.bits[0] = 2;
}

static void lie_stable(struct commit *c)
{
    c->stable = 5;
}

static void lie_stable_below(struct commit *c)
{
    c->stable = 2;
}

static void lie_resend_of_what_we_lack(struct commit *c)
{
    c->resend.bits[0] = 4;
}

static void lie_together(struct commit *c)
{
    procset_add(&c->together, 2);
    procset_add(&c->obligations, 2);
}

static void lie_ordinals(struct commit *c)
{
    c->ordinal[2] = c->ordinal[1];
}

static void lie_life(struct commit *c)
{
    c->members.inc[0]++;
}

static void lie_obligations(struct commit *c)
{
    procset_remove(&c->obligations, 0);
}

/* A plan for us and A: numbers 4 to 6, the last of which we miss. */
static struct commit sound_plan(struct rig *rig)
{
    static struct accept a;
    ring_freeze(rig->ring, &a);
    struct commit c = rig_plan(rig, "ABC", "AB");
    c.ordinal[2] = 1;
    c.stable = 3;
    c.present = (struct seqmap){.from = 3, .count = 3, .bits = {7}};
    c.resend = (struct seqmap){.from = 3, .count = 3, .bits = {1}};
    return c;
}

static void plans_that_cannot_be_are_found_out(void **state)
{
    static void (*const lies[])(struct commit *) = {
        lie_beyond_what_we_have, lie_far_beyond, lie_at_the_end_of_numbers,
        lie_below_what_is_forgotten, lie_more_than_can_be_kept, lie_less_than_we_have,
        lie_without_one_of_ours, lie_stable, lie_stable_below, lie_resend_of_what_we_lack,
        lie_together, lie_ordinals, lie_life, lie_obligations,
    };
    struct rig *rig = *state;
    struct commit sound = sound_plan(rig);
    assert_int_equal(ring_judge_plan(rig->ring, &sound), NO_DOUBT);
    for (size_t i = 0; i < COUNT_OF(lies); i++) {
        struct commit c = sound;
        lies[i](&c);
        assert_int_equal(ring_judge_plan(rig->ring, &c), DOUBT_PLAN);
    }
}

static void packets_of_a_plan_are_of_those_who_come_along_and_not_of_us(void **state)
{
    struct rig *rig = *state;
    struct commit plan = sound_plan(rig);
    ring_plan(rig->ring, &plan);
    uint64_t attempt = ring_id_tag(&plan.ring);
    assert_false(rig_rdata(rig, 'C', 'A', 6, "of no part", attempt));
    check_doubts(rig, DOUBT_STRANGER, 1);
    rig->doubts[DOUBT_STRANGER] = 0;
    assert_false(rig_rdata(rig, 'A', 'B', 6, "never said", attempt));
    check_doubts(rig, DOUBT_OURS, 1);
    assert_true(rig_rdata(rig, 'A', 'C', 6, "c", attempt));
    assert_true(ring_is_complete(rig->ring));
}

static void a_doubt_becomes_an_event(void **state)
{
    struct rig *rig = *state;
    struct packet_header h = {.type = PACKET_TOKEN, .sender = 2};
    struct effect e;
    doubt_packet(&rig->effects, DOUBT_TOKEN, &h);
    assert_true(effects_next(&rig->effects, &e));
    assert_int_equal(e.kind, EFFECT_EVENT);
    assert_int_equal(e.event->kind, EVENT_DOUBT);
    assert_int_equal(e.event->why, DOUBT_TOKEN);
    assert_int_equal(e.event->daemon, 2);
    assert_int_equal(e.event->number[0], PACKET_TOKEN);
    assert_false(effects_next(&rig->effects, &e));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tokens_that_cannot_be_are_dropped, begin, end),
        cmocka_unit_test(the_leader_sees_its_own_round_again),
        cmocka_unit_test_setup_teardown(sums_and_windows_that_cannot_be_do_no_harm, begin, end),
        cmocka_unit_test_setup_teardown(a_number_out_of_reach_is_dropped, begin, end),
        cmocka_unit_test_setup_teardown(a_packet_in_our_name_is_dropped, begin, end),
        cmocka_unit_test_setup_teardown(a_packet_that_is_longer_than_the_view_s_is_dropped, begin,
                                        end),
        cmocka_unit_test_setup_teardown(plans_that_cannot_be_are_found_out, begin, end),
        cmocka_unit_test_setup_teardown(
            packets_of_a_plan_are_of_those_who_come_along_and_not_of_us, begin, end),
        cmocka_unit_test_setup_teardown(a_doubt_becomes_an_event, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
