/* SPDX-License-Identifier: MIT */
#include "tools/flooder/histogram.h"

#include "tests/support/test.h"

static void small_values_are_exact(void **state)
{
    (void)state;
    static struct histogram h;
    for (uint64_t v = 1; v <= 100; v++)
        histogram_add(&h, v);
    assert_int_equal(histogram_quantile(&h, 0), 1);
    assert_int_equal(histogram_quantile(&h, .5), 50);
    assert_int_equal(histogram_quantile(&h, .9), 90);
    assert_int_equal(histogram_quantile(&h, .99), 99);
    assert_int_equal(histogram_quantile(&h, 1), 100);
}

static void any_value_is_found_again_within_a_64th(void **state)
{
    (void)state;
    for (uint64_t v = 1; v > 0 && v < UINT64_MAX / 3; v = v * 3 / 2 + 1) {
        static struct histogram h;
        h = (struct histogram){0};
        histogram_add(&h, v);
        histogram_add(&h, UINT64_MAX); /* so that the maximum does not help */
        uint64_t found = histogram_quantile(&h, .5);
        assert_true(found >= v);
        assert_true(found - v <= v / 64);
    }
}

static void the_maximum_is_exact_and_no_quantile_exceeds_it(void **state)
{
    (void)state;
    static struct histogram h;
    histogram_add(&h, 1000003);
    assert_int_equal(h.max, 1000003);
    assert_int_equal(histogram_quantile(&h, .999), 1000003);
    histogram_add(&h, UINT64_MAX);
    assert_int_equal(histogram_quantile(&h, 1), UINT64_MAX);
}

static void nothing_has_no_quantiles(void **state)
{
    (void)state;
    static const struct histogram h;
    assert_int_equal(histogram_quantile(&h, .5), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(small_values_are_exact),
        cmocka_unit_test(any_value_is_found_again_within_a_64th),
        cmocka_unit_test(the_maximum_is_exact_and_no_quantile_exceeds_it),
        cmocka_unit_test(nothing_has_no_quantiles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
