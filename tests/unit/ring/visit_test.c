/* SPDX-License-Identifier: MIT
 *
 * What a member does with the token while it has it: how far it says that it is, what it takes for
 * stable, and in which order things leave.
 */
#include "tests/support/test.h"

#include <string.h>

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

static void hear_packets(struct rig *rig, uint64_t from, uint64_t to)
{
    for (uint64_t seq = from; seq <= to; seq++)
        rig_data(rig, 'A', seq, "x", SERVICE_AGREED);
    rig_forget(rig);
}

/* The token comes with that, and goes on as rig->token. */
static void visit(struct rig *rig, uint64_t seq, uint64_t aru, uint16_t setter)
{
    struct token t = rig_next_token(rig, seq, aru);
    t.aru_setter = setter;
    rig_token(rig, 'A', &t);
}

static void check_aru(const struct rig *rig, uint64_t aru, unsigned setter)
{
    assert_int_equal(rig->token.aru, aru);
    assert_int_equal(rig->token.aru_setter, setter);
}

/* -- aru ------------------------------------------------------------------------------------- */

static void who_misses_nothing_leaves_aru_as_it_came(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 5);
    visit(rig, 5, 3, 2);
    check_aru(rig, 3, 2); /* C misses the fourth */
    visit(rig, 5, 5, 2);
    check_aru(rig, 5, 2); /* as far as we are: C raises it itself */
}

static void who_misses_something_lowers_aru_and_says_who_it_is(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 3);
    hear_packets(rig, 5, 5);
    visit(rig, 5, 5, 2);
    check_aru(rig, 3, 1);
}

static void nobody_has_lowered_it_and_so_aru_is_ours(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 3);
    visit(rig, 5, 5, NO_PROC);
    check_aru(rig, 3, 1);
    hear_packets(rig, 4, 5);
    visit(rig, 5, 4, NO_PROC);
    check_aru(rig, 5, NO_PROC);
}

static void who_has_lowered_aru_raises_it_again(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 3);
    visit(rig, 5, 5, NO_PROC);
    hear_packets(rig, 4, 4);
    visit(rig, 5, 3, 1);
    check_aru(rig, 4, 1);
    hear_packets(rig, 5, 5);
    visit(rig, 5, 4, 1);
    check_aru(rig, 5, NO_PROC);
}

static void own_packets_are_here_at_once(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    rig_submit(rig, LANE_CLIENTS, "m", SERVICE_AGREED);
    visit(rig, 2, 2, NO_PROC);
    assert_int_equal(rig->token.seq, 3);
    check_aru(rig, 3, NO_PROC);
}

/* -- stable ---------------------------------------------------------------------------------- */

static uint64_t stable(const struct rig *rig)
{
    return rig->ring->window.stable;
}

static void what_two_visits_running_have_covered_is_stable(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 6);
    visit(rig, 6, 4, 2);
    assert_int_equal(stable(rig), 0);
    visit(rig, 6, 6, 2);
    assert_int_equal(stable(rig), 4);
    visit(rig, 6, 6, 2);
    assert_int_equal(stable(rig), 6);
}

static void an_aru_that_was_lowered_takes_nothing_back(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 6);
    visit(rig, 6, 6, 2);
    visit(rig, 6, 5, 2);
    assert_int_equal(stable(rig), 5);
    visit(rig, 6, 6, 2);
    assert_int_equal(stable(rig), 5);
}

static void a_safe_message_goes_up_when_it_is_stable_and_not_before(void **state)
{
    struct rig *rig = *state;
    rig_data(rig, 'A', 1, "s", SERVICE_SAFE);
    visit(rig, 1, 0, 2);
    CHECK_DELIVERED(rig, "");
    visit(rig, 1, 1, 2);
    CHECK_DELIVERED(rig, "");
    visit(rig, 1, 1, 2);
    CHECK_DELIVERED(rig, "s");
}

static void what_is_said_of_packets_that_are_not_here_makes_nothing_stable(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    for (int i = 0; i < 3; i++)
        visit(rig, 4, 4, 2);
    assert_int_equal(stable(rig), 2);
    check_aru(rig, 2, 1);
}

/* -- HELD ------------------------------------------------------------------------------------ */

/* Whether a token that is to be parked leaves us as such. */
static bool stays_held(struct rig *rig, struct token t)
{
    t.flags = TOKEN_HELD;
    rig_token(rig, 'A', &t);
    return rig->token.flags & TOKEN_HELD;
}

static void a_token_with_nothing_to_do_goes_to_rest(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    assert_true(stays_held(rig, rig_next_token(rig, 2, 2)));
}

static void it_does_not_while_somebody_sends_or_waits(void **state)
{
    struct rig *rig = *state;
    struct token t = rig_next_token(rig, 0, 0);
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    t.window = 0; /* it has to wait */
    assert_false(stays_held(rig, t));
    assert_false(stays_held(rig, rig_next_token(rig, 0, 0)));
    assert_int_equal(rig->token.seq, 1);
    assert_true(stays_held(rig, rig_next_token(rig, 1, 1)));
}

static void it_does_not_while_somebody_misses_a_packet(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    struct token t = rig_next_token(rig, 2, 1);
    t.aru_setter = 2;
    assert_false(stays_held(rig, t));
    t = rig_next_token(rig, 2, 2);
    t.request_count = 1;
    t.requests[0] = (struct token_request){.from = 2, .count = 1, .requester = 2, .tries = 1};
    assert_false(stays_held(rig, t)); /* answered, and it is still asked for */
    assert_int_equal(rig->token.request_count, 1);
}

/* -- what leaves, and when ------------------------------------------------------------------- */

static void accelerate(struct rig *rig, int personal, int late)
{
    rig->conf->accelerated_runs = true;
    ring_set_windows(rig->ring, &(struct ring_windows){-1, personal, late});
}

static void submit_of(struct rig *rig, size_t len)
{
    static char text[1400];
    memset(text, 'x', len);
    text[len] = '\0';
    rig_submit(rig, LANE_CLIENTS, text, SERVICE_AGREED);
}

static void submit_long(struct rig *rig, int count)
{
    for (int i = 0; i < count; i++)
        submit_of(rig, 999);
}

static void as_many_packets_follow_the_token_as_may(void **state)
{
    static const char *const sent[] = {"D1D2D3T", "D4D5TD6", "D7TD8D9", "TD10D11D12", "TD13D14D15"};
    struct rig *rig = *state;
    submit_long(rig, 30);
    for (int late = 0; late < 5; late++) {
        accelerate(rig, 3, late);
        rig_forget(rig);
        uint64_t seq = rig->ring->window.high;
        visit(rig, seq, seq, NO_PROC);
        CHECK_SENT(rig, sent[late]);
    }
}

static void requests_are_answered_before_anything_new_is_sent(void **state)
{
    struct rig *rig = *state;
    hear_packets(rig, 1, 2);
    accelerate(rig, 1, 1);
    submit_long(rig, 2);
    struct token t = rig_next_token(rig, 2, 1);
    t.aru_setter = 2;
    t.request_count = 1;
    t.requests[0] = (struct token_request){.from = 2, .count = 1, .requester = 2};
    rig_token(rig, 'A', &t);
    CHECK_SENT(rig, "R2TD3");
    assert_int_equal(rig->token.sent, 2);
}

static void only_what_was_numbered_at_the_last_visit_is_asked_for_where_packets_follow(void **state)
{
    struct rig *rig = *state;
    accelerate(rig, 1, 1);
    submit_long(rig, 1);
    visit(rig, 2, 0, NO_PROC); /* and we give out the third */
    assert_int_equal(rig->token.request_count, 0);
    visit(rig, 5, 0, 1);
    assert_int_equal(rig->token.request_count, 1);
    assert_int_equal(rig->token.requests[0].from, 1);
    assert_int_equal(rig->token.requests[0].count, 2);
    visit(rig, 5, 0, 1);
    assert_int_equal(rig->token.request_count, 2);
    assert_int_equal(rig->token.requests[1].from, 4);
    assert_int_equal(rig->token.requests[1].count, 2);
}

static void control_goes_before_clients_and_in_packets_of_its_own(void **state)
{
    struct rig *rig = *state;
    rig_submit(rig, LANE_CLIENTS, "client", SERVICE_AGREED);
    rig_submit(rig, LANE_CONTROL, "control", SERVICE_AGREED);
    rig->ring->lane_open = true;
    visit(rig, 0, 0, NO_PROC);
    CHECK_DELIVERED(rig, "controlclient");
    assert_int_equal(rig->token.seq, 2);
    assert_int_equal(data_flags(window_get(&rig->ring->window, 1)->body), DATA_CONTROL);
    assert_int_equal(data_flags(window_get(&rig->ring->window, 2)->body), 0);
}

/* So that they leave with one call. Each message fills a packet nearly. */
static void packets_of_a_run_are_as_long_as_the_first_but_for_the_last(void **state)
{
    struct rig *rig = *state;
    const struct window *w = &rig->ring->window;
    struct token t = rig_next_token(rig, 0, 0);
    t.window = 3;
    submit_of(rig, 1200);
    submit_of(rig, 1190);
    submit_of(rig, 1180);
    submit_of(rig, 1170);
    rig_token(rig, 'A', &t);
    assert_int_equal(w->high, 3);
    size_t first = DATA_HEADER + data_part_size(true, 1200);
    assert_int_equal(window_get(w, 1)->len, first);
    assert_int_equal(window_get(w, 2)->len, first);
    assert_int_equal(window_get(w, 3)->len, DATA_HEADER + data_part_size(true, 1180));
}

static void what_we_sent_is_flushed_when_all_have_it(void **state)
{
    struct rig *rig = *state;
    assert_true(ring_is_flushed(rig->ring));
    rig_submit(rig, LANE_CLIENTS, "x", SERVICE_AGREED);
    assert_false(ring_is_flushed(rig->ring));
    visit(rig, 0, 0, NO_PROC);
    assert_false(ring_is_flushed(rig->ring));
    visit(rig, 1, 1, NO_PROC);
    assert_true(ring_is_flushed(rig->ring));
    assert_true(ring_is_idle(rig->ring));
    hear_packets(rig, 2, 2);
    assert_true(ring_is_flushed(rig->ring));
    assert_false(ring_is_idle(rig->ring));
}

#define WITH_RIG(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_RIG(who_misses_nothing_leaves_aru_as_it_came),
        WITH_RIG(who_misses_something_lowers_aru_and_says_who_it_is),
        WITH_RIG(nobody_has_lowered_it_and_so_aru_is_ours),
        WITH_RIG(who_has_lowered_aru_raises_it_again),
        WITH_RIG(own_packets_are_here_at_once),
        WITH_RIG(what_two_visits_running_have_covered_is_stable),
        WITH_RIG(an_aru_that_was_lowered_takes_nothing_back),
        WITH_RIG(a_safe_message_goes_up_when_it_is_stable_and_not_before),
        WITH_RIG(what_is_said_of_packets_that_are_not_here_makes_nothing_stable),
        WITH_RIG(a_token_with_nothing_to_do_goes_to_rest),
        WITH_RIG(it_does_not_while_somebody_sends_or_waits),
        WITH_RIG(it_does_not_while_somebody_misses_a_packet),
        WITH_RIG(as_many_packets_follow_the_token_as_may),
        WITH_RIG(requests_are_answered_before_anything_new_is_sent),
        WITH_RIG(only_what_was_numbered_at_the_last_visit_is_asked_for_where_packets_follow),
        WITH_RIG(control_goes_before_clients_and_in_packets_of_its_own),
        WITH_RIG(packets_of_a_run_are_as_long_as_the_first_but_for_the_last),
        WITH_RIG(what_we_sent_is_flushed_when_all_have_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
