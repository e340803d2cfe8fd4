/* SPDX-License-Identifier: MIT
 *
 * Which of the rounds that we have used is one of a moment ago.
 */
#include "tests/support/test.h"

#include "daemon/membership/rounds.h"

static const usec START = 1000 * (usec)USEC_SECOND, AGO = 750 * USEC_MS;

static void a_round_is_recent_for_so_long(void **state)
{
    struct rounds r = {0};
    (void)state;
    uint32_t round = rounds_next(&r, START);
    assert_true(rounds_is_recent(&r, round, AGO, START + AGO));
    assert_false(rounds_is_recent(&r, round, AGO, START + AGO + 1));
}

static void each_round_has_its_own_time(void **state)
{
    struct rounds r = {0};
    (void)state;
    uint32_t first = rounds_next(&r, START), second = rounds_next(&r, START + AGO);
    assert_int_equal(second, first + 1);
    assert_false(rounds_is_recent(&r, first, AGO, START + AGO + 1));
    assert_true(rounds_is_recent(&r, second, AGO, START + AGO + 1));
}

static void a_round_that_never_was_is_not_recent(void **state)
{
    struct rounds r = {0};
    (void)state;
    assert_false(rounds_is_recent(&r, 0, AGO, 0));
    uint32_t round = rounds_next(&r, START);
    assert_false(rounds_is_recent(&r, round + 1, AGO, START));
    assert_false(rounds_is_recent(&r, round + ROUNDS_KEPT, AGO, START));
    assert_false(rounds_is_recent(&r, round - ROUNDS_KEPT, AGO, START));
}

static void so_many_rounds_are_remembered_at_any_time(void **state)
{
    struct rounds r = {0};
    (void)state;
    uint32_t first = rounds_next(&r, START);
    for (int i = 1; i < ROUNDS_KEPT; i++)
        rounds_next(&r, START);
    assert_true(rounds_is_recent(&r, first, AGO, START));
    rounds_next(&r, START);
    assert_false(rounds_is_recent(&r, first, AGO, START));
    assert_true(rounds_is_recent(&r, first + 1, AGO, START));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_is_recent_for_so_long),
        cmocka_unit_test(each_round_has_its_own_time),
        cmocka_unit_test(a_round_that_never_was_is_not_recent),
        cmocka_unit_test(so_many_rounds_are_remembered_at_any_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
