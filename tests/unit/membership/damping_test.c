/* SPDX-License-Identifier: MIT
 *
 * What came to nothing is not tried again at once: for how long, and when that is forgotten.
 */
#include "tests/support/test.h"

#include "daemon/membership/damping.h"

static const usec LOOKUP = 30 * (usec)USEC_SECOND, START = 1000 * (usec)USEC_SECOND;

/* -- a daemon that is not merged with ------------------------------------------------------- */

static void assert_shunned_for(const struct shunning *s, usec now, usec wait)
{
    assert_true(is_shunned(s, now + wait - 1));
    assert_false(is_shunned(s, now + wait));
}

static void each_merge_that_fails_puts_off_the_next_one_for_longer(void **state)
{
    static const usec waits[] = {250 * USEC_MS,    1 * USEC_SECOND,  2 * USEC_SECOND,
                                 4 * USEC_SECOND,  8 * USEC_SECOND,  16 * USEC_SECOND,
                                 30 * USEC_SECOND, 30 * USEC_SECOND, 30 * USEC_SECOND};
    struct shunning s = {0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        shun(&s, false, LOOKUP, START);
        assert_shunned_for(&s, START, waits[i]);
    }
}

static void a_merge_that_taught_how_to_go_on_puts_off_the_next_one_a_moment_only(void **state)
{
    struct shunning s = {0};
    (void)state;
    for (int i = 0; i < 3; i++) {
        shun(&s, true, LOOKUP, START);
        assert_shunned_for(&s, START, 250 * USEC_MS);
        assert_int_equal(s.times, 1);
    }
    shun(&s, false, LOOKUP, START);
    assert_shunned_for(&s, START, 1 * USEC_SECOND);
    shun(&s, true, LOOKUP, START);
    assert_shunned_for(&s, START, 250 * USEC_MS);
    assert_int_equal(s.times, 2);
}

static void nobody_is_shunned_for_longer_than_a_lookup_timeout(void **state)
{
    struct shunning s = {0};
    (void)state;
    shun(&s, true, 100 * USEC_MS, START);
    assert_shunned_for(&s, START, 100 * USEC_MS);
    shun_evicted(&s, 100 * USEC_MS, START);
    assert_shunned_for(&s, START, 100 * USEC_MS);
}

static void who_holds_up_the_ring_again_comes_back_later_each_time(void **state)
{
    struct shunning s = {0};
    (void)state;
    for (int i = 0; i < 5; i++) {
        shun_evicted(&s, LOOKUP, START);
        assert_shunned_for(&s, START, (1u << i) * (usec)USEC_SECOND);
    }
    shun_evicted(&s, LOOKUP, START);
    assert_shunned_for(&s, START, LOOKUP);
}

static void an_eviction_is_forgotten_after_ten_lookup_timeouts(void **state)
{
    struct shunning s = {0}, other;
    const usec later = START + 10 * LOOKUP;
    (void)state;
    shun_evicted(&s, LOOKUP, START);
    other = s;
    shun_evicted(&s, LOOKUP, later);
    assert_shunned_for(&s, later, 2 * USEC_SECOND);
    shun_evicted(&other, LOOKUP, later + 1);
    assert_shunned_for(&other, later + 1, 1 * USEC_SECOND);
}

static void three_evictions_are_often_as_long_as_they_are_remembered(void **state)
{
    struct shunning s = {0};
    const usec later = START + 10 * LOOKUP;
    (void)state;
    shun_evicted(&s, LOOKUP, START);
    shun_evicted(&s, LOOKUP, START);
    assert_false(is_evicted_often(&s, LOOKUP, START));
    shun_evicted(&s, LOOKUP, START);
    assert_true(is_evicted_often(&s, LOOKUP, START));
    assert_true(is_evicted_often(&s, LOOKUP, later));
    assert_false(is_evicted_often(&s, LOOKUP, later + 1));
}

/* -- a daemon that begins one life after the other ------------------------------------------- */

static void five_restarts_at_once_keep_nobody_out_but_a_sixth_does(void **state)
{
    static const usec waits[] = {0,
                                 0,
                                 0,
                                 0,
                                 0,
                                 2 * USEC_SECOND,
                                 4 * USEC_SECOND,
                                 8 * USEC_SECOND,
                                 15 * USEC_SECOND,
                                 15 * USEC_SECOND,
                                 15 * USEC_SECOND};
    struct restarts r = {0};
    (void)state;
    for (size_t i = 0; i < COUNT_OF(waits); i++) {
        assert_int_equal(restarts_note(&r, LOOKUP, START), waits[i]);
        assert_int_equal(r.kept_out_until, waits[i] ? START + waits[i] : 0);
    }
}

static void who_weighs_hardly_too_much_is_kept_out_for_a_second(void **state)
{
    struct restarts r = {0};
    (void)state;
    for (int i = 0; i < 5; i++)
        restarts_note(&r, LOOKUP, START);
    assert_int_equal(restarts_note(&r, LOOKUP, START + 5 * USEC_SECOND - 1), 1 * USEC_SECOND);
}

static void one_restart_in_five_seconds_may_go_on_for_ever(void **state)
{
    struct restarts r = {0};
    (void)state;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(restarts_note(&r, LOOKUP, START + (usec)i * 5 * USEC_SECOND), 0);
}

static void one_restart_in_four_seconds_may_not(void **state)
{
    struct restarts r = {0};
    unsigned n = 0;
    (void)state;
    while (n < 1000 && restarts_note(&r, LOOKUP, START + (usec)n * 4 * USEC_SECOND) == 0)
        n++;
    assert_in_range(n, 20, 21);
}

static void ten_restarts_weigh_the_most_and_are_forgotten_in_fifty_seconds(void **state)
{
    struct restarts r = {0};
    (void)state;
    for (int i = 0; i < 100; i++)
        restarts_note(&r, LOOKUP, START);
    assert_int_equal(r.weight, 50 * USEC_SECOND);
    assert_int_equal(restarts_note(&r, LOOKUP, START + 50 * USEC_SECOND), 0);
    assert_int_equal(r.weight, 5 * USEC_SECOND);
}

/* -- all merges, after a view ----------------------------------------------------------------- */

static void each_view_of_a_row_is_left_in_peace_for_longer(void **state)
{
    static const unsigned lengths[] = {100, 200, 400, 800, 1600, 3200, 5000, 5000};
    struct lull l = {0};
    usec now = START;
    (void)state;
    for (size_t i = 0; i < COUNT_OF(lengths); i++) {
        lull_begin(&l, LOOKUP, now);
        assert_int_equal(l.until, now + lengths[i] * USEC_MS);
        now = i % 2 ? l.until : l.until - 1; /* another one may come sooner than that, too */
    }
}

static void a_view_that_comes_ten_seconds_later_begins_another_row(void **state)
{
    struct lull l = {0}, other;
    (void)state;
    lull_begin(&l, LOOKUP, START);
    other = l;
    lull_begin(&l, LOOKUP, l.until + 10 * USEC_SECOND - 1);
    assert_int_equal(l.length, 200 * USEC_MS);
    lull_begin(&other, LOOKUP, other.until + 10 * USEC_SECOND);
    assert_int_equal(other.length, 100 * USEC_MS);
}

static void no_view_is_left_in_peace_for_longer_than_half_a_lookup_timeout(void **state)
{
    struct lull l = {0};
    (void)state;
    lull_begin(&l, 150 * USEC_MS, START);
    assert_int_equal(l.length, 75 * USEC_MS);
    lull_begin(&l, 150 * USEC_MS, START);
    assert_int_equal(l.length, 75 * USEC_MS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_merge_that_fails_puts_off_the_next_one_for_longer),
        cmocka_unit_test(a_merge_that_taught_how_to_go_on_puts_off_the_next_one_a_moment_only),
        cmocka_unit_test(nobody_is_shunned_for_longer_than_a_lookup_timeout),
        cmocka_unit_test(who_holds_up_the_ring_again_comes_back_later_each_time),
        cmocka_unit_test(an_eviction_is_forgotten_after_ten_lookup_timeouts),
        cmocka_unit_test(three_evictions_are_often_as_long_as_they_are_remembered),
        cmocka_unit_test(five_restarts_at_once_keep_nobody_out_but_a_sixth_does),
        cmocka_unit_test(who_weighs_hardly_too_much_is_kept_out_for_a_second),
        cmocka_unit_test(one_restart_in_five_seconds_may_go_on_for_ever),
        cmocka_unit_test(one_restart_in_four_seconds_may_not),
        cmocka_unit_test(ten_restarts_weigh_the_most_and_are_forgotten_in_fifty_seconds),
        cmocka_unit_test(each_view_of_a_row_is_left_in_peace_for_longer),
        cmocka_unit_test(a_view_that_comes_ten_seconds_later_begins_another_row),
        cmocka_unit_test(no_view_is_left_in_peace_for_longer_than_half_a_lookup_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
