/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/base/random.h"
#include "daemon/seal/replay.h"

static void each_number_is_new_once(void **state)
{
    (void)state;
    struct replay r = {0};
    for (uint64_t n = 1; n < 3 * REPLAY_SPAN; n++) {
        assert_true(replay_is_new(&r, n));
        replay_note(&r, n);
        assert_false(replay_is_new(&r, n));
    }
}

static void no_packet_has_number_zero(void **state)
{
    (void)state;
    struct replay r = {0};
    assert_false(replay_is_new(&r, 0));
}

static void what_was_overtaken_is_new_until_it_is_too_old(void **state)
{
    (void)state;
    struct replay r = {0};
    replay_note(&r, 9000);
    assert_true(replay_is_new(&r, 8999));
    assert_true(replay_is_new(&r, 9000 - REPLAY_SPAN + 1));
    assert_false(replay_is_new(&r, 9000 - REPLAY_SPAN));
    assert_false(replay_is_new(&r, 800));
    replay_note(&r, 8999);
    assert_false(replay_is_new(&r, 8999));
    assert_true(replay_is_new(&r, 8998));
}

static void numbers_that_were_jumped_over_are_new_whatever_stood_in_their_places(void **state)
{
    (void)state;
    struct replay r = {0};
    for (uint64_t n = 1; n <= 100; n++)
        replay_note(&r, n);
    replay_note(&r, REPLAY_SPAN + 50); /* 51 to 100 have places that are not reused yet */
    for (uint64_t n = 51; n <= 100; n++)
        assert_false(replay_is_new(&r, n));
    for (uint64_t n = 101; n < REPLAY_SPAN + 50; n++)
        assert_true(replay_is_new(&r, n));
    replay_note(&r, 10 * REPLAY_SPAN);
    for (uint64_t n = 9 * REPLAY_SPAN + 1; n < 10 * REPLAY_SPAN; n++)
        assert_true(replay_is_new(&r, n));
}

static void the_last_numbers_there_are_do_not_wrap(void **state)
{
    (void)state;
    struct replay r = {0};
    replay_note(&r, UINT64_MAX);
    assert_false(replay_is_new(&r, UINT64_MAX));
    assert_true(replay_is_new(&r, UINT64_MAX - 1));
    assert_false(replay_is_new(&r, 1));
}

/* Against one that remembers everything, with numbers that come in any order near the newest. */
static void nothing_that_was_noted_is_ever_new(void **state)
{
    (void)state;
    enum { ALL = 40000 };
    static bool noted[ALL];
    struct replay r = {0};
    struct random random = {7};
    uint64_t newest = 0;
    for (int i = 0; i < 200000 && newest < ALL - 300; i++) {
        uint64_t n = newest + 300 - random_below(&random, newest > 9000 ? 9300 : (uint32_t)newest + 300);
        bool expected = !noted[n] && (n > newest || newest - n < REPLAY_SPAN);
        assert_int_equal(replay_is_new(&r, n), expected);
        if (expected && random_below(&random, 3)) {
            replay_note(&r, n);
            noted[n] = true;
            newest = n > newest ? n : newest;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_number_is_new_once),
        cmocka_unit_test(no_packet_has_number_zero),
        cmocka_unit_test(what_was_overtaken_is_new_until_it_is_too_old),
        cmocka_unit_test(numbers_that_were_jumped_over_are_new_whatever_stood_in_their_places),
        cmocka_unit_test(the_last_numbers_there_are_do_not_wrap),
        cmocka_unit_test(nothing_that_was_noted_is_ever_new),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
