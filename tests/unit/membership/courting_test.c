/* SPDX-License-Identifier: MIT
 *
 * When the leader of a ring speaks to a daemon that is not in it, and the steps of a graceful stop.
 */
#include "tests/support/test.h"

#include "daemon/membership/courting.h"
#include "daemon/membership/farewell.h"

static const usec START = 1000 * (usec)USEC_SECOND;

/* -- courting --------------------------------------------------------------------------------- */

static void a_stranger_that_does_not_answer_is_told_five_times_ever_more_slowly(void **state)
{
    static const unsigned waits[] = {16, 24, 36, 54, 81};
    struct courting k = {.sayings = 77};
    usec now = START;
    (void)state;
    courting_begin(&k, 16 * USEC_MS, now);
    assert_int_equal(k.since, START);
    for (int i = 0; i < 4; i++) {
        assert_false(courting_is_in_vain(&k));
        assert_int_equal(k.due, now + waits[i] * USEC_MS);
        courting_again(&k, now = k.due);
    }
    assert_true(courting_is_in_vain(&k));
    assert_int_equal(k.since, START);
}

/* -- looking for who is absent ------------------------------------------------------------------ */

enum { TOKEN_MS = 1250 };

static usec period(struct absence a, usec lookup, usec now)
{
    return courting_lookup(&a, lookup, TOKEN_MS * USEC_MS, now);
}

static const usec LOOKUP = 30 * (usec)USEC_SECOND, SOON = USEC_SECOND, MINUTE = 60 * (usec)USEC_SECOND;

static void who_is_absent_is_looked_for_every_second_for_a_minute_and_then_now_and_then(void **state)
{
    const struct absence at_start = {.born_at = START};
    (void)state;
    assert_int_equal(period(at_start, LOOKUP, START + MINUTE - 1), SOON);
    assert_int_equal(period(at_start, LOOKUP, START + MINUTE), LOOKUP);
    assert_int_equal(period(at_start, 300 * USEC_MS, START), 300 * USEC_MS);
}

static void who_was_lost_is_looked_for_every_second_for_a_minute_too(void **state)
{
    const struct absence lost = {.born_at = START, .lost_at = START + 5 * MINUTE};
    (void)state;
    assert_int_equal(period(lost, LOOKUP, START + 6 * MINUTE - 1), SOON);
    assert_int_equal(period(lost, LOOKUP, START + 6 * MINUTE), LOOKUP);
}

static void who_was_lost_just_now_is_looked_for_at_once_for_it_may_have_paused(void **state)
{
    const struct absence lost = {.born_at = START, .lost_at = START + 5 * MINUTE};
    const usec over = lost.lost_at + TOKEN_MS * USEC_MS;
    (void)state;
    assert_int_equal(period(lost, LOOKUP, over - 1), TOKEN_MS * USEC_MS / 8);
    assert_int_equal(period(lost, LOOKUP, over), SOON);
}

static void who_did_not_come_in_is_looked_for_every_second(void **state)
{
    const struct absence shunned = {.born_at = START, .shunned = true};
    (void)state;
    assert_int_equal(period(shunned, LOOKUP, START + 2 * MINUTE), SOON);
}

/* -- a graceful stop ---------------------------------------------------------------------------- */

static void what_was_submitted_has_half_a_second_to_be_sent(void **state)
{
    struct farewell f = {.began = START};
    usec until;
    (void)state;
    assert_int_equal(farewell_next(&f, false, START, &until), FAREWELL_WAIT);
    assert_int_equal(until, START + 5 * USEC_MS);
    assert_int_equal(farewell_next(&f, false, START + 500 * USEC_MS - 1, &until), FAREWELL_WAIT);
    assert_false(f.flushed);
    assert_int_equal(farewell_next(&f, false, START + 500 * USEC_MS, &until), FAREWELL_TELL_ALL);
    assert_true(f.flushed);
}

static void all_are_told_three_times_and_then_the_first(void **state)
{
    struct farewell f = {.began = START};
    usec now = START, until;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(farewell_next(&f, true, now, &until), FAREWELL_TELL_ALL);
        assert_int_equal(until, now + (i < 2 ? 5 : 20) * USEC_MS);
        now = until;
    }
    assert_int_equal(farewell_next(&f, true, now, &until), FAREWELL_TELL_FIRST);
    assert_int_equal(until, now + 20 * USEC_MS);
    assert_int_equal(farewell_next(&f, false, until, &until), FAREWELL_TELL_FIRST);
}

static void half_a_second_after_they_were_told_first_it_is_over(void **state)
{
    struct farewell f = {.began = START};
    const usec told = START + 300 * USEC_MS;
    usec until;
    (void)state;
    assert_int_equal(farewell_next(&f, true, told, &until), FAREWELL_TELL_ALL);
    assert_int_not_equal(farewell_next(&f, true, told + 500 * USEC_MS - 1, &until), FAREWELL_OVER);
    assert_int_equal(farewell_next(&f, true, told + 500 * USEC_MS, &until), FAREWELL_OVER);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_stranger_that_does_not_answer_is_told_five_times_ever_more_slowly),
        cmocka_unit_test(who_is_absent_is_looked_for_every_second_for_a_minute_and_then_now_and_then),
        cmocka_unit_test(who_was_lost_is_looked_for_every_second_for_a_minute_too),
        cmocka_unit_test(who_was_lost_just_now_is_looked_for_at_once_for_it_may_have_paused),
        cmocka_unit_test(who_did_not_come_in_is_looked_for_every_second),
        cmocka_unit_test(what_was_submitted_has_half_a_second_to_be_sent),
        cmocka_unit_test(all_are_told_three_times_and_then_the_first),
        cmocka_unit_test(half_a_second_after_they_were_told_first_it_is_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
