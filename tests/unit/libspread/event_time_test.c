/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/time.h>
#include <time.h>

#include <cmocka.h>

#include "sp.h"

static void assert_time(sp_time t, long sec, long usec)
{
    assert_int_equal(t.sec, sec);
    assert_int_equal(t.usec, usec);
}

static sp_time of(long sec, long usec)
{
    return (sp_time){.sec = sec, .usec = usec};
}

static void negation_turns_both_fields(void **state)
{
    (void)state;
    assert_time(E_neg_time(of(3, 20)), -3, -20);
    assert_time(E_neg_time(of(0, -7)), 0, 7);
}

static void sums_are_carried_and_have_one_sign(void **state)
{
    (void)state;
    assert_time(E_add_time(of(1, 600000), of(2, 500000)), 4, 100000);
    assert_time(E_add_time(of(0, 999999), of(0, 1)), 1, 0);
    assert_time(E_add_time(of(2, 0), of(0, -1)), 1, 999999);
    assert_time(E_add_time(of(-2, 0), of(0, 1)), -1, -999999);
    assert_time(E_add_time(of(1, 0), of(-1, -5)), 0, -5);
    assert_time(E_add_time(of(-1, -600000), of(-1, -600000)), -3, -200000);
    assert_time(E_add_time(of(1, 500000), of(-1, -500000)), 0, 0);
}

static void a_difference_below_zero_has_both_fields_below_zero(void **state)
{
    (void)state;
    assert_time(E_sub_time(of(0, 600000), of(1, 500000)), 0, -900000);
    assert_time(E_sub_time(of(5, 100000), of(1, 200000)), 3, 900000);
    assert_time(E_sub_time(of(1, 100000), of(5, 0)), -3, -900000);
}

static void comparison_looks_at_seconds_then_microseconds(void **state)
{
    (void)state;
    assert_int_equal(E_compare_time(of(2, 0), of(1, 999999)), 1);
    assert_int_equal(E_compare_time(of(1, 999999), of(2, 0)), -1);
    assert_int_equal(E_compare_time(of(1, 2), of(1, 1)), 1);
    assert_int_equal(E_compare_time(of(1, 1), of(1, 2)), -1);
    assert_int_equal(E_compare_time(of(1, 1), of(1, 1)), 0);
}

static void the_wall_clock_counts_from_1970(void **state)
{
    (void)state;
    time_t before = time(NULL);
    sp_time t = E_get_time();
    assert_in_range(t.sec, before, time(NULL) + 1);
    assert_in_range(t.usec, 0, 999999);
}

static void the_monotonic_clock_never_goes_back(void **state)
{
    (void)state;
    sp_time last = E_get_time_monotonic();
    for (int i = 0; i < 10000; i++) {
        sp_time t = E_get_time_monotonic();
        assert_in_range(t.usec, 0, 999999);
        assert_true(E_compare_time(t, last) >= 0);
        last = t;
    }
}

static void a_delay_lasts_as_long_as_asked(void **state)
{
    (void)state;
    sp_time start = E_get_time_monotonic();
    E_delay(of(0, 3000));
    sp_time took = E_sub_time(E_get_time_monotonic(), start);
    assert_true(E_compare_time(took, of(0, 2999)) >= 0);
}

static void on_alarm(int number)
{
    (void)number;
}

static void a_signal_ends_a_delay(void **state)
{
    (void)state;
    struct sigaction action = {.sa_handler = on_alarm}, before;
    struct itimerval soon = {.it_value.tv_usec = 1000, .it_interval.tv_usec = 1000};
    struct itimerval never = {.it_value.tv_usec = 0};
    sigaction(SIGALRM, &action, &before);
    sp_time start = E_get_time_monotonic();
    setitimer(ITIMER_REAL, &soon, NULL);
    E_delay(of(60, 0));
    setitimer(ITIMER_REAL, &never, NULL);
    sigaction(SIGALRM, &before, NULL);
    assert_true(E_sub_time(E_get_time_monotonic(), start).sec < 30);
}

static void a_negative_delay_is_none(void **state)
{
    (void)state;
    sp_time start = E_get_time_monotonic();
    E_delay(of(-60, 0));
    E_delay(of(0, -1));
    assert_true(E_sub_time(E_get_time_monotonic(), start).sec < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(negation_turns_both_fields),
        cmocka_unit_test(sums_are_carried_and_have_one_sign),
        cmocka_unit_test(a_difference_below_zero_has_both_fields_below_zero),
        cmocka_unit_test(comparison_looks_at_seconds_then_microseconds),
        cmocka_unit_test(the_wall_clock_counts_from_1970),
        cmocka_unit_test(the_monotonic_clock_never_goes_back),
        cmocka_unit_test(a_delay_lasts_as_long_as_asked),
        cmocka_unit_test(a_signal_ends_a_delay),
        cmocka_unit_test(a_negative_delay_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
