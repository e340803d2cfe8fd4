/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "daemon/base/quiet.h"

static void the_first_line_is_written_at_once(void **state)
{
    (void)state;
    struct quiet q = {0};
    uint64_t left_out = 99;
    assert_true(quiet_may_speak(&q, 0, &left_out));
    assert_int_equal(left_out, 0);
}

static void a_second_later_the_next_line_tells_how_many_were_left_out(void **state)
{
    (void)state;
    struct quiet q = {0};
    uint64_t left_out;
    usec start = 5 * USEC_SECOND;
    assert_true(quiet_may_speak(&q, start, &left_out));
    for (usec i = 0; i < 1000; i++)
        assert_false(quiet_may_speak(&q, start + i, &left_out));
    assert_false(quiet_may_speak(&q, start + USEC_SECOND - 1, &left_out));
    assert_true(quiet_may_speak(&q, start + USEC_SECOND, &left_out));
    assert_int_equal(left_out, 1001);
}

static void the_count_starts_anew_with_each_line(void **state)
{
    (void)state;
    struct quiet q = {0};
    uint64_t left_out;
    assert_true(quiet_may_speak(&q, 0, &left_out));
    assert_false(quiet_may_speak(&q, 1, &left_out));
    assert_true(quiet_may_speak(&q, USEC_SECOND, &left_out));
    assert_int_equal(left_out, 1);
    assert_true(quiet_may_speak(&q, 9 * USEC_SECOND, &left_out));
    assert_int_equal(left_out, 0);
}

static void what_goes_on_is_told_after_twice_the_time_up_to_an_hour(void **state)
{
    (void)state;
    struct quiet q = {0};
    uint64_t left_out;
    usec now = 0, last = 0, wait = 0;
    for (int lines = 0; lines < 20; now += USEC_SECOND / 2) {
        if (!quiet_backs_off(&q, now, &left_out))
            continue;
        if (lines > 1)
            assert_int_equal(now - last, wait * 2 < 3600 * USEC_SECOND ? wait * 2
                                                                       : 3600 * USEC_SECOND);
        assert_int_equal(left_out, lines == 0 ? 0 : 2 * (now - last) / USEC_SECOND - 1);
        wait = lines == 0 ? 0 : now - last;
        last = now;
        lines++;
    }
}

static void after_a_silence_it_is_told_as_at_first(void **state)
{
    (void)state;
    struct quiet q = {0};
    uint64_t left_out;
    usec now = 0;
    for (; now < 100 * USEC_SECOND; now += USEC_SECOND / 4)
        quiet_backs_off(&q, now, &left_out);
    now += 400 * USEC_SECOND;
    assert_true(quiet_backs_off(&q, now, &left_out));
    assert_false(quiet_backs_off(&q, now + 1, &left_out));
    assert_true(quiet_backs_off(&q, now + USEC_SECOND, &left_out));
    assert_int_equal(left_out, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_line_is_written_at_once),
        cmocka_unit_test(a_second_later_the_next_line_tells_how_many_were_left_out),
        cmocka_unit_test(the_count_starts_anew_with_each_line),
        cmocka_unit_test(what_goes_on_is_told_after_twice_the_time_up_to_an_hour),
        cmocka_unit_test(after_a_silence_it_is_told_as_at_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
