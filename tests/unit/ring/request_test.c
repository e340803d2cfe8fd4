/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "daemon/base/random.h"
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

static void ask(struct token *t, uint64_t from, uint16_t count, uint16_t requester, uint8_t tries)
{
    t->requests[t->request_count++] = (struct token_request){
        .from = from, .count = count, .requester = requester, .tries = tries};
}

static void check_request(const struct token_request *q, uint64_t from, unsigned count,
                          unsigned requester, unsigned tries)
{
    assert_int_equal(q->from, from);
    assert_int_equal(q->count, count);
    assert_int_equal(q->requester, requester);
    assert_int_equal(q->tries, tries);
}

static void hear_packets(struct rig *rig, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++)
        rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
}

static void what_is_here_is_sent_again_before_the_token_and_the_request_ends(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 4);
    struct token t = rig_next_token(rig, 4, 1);
    t.aru_setter = 2;
    ask(&t, 2, 2, 2, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R2R3T");
    assert_int_equal(rig->token.request_count, 0);
    assert_int_equal(ring_counters(rig->ring).resent_one, 2);
}

static void what_is_not_here_stays_asked_for(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    hear_packets(rig, 4, 4);
    struct token t = rig_next_token(rig, 5, 1);
    t.aru_setter = 2;
    ask(&t, 2, 4, 2, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R2R4T");
    assert_true(rig->token.request_count >= 2);
    check_request(&rig->token.requests[0], 3, 1, 2, 0);
    check_request(&rig->token.requests[1], 5, 1, 2, 0);
}

static void a_request_that_came_round_unanswered_is_answered_and_left_for_the_others(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 3);
    struct token t = rig_next_token(rig, 3, 1);
    t.aru_setter = 2;
    ask(&t, 2, 2, 2, 1);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R2R3T");
    assert_int_equal(rig->token.request_count, 1);
    check_request(&rig->token.requests[0], 2, 2, 2, 1);
}

static void two_who_miss_the_same_are_served_with_one_packet(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    struct token t = rig_next_token(rig, 2, 0);
    t.aru_setter = 2;
    ask(&t, 1, 1, 0, 0);
    ask(&t, 1, 2, 2, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R1R2T");
    assert_int_equal(rig->token.request_count, 0);
}

static void holes_are_asked_for_as_ranges_and_each_time_round_counts(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 3, 3);
    for (unsigned tries = 0; tries < 3; tries++) {
        struct token t = rig_next_token(rig, 6, 0);
        t.aru_setter = 1;
        for (int i = 0; i < rig->token.request_count; i++)
            t.requests[t.request_count++] = rig->token.requests[i];
        rig_token(rig, 'A', &t);
        assert_int_equal(rig->token.request_count, 2);
        check_request(&rig->token.requests[0], 1, 2, 1, tries);
        check_request(&rig->token.requests[1], 4, 3, 1, tries);
    }
}

static void with_acceleration_only_what_was_numbered_a_rotation_ago_is_missing(void **state)
{
    struct rig *rig = *state;
    rig->conf->accelerated_runs = true;
    struct token t = rig_next_token(rig, 2, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.request_count, 0);
    t = rig_next_token(rig, 5, 0);
    t.aru_setter = 1;
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.request_count, 1);
    check_request(&rig->token.requests[0], 1, 2, 1, 0);
}

static void no_more_is_sent_again_at_a_visit_than_half_the_window(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 30);
    struct token t = rig_next_token(rig, 30, 0);
    t.aru_setter = 2;
    t.window = 20;
    ask(&t, 1, 30, 2, 0);
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R1R2R3R4R5R6R7R8R9R10R11T");
    assert_int_equal(rig->token.request_count, 1);
    check_request(&rig->token.requests[0], 12, 19, 2, 0);
}

static void no_more_than_64_are_sent_again_at_a_visit(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 70);
    struct token t = rig_next_token(rig, 70, 0);
    t.aru_setter = 2;
    t.window = 1000;
    ask(&t, 1, 70, 2, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(ring_counters(rig->ring).resent_one, 64);
    check_request(&rig->token.requests[0], 65, 6, 2, 0);
}

static void requests_that_differ_stay_apart(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 5);
    struct token t = rig_next_token(rig, 5, 0);
    t.aru_setter = 2;
    ask(&t, 1, 1, 2, 1);
    ask(&t, 2, 1, 2, 2);
    ask(&t, 3, 1, 0, 2);
    ask(&t, 4, 1, 0, 2);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.request_count, 3);
    check_request(&rig->token.requests[0], 1, 1, 2, 1);
    check_request(&rig->token.requests[1], 2, 1, 2, 2);
    check_request(&rig->token.requests[2], 3, 2, 0, 2);
}

static void a_token_is_filled_with_64_requests_and_the_rest_waits(void **state)
{
    struct rig *rig = *state;
    for (uint64_t seq = 2; seq <= 128; seq += 2)
        hear_packets(rig, seq, seq);
    struct token t = rig_next_token(rig, 128, 0);
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.request_count, TOKEN_REQUESTS_MAX);
    check_request(&rig->token.requests[TOKEN_REQUESTS_MAX - 1], 127, 1, 1, 0);
    t = rig_next_token(rig, 128, 0);
    t.aru_setter = 2;
    ask(&t, 1, 1, 2, 0); /* who was first has its place */
    rig_token(rig, 'A', &t);
    assert_int_equal(rig->token.request_count, TOKEN_REQUESTS_MAX);
    check_request(&rig->token.requests[TOKEN_REQUESTS_MAX - 1], 125, 1, 1, 1);
}

static void whoever_has_asked_255_times_goes_on_asking(void **state)
{
    struct rig *rig = *state;
    rig->ring->asked_count = 1;
    rig->ring->asked[0] = (struct token_request){.from = 1, .count = 1, .tries = UINT8_MAX};
    struct token t = rig_next_token(rig, 1, 0);
    rig_token(rig, 'A', &t);
    check_request(&rig->token.requests[0], 1, 1, 1, UINT8_MAX);
}

/* Whatever is asked for, and whatever is here: every number asked for was sent or is still asked
 * for, nothing is sent that nobody wants, and own holes up to the token are asked for. */
static void nothing_asked_for_is_lost_from_the_token(void **state)
{
    enum { HIGH = 40 };
    (void)state;
    for (uint64_t seed = 1; seed <= 500; seed++) {
        struct random r = {seed};
        struct rig *rig = rig_new("ABC", 'B');
        bool here[HIGH + 1] = {false}, wanted[HIGH + 1] = {false}, asked[2][HIGH + 1] = {{false}};
        for (uint64_t seq = 1; seq <= HIGH; seq++)
            if ((here[seq] = random_below(&r, 3)))
                hear_packets(rig, seq, seq);
        struct token t = rig_next_token(rig, HIGH, 0);
        t.aru_setter = 2;
        t.window = (uint16_t)random_below(&r, 60);
        for (int i = 0; i < 6; i++) {
            uint16_t from = (uint16_t)(1 + random_below(&r, HIGH)), n = 1;
            n = (uint16_t)(n + random_below(&r, (uint32_t)(HIGH - from + 1)));
            ask(&t, from, n, i % 2 ? 0 : 2, 0);
            for (uint64_t seq = from; seq < (uint64_t)from + n; seq++)
                wanted[seq] = true;
        }
        rig_token(rig, 'A', &t);
        for (int i = 0; i < rig->token.request_count; i++)
            for (unsigned k = 0; k < rig->token.requests[i].count; k++)
                asked[rig->token.requests[i].requester == 1][rig->token.requests[i].from + k] =
                    true;
        for (uint64_t seq = 1; seq <= HIGH; seq++) {
            char name[8];
            snprintf(name, sizeof name, "R%u", (unsigned)seq);
            const char *at = rig->sent;
            size_t len = strlen(name);
            while ((at = strstr(at, name)) && at[len] >= '0' && at[len] <= '9')
                at += len;
            assert_true(!at || (wanted[seq] && here[seq]));
            assert_true(!wanted[seq] || at || asked[0][seq]);
            assert_int_equal(asked[1][seq], !here[seq]);
        }
        rig_free(rig);
    }
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_RIG(what_is_here_is_sent_again_before_the_token_and_the_request_ends),
        WITH_RIG(what_is_not_here_stays_asked_for),
        WITH_RIG(a_request_that_came_round_unanswered_is_answered_and_left_for_the_others),
        WITH_RIG(two_who_miss_the_same_are_served_with_one_packet),
        WITH_RIG(holes_are_asked_for_as_ranges_and_each_time_round_counts),
        WITH_RIG(with_acceleration_only_what_was_numbered_a_rotation_ago_is_missing),
        WITH_RIG(no_more_is_sent_again_at_a_visit_than_half_the_window),
        WITH_RIG(no_more_than_64_are_sent_again_at_a_visit),
        WITH_RIG(requests_that_differ_stay_apart),
        WITH_RIG(a_token_is_filled_with_64_requests_and_the_rest_waits),
        WITH_RIG(whoever_has_asked_255_times_goes_on_asking),
        cmocka_unit_test(nothing_asked_for_is_lost_from_the_token),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
