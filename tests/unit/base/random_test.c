/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/base/random.h"

/* The first numbers that the author of splitmix64 publishes for these seeds: recorded runs of the
 * simulator stand on them. */
static void the_generator_is_splitmix64(void **state)
{
    (void)state;
    struct random zero = {0}, other = {1234567};
    assert_int_equal(random_next(&zero), 0xe220a8397b1dcdaf);
    assert_int_equal(random_next(&zero), 0x6e789e6aa1b965f4);
    assert_int_equal(random_next(&zero), 0x06c45d188009454f);
    assert_int_equal(random_next(&other), 6457827717110365317u);
    assert_int_equal(random_next(&other), 3203168211198807973u);
    assert_int_equal(random_next(&other), 9817491932198370423u);
}

static void equal_seeds_give_equal_runs_and_others_do_not(void **state)
{
    (void)state;
    struct random a = {77}, b = {77}, c = {78};
    int equal = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t n = random_next(&a);
        assert_int_equal(n, random_next(&b));
        equal += n == random_next(&c);
    }
    assert_int_equal(equal, 0);
}

static void a_number_below_a_limit_is_below_it(void **state)
{
    (void)state;
    static const uint32_t limits[] = {1, 2, 3, 7, 1000, UINT32_MAX};
    struct random r = {5};
    for (size_t k = 0; k < COUNT_OF(limits); k++)
        for (int i = 0; i < 1000; i++)
            assert_in_range(random_below(&r, limits[k]), 0, limits[k] - 1);
}

static void every_number_below_a_limit_comes_up(void **state)
{
    (void)state;
    struct random r = {6};
    int seen[10] = {0};
    for (int i = 0; i < 10000; i++)
        seen[random_below(&r, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_in_range(seen[i], 800, 1200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_generator_is_splitmix64),
        cmocka_unit_test(equal_seeds_give_equal_runs_and_others_do_not),
        cmocka_unit_test(a_number_below_a_limit_is_below_it),
        cmocka_unit_test(every_number_below_a_limit_comes_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
