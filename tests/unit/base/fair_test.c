/* SPDX-License-Identifier: MIT
 *
 * Lines that take turns.
 */
#include "tests/support/test.h"

#include "daemon/base/fair.h"

enum { PER_LINE = 3 };

static struct fair all;
static struct fair_line a, b;
static struct link in_a[PER_LINE], in_b[PER_LINE];

static int begin(void **state)
{
    (void)state;
    fair_init(&all);
    fair_line_init(&a);
    fair_line_init(&b);
    for (int i = 0; i < PER_LINE; i++) {
        list_init(&in_a[i]);
        list_init(&in_b[i]);
    }
    return 0;
}

static void who_comes_after_a_crowd_is_the_second_to_be_served(void **state)
{
    (void)state;
    for (int i = 0; i < PER_LINE; i++)
        fair_add(&all, &a, &in_a[i]);
    fair_add(&all, &b, &in_b[0]);
    assert_ptr_equal(fair_take(&all), &in_a[0]);
    assert_ptr_equal(fair_take(&all), &in_b[0]);
    fair_add(&all, &b, &in_b[1]);
    assert_ptr_equal(fair_take(&all), &in_a[1]);
    assert_ptr_equal(fair_take(&all), &in_b[1]);
    assert_ptr_equal(fair_take(&all), &in_a[2]);
    assert_null(fair_take(&all));
    assert_true(fair_empty(&all));
}

static void who_has_gone_is_not_served_and_its_line_is_none(void **state)
{
    (void)state;
    fair_add(&all, &a, &in_a[0]);
    fair_add(&all, &a, &in_a[1]);
    fair_add(&all, &b, &in_b[0]);
    fair_drop(&a, &in_a[0]);
    fair_drop(&b, &in_b[0]);
    fair_drop(&b, &in_b[0]); /* again, which is nothing */
    assert_ptr_equal(fair_take(&all), &in_a[1]);
    assert_null(fair_take(&all));
    fair_add(&all, &a, &in_a[0]);
    assert_ptr_equal(fair_take(&all), &in_a[0]);
    assert_true(fair_empty(&all));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(who_comes_after_a_crowd_is_the_second_to_be_served, begin),
        cmocka_unit_test_setup(who_has_gone_is_not_served_and_its_line_is_none, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
