/* SPDX-License-Identifier: MIT
 *
 * The last ten minutes, a second each.
 */
#include "daemon/sight/samples.h"
#include "tests/support/test.h"

static void the_last_six_hundred_are_kept_in_order(void **state)
{
    static struct samples s;
    struct histogram h = {.sum_us = 0};
    (void)state;
    for (uint64_t i = 0; i < SAMPLES + 50; i++)
        samples_add(&s, (struct sample){.at = i * SAMPLE_US, .messages = i}, &h, &h, &h);
    assert_int_equal(s.count, SAMPLES);
    assert_int_equal(samples_at(&s, 0)->messages, 50);
    assert_int_equal(samples_at(&s, SAMPLES - 1)->messages, SAMPLES + 49);
}

static void one_is_due_a_second_after_the_last(void **state)
{
    static struct samples s;
    struct histogram h = {.sum_us = 0};
    (void)state;
    assert_true(samples_due(&s, 5));
    samples_add(&s, (struct sample){.at = 5}, &h, &h, &h);
    assert_false(samples_due(&s, SAMPLE_US + 4));
    assert_true(samples_due(&s, SAMPLE_US + 5));
}

static void times_are_those_of_its_own_second(void **state)
{
    static struct samples s;
    struct histogram agreed = {.sum_us = 0}, none = {.sum_us = 0};
    (void)state;
    histogram_note(&agreed, 100000, 1);
    samples_add(&s, (struct sample){.at = 1}, &agreed, &none, &none);
    histogram_note(&agreed, 100, 1);
    samples_add(&s, (struct sample){.at = 2}, &agreed, &none, &none);
    samples_add(&s, (struct sample){.at = 3}, &agreed, &none, &none);
    assert_int_equal(samples_at(&s, 0)->agreed_most, 131072);
    assert_int_equal(samples_at(&s, 1)->agreed_half, 128);
    assert_int_equal(samples_at(&s, 1)->agreed_most, 128);
    assert_int_equal(samples_at(&s, 2)->agreed_half, 0);
    assert_int_equal(samples_at(&s, 1)->safe_half, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_last_six_hundred_are_kept_in_order),
        cmocka_unit_test(one_is_due_a_second_after_the_last),
        cmocka_unit_test(times_are_those_of_its_own_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
