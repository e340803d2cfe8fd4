/* SPDX-License-Identifier: MIT */
#include "tools/splog/collectors.h"

#include <string.h>

#include "tests/support/test.h"

static uint64_t note(struct collectors *c, uint8_t who, uint64_t next, unsigned wanted)
{
    struct id id;
    memset(&id, who, sizeof id);
    return collectors_note(c, &id, next, wanted);
}

static void one_collector_settles_what_it_has(void **state)
{
    (void)state;
    struct collectors c = {0};
    assert_int_equal(note(&c, 1, 5, 1), 5);
    assert_int_equal(note(&c, 2, 3, 1), 5);
    assert_int_equal(note(&c, 2, 9, 1), 9);
}

static void two_settle_what_both_have(void **state)
{
    (void)state;
    struct collectors c = {0};
    assert_int_equal(note(&c, 1, 5, 2), 0);
    assert_int_equal(note(&c, 1, 7, 2), 0); /* the same one again does not count twice */
    assert_int_equal(note(&c, 2, 6, 2), 6);
    assert_int_equal(note(&c, 3, 10, 2), 7);
    assert_int_equal(note(&c, 2, 10, 2), 10);
}

static void one_that_lost_lines_counts_as_behind(void **state)
{
    (void)state;
    struct collectors c = {0};
    note(&c, 1, 10, 2);
    assert_int_equal(note(&c, 2, 10, 2), 10);
    assert_int_equal(note(&c, 2, 4, 2), 4);
}

static void with_too_many_the_one_furthest_behind_is_forgotten(void **state)
{
    (void)state;
    struct collectors c = {0};
    for (uint8_t who = 0; who < COLLECTORS_MAX; who++)
        note(&c, who, 100u + who, 1);
    assert_int_equal(note(&c, 50, 200, 2), 100 + COLLECTORS_MAX - 1);
    assert_int_equal(c.count, COLLECTORS_MAX);
    assert_int_equal(note(&c, 1, 101, COLLECTORS_MAX), 101); /* not 0, which made room: 1 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_collector_settles_what_it_has),
        cmocka_unit_test(two_settle_what_both_have),
        cmocka_unit_test(one_that_lost_lines_counts_as_behind),
        cmocka_unit_test(with_too_many_the_one_furthest_behind_is_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
