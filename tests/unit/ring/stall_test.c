/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/ring/stall.h"

enum { LEADER = 0, LATE = 2, PATIENCE = 100 };

static const usec start = USEC_SECOND;

/* Somebody has lowered aru to 5 of 9. */
static struct token stuck_at_5(void)
{
    return (struct token){.seq = 9, .aru = 5, .aru_setter = LATE};
}

static enum ring_alarm at_leader(struct stall *s, const struct token *t, usec now)
{
    return stall_at_leader(s, t, 5, 9, LEADER, PATIENCE, start + now);
}

static enum ring_alarm at_member(struct stall *s, const struct token *t, usec now)
{
    return stall_at_member(s, t, true, PATIENCE, start + now);
}

static void patience_is_the_token_timeout_and_a_second_at_least(void **state)
{
    (void)state;
    assert_int_equal(stall_patience(0), USEC_SECOND);
    assert_int_equal(stall_patience(USEC_SECOND), USEC_SECOND);
    assert_int_equal(stall_patience(USEC_SECOND + 1), USEC_SECOND + 1);
}

/* -- the leader ---------------------------------------------------------------------------- */

static void who_holds_aru_down_for_longer_than_patience_is_deaf(void **state)
{
    (void)state;
    struct stall s = {.deaf = NO_PROC};
    struct token t = stuck_at_5();
    assert_int_equal(at_leader(&s, &t, 0), RING_QUIET);
    assert_int_equal(at_leader(&s, &t, PATIENCE), RING_QUIET);
    assert_int_equal(s.deaf, NO_PROC);
    assert_int_equal(at_leader(&s, &t, PATIENCE + 1), RING_DEAF);
    assert_int_equal(s.deaf, LATE);
    assert_int_equal(at_leader(&s, &t, 2 * PATIENCE + 1), RING_QUIET); /* patience begins anew */
    assert_int_equal(at_leader(&s, &t, 2 * PATIENCE + 2), RING_DEAF);
}

static void patience_begins_anew_when_aru_moves_or_has_nowhere_to_go(void **state)
{
    (void)state;
    struct token t = stuck_at_5(), all = {.seq = 5, .aru = 5, .aru_setter = NO_PROC};
    struct stall s = {0};
    at_leader(&s, &t, 0);
    assert_int_equal(stall_at_leader(&s, &t, 4, 9, LEADER, PATIENCE, start + 90), RING_QUIET);
    assert_int_equal(at_leader(&s, &t, 90 + PATIENCE), RING_QUIET);
    assert_int_equal(at_leader(&s, &all, 90 + PATIENCE), RING_QUIET);
    assert_int_equal(at_leader(&s, &t, 90 + 2 * PATIENCE), RING_QUIET);
    assert_int_equal(at_leader(&s, &t, 91 + 2 * PATIENCE), RING_DEAF);
}

static void nobody_is_deaf_for_what_the_leader_misses_as_well(void **state)
{
    (void)state;
    struct token t = stuck_at_5();
    struct stall s = {0};
    at_leader(&s, &t, 0);
    assert_int_equal(stall_at_leader(&s, &t, 5, 5, LEADER, PATIENCE, start + 9 * PATIENCE),
                     RING_QUIET);
    t.aru_setter = LEADER;
    assert_int_equal(at_leader(&s, &t, 9 * PATIENCE), RING_QUIET);
    t.aru_setter = NO_PROC;
    assert_int_equal(at_leader(&s, &t, 9 * PATIENCE), RING_QUIET);
    t.aru_setter = LATE;
    assert_int_equal(at_leader(&s, &t, 9 * PATIENCE), RING_DEAF);
}

static void a_pause_of_ours_is_nobodys_fault_and_puts_off_nothing_that_came_after_it(void **state)
{
    (void)state;
    struct token t = stuck_at_5();
    struct stall s = {0};
    stall_forgive(&s, 50, start);
    assert_int_equal(s.moved_at, 0); /* still not seen */
    at_leader(&s, &t, 0);
    stall_forgive(&s, 60, start + 80);
    assert_int_equal(at_leader(&s, &t, PATIENCE + 60), RING_QUIET);
    assert_int_equal(at_leader(&s, &t, PATIENCE + 61), RING_DEAF);
    stall_forgive(&s, 60, start + PATIENCE + 62);
    assert_int_equal(s.moved_at, start + PATIENCE + 62); /* never in time to come */
}

/* -- a member ------------------------------------------------------------------------------ */

static void whose_packet_it_is_says_so_after_twice_the_patience_and_again(void **state)
{
    (void)state;
    enum { AGAIN = 100 * USEC_MS, LONG = 100 * USEC_MS }; /* so that four times is long enough */
    struct token t = stuck_at_5();
    struct stall s = {0};
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start), RING_QUIET);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 2 * LONG), RING_QUIET);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 2 * LONG + 1), RING_MUTE);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 2 * LONG + AGAIN), RING_QUIET);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 2 * LONG + AGAIN + 1), RING_MUTE);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 4 * LONG + 1), RING_UNHEARD);
    assert_int_equal(stall_at_member(&s, &t, true, LONG, start + 6 * LONG + 1), RING_QUIET);
}

static void another_packet_is_another_stall(void **state)
{
    (void)state;
    struct token t = stuck_at_5(), later = t, all = {.seq = 5, .aru = 5, .aru_setter = NO_PROC};
    struct stall s = {0};
    later.aru = 6;
    at_member(&s, &t, 0);
    assert_int_equal(at_member(&s, &later, 3 * PATIENCE), RING_QUIET);
    assert_int_equal(at_member(&s, &later, 5 * PATIENCE), RING_QUIET);
    assert_int_equal(at_member(&s, &later, 5 * PATIENCE + 1), RING_MUTE);
    at_member(&s, &all, 6 * PATIENCE); /* at 5 again, and nobody misses anything */
    assert_int_equal(at_member(&s, &t, 8 * PATIENCE), RING_QUIET);
}

static void who_has_not_sent_the_packet_says_nothing(void **state)
{
    (void)state;
    struct token t = stuck_at_5();
    struct stall s = {0};
    stall_at_member(&s, &t, false, PATIENCE, start);
    assert_int_equal(stall_at_member(&s, &t, false, PATIENCE, start + 3 * PATIENCE), RING_QUIET);
    assert_int_equal(stall_at_member(&s, &t, false, PATIENCE, start + 9 * PATIENCE), RING_QUIET);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(patience_is_the_token_timeout_and_a_second_at_least),
        cmocka_unit_test(who_holds_aru_down_for_longer_than_patience_is_deaf),
        cmocka_unit_test(patience_begins_anew_when_aru_moves_or_has_nowhere_to_go),
        cmocka_unit_test(nobody_is_deaf_for_what_the_leader_misses_as_well),
        cmocka_unit_test(a_pause_of_ours_is_nobodys_fault_and_puts_off_nothing_that_came_after_it),
        cmocka_unit_test(whose_packet_it_is_says_so_after_twice_the_patience_and_again),
        cmocka_unit_test(another_packet_is_another_stall),
        cmocka_unit_test(who_has_not_sent_the_packet_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
