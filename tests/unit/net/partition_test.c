/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/net/partition.h"

static const usec begun = 5 * USEC_SECOND, lasts = PARTITION_LASTS_S * (usec)USEC_SECOND;

static void without_a_partition_nobody_is_cut_off(void **state)
{
    static const struct partition none;
    (void)state;
    assert_false(partition_cuts(&none, 0, 1, 0));
    assert_false(partition_cuts(&none, 0, 1, begun));
}

static void components_do_not_hear_each_other_for_a_minute(void **state)
{
    static const int16_t component[] = {0, 7, 7};
    struct partition p = {.until = 0};
    (void)state;
    partition_set(&p, component, 3, begun);
    assert_true(partition_cuts(&p, 0, 1, begun));
    assert_true(partition_cuts(&p, 2, 0, begun + lasts - 1));
    assert_false(partition_cuts(&p, 1, 2, begun));
    assert_false(partition_cuts(&p, 0, 1, begun + lasts));
}

static void a_new_word_of_the_monitor_starts_the_minute_again(void **state)
{
    static const int16_t component[] = {0, 1}, together[] = {3, 3};
    struct partition p = {.until = 0};
    (void)state;
    partition_set(&p, component, 2, begun);
    partition_set(&p, component, 2, begun + lasts - 1);
    assert_true(partition_cuts(&p, 0, 1, begun + lasts));
    partition_set(&p, together, 2, begun + lasts);
    assert_false(partition_cuts(&p, 0, 1, begun + lasts));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_a_partition_nobody_is_cut_off),
        cmocka_unit_test(components_do_not_hear_each_other_for_a_minute),
        cmocka_unit_test(a_new_word_of_the_monitor_starts_the_minute_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
