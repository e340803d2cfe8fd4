/* SPDX-License-Identifier: MIT
 *
 * Which of our sayings is one of a moment ago.
 */
#include "tests/support/test.h"

#include "daemon/membership/sayings.h"

static const usec START = 1000 * (usec)USEC_SECOND, AGO = 750 * USEC_MS;

static void a_saying_is_recent_for_so_long(void **state)
{
    struct sayings r = {0};
    (void)state;
    uint32_t saying = sayings_next(&r, START);
    assert_true(sayings_is_recent(&r, saying, AGO, START + AGO));
    assert_false(sayings_is_recent(&r, saying, AGO, START + AGO + 1));
}

static void each_saying_has_its_own_time(void **state)
{
    struct sayings r = {0};
    (void)state;
    uint32_t first = sayings_next(&r, START), second = sayings_next(&r, START + AGO);
    assert_int_equal(second, first + 1);
    assert_false(sayings_is_recent(&r, first, AGO, START + AGO + 1));
    assert_true(sayings_is_recent(&r, second, AGO, START + AGO + 1));
}

static void a_saying_that_never_was_is_not_recent(void **state)
{
    struct sayings r = {0};
    (void)state;
    assert_false(sayings_is_recent(&r, 0, AGO, 0));
    uint32_t saying = sayings_next(&r, START);
    assert_false(sayings_is_recent(&r, saying + 1, AGO, START));
    assert_false(sayings_is_recent(&r, saying + SAYINGS_KEPT, AGO, START));
    assert_false(sayings_is_recent(&r, saying - SAYINGS_KEPT, AGO, START));
}

static void so_many_sayings_are_remembered_at_any_time(void **state)
{
    struct sayings r = {0};
    (void)state;
    uint32_t first = sayings_next(&r, START);
    for (int i = 1; i < SAYINGS_KEPT; i++)
        sayings_next(&r, START);
    assert_true(sayings_is_recent(&r, first, AGO, START));
    sayings_next(&r, START);
    assert_false(sayings_is_recent(&r, first, AGO, START));
    assert_true(sayings_is_recent(&r, first + 1, AGO, START));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_saying_is_recent_for_so_long),
        cmocka_unit_test(each_saying_has_its_own_time),
        cmocka_unit_test(a_saying_that_never_was_is_not_recent),
        cmocka_unit_test(so_many_sayings_are_remembered_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
