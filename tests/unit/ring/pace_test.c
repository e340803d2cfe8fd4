/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/config/defaults.h"
#include "daemon/ring/pace.h"

enum { TOKEN_US = 1250 * USEC_MS, HURRY_US = 500 * USEC_MS };

static struct conf conf;

static struct pace on_a_lan(void)
{
    static const struct in_force in_force = {.conf = &conf};
    struct pace p;
    conf_set_defaults(&conf);
    pace_init(&p, &in_force);
    return p;
}

static void before_the_first_rotation_there_is_a_guess(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    assert_int_equal(pace_rotation(&p), 10 * USEC_MS);
    conf.wide_area = true;
    assert_int_equal(pace_rotation(&p), 100 * USEC_MS);
}

static void one_slow_rotation_in_a_thousand_does_not_count(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    for (int i = 0; i < 1000; i++)
        pace_on_rotation(&p, i == 500 ? 900 * USEC_MS : 1000, USEC_SECOND);
    assert_in_range(pace_rotation(&p), 1000,
                    1300); /* a quarter of a power of two is exact enough */
}

static void old_rotations_are_forgotten(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    usec now = USEC_SECOND;
    pace_on_rotation(&p, 400 * USEC_MS, now);
    for (int i = 0; i < 3; i++)
        pace_on_rotation(&p, 1000, now += 11 * USEC_SECOND);
    assert_in_range(pace_rotation(&p), 1000, 1300);
}

static void patience_stays_within_its_limits(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    pace_on_rotation(&p, 1, USEC_SECOND);
    assert_int_equal(pace_suspicion(&p, USEC_SECOND), TOKEN_US / 5);
    assert_int_equal(pace_resend(&p), 2 * USEC_MS);
    for (int i = 0; i < 10; i++)
        pace_on_rotation(&p, 10 * USEC_SECOND, USEC_SECOND);
    assert_int_equal(pace_suspicion(&p, USEC_SECOND), TOKEN_US);
    assert_int_equal(pace_resend(&p), 50 * USEC_MS);
}

static void who_runs_late_is_more_patient_with_others_for_a_while(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    usec now = 100 * USEC_SECOND;
    assert_int_equal(pace_health(&p, now), 1);
    for (unsigned i = 0; i < 6; i++)
        pace_on_lag(&p, TOKEN_US, now);
    assert_int_equal(pace_health(&p, now), 4);
    assert_int_equal(pace_health(&p, now + 11 * USEC_SECOND), 1);
}

static void a_token_rests_as_long_as_the_configuration_says_whatever_was_measured(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    usec idle = pace_idle(&p);
    pace_on_rotation(&p, 300 * USEC_MS, USEC_SECOND);
    pace_on_lag(&p, 300 * USEC_MS, USEC_SECOND);
    assert_int_equal(pace_idle(&p), idle);
    assert_true(idle <= HURRY_US);
}

/* A dead process is noticed when a datagram meets its closed port, and is to be out in 100 ms. */
static void a_token_that_rests_comes_round_often_enough_to_meet_a_dead_process(void **state)
{
    (void)state;
    struct pace p = on_a_lan();
    assert_true(pace_idle(&p) <= 70 * USEC_MS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(before_the_first_rotation_there_is_a_guess),
        cmocka_unit_test(one_slow_rotation_in_a_thousand_does_not_count),
        cmocka_unit_test(old_rotations_are_forgotten),
        cmocka_unit_test(patience_stays_within_its_limits),
        cmocka_unit_test(who_runs_late_is_more_patient_with_others_for_a_while),
        cmocka_unit_test(a_token_that_rests_comes_round_often_enough_to_meet_a_dead_process),
        cmocka_unit_test(a_token_rests_as_long_as_the_configuration_says_whatever_was_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
