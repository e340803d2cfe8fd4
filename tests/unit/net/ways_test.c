/* SPDX-License-Identifier: MIT
 *
 * What the ways by which packets of d2 came here let one think of.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/net/ways.h"

enum { NOW = 1000 * USEC_SECOND };

/* Packets came by those ways (S: segment, D: data port, T: token port) so long ago. */
static struct ways came(const char *by, usec ago)
{
    struct ways w = {0};
    for (; *by; by++)
        ways_note(&w, *by != 'S', *by == 'T', 100, NOW - ago);
    return w;
}

static enum ways_hint hint(const char *by, bool near)
{
    struct ways w = came(by, USEC_SECOND);
    return ways_hint(&w, near, NOW);
}

static void what_is_missing_is_what_is_to_be_looked_at(void **state)
{
    (void)state;
    assert_int_equal(hint("", true), HINT_NOTHING);
    assert_int_equal(hint("DT", true), HINT_SEGMENT);
    assert_int_equal(hint("T", true), HINT_DATA_PORT);
    assert_int_equal(hint("S", true), HINT_TOKEN_PORT);
    assert_int_equal(hint("SD", true), HINT_TOKEN_PORT);
    assert_int_equal(hint("ST", true), HINT_OTHER_WAY);
    assert_int_equal(hint("SDT", true), HINT_OTHER_WAY);
}

/* From another segment nothing comes to the address of ours, and data only in a common ring. */
static void a_daemon_of_another_segment_sends_to_our_address_alone(void **state)
{
    (void)state;
    assert_int_equal(hint("T", false), HINT_OTHER_WAY);
    assert_int_equal(hint("DT", false), HINT_OTHER_WAY);
    assert_int_equal(hint("D", false), HINT_TOKEN_PORT);
}

static void what_came_long_ago_does_not_count(void **state)
{
    (void)state;
    struct ways w = came("SDT", WAYS_LATELY_US + 1);
    assert_int_equal(ways_hint(&w, true, NOW), HINT_NOTHING);
    assert_true(ways_last(&w) == NOW - WAYS_LATELY_US - 1);
    ways_note(&w, true, true, 1400, NOW);
    assert_int_equal(ways_hint(&w, true, NOW), HINT_DATA_PORT);
    assert_true(ways_last(&w) == NOW);
    assert_int_equal(w.largest, 1400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_missing_is_what_is_to_be_looked_at),
        cmocka_unit_test(a_daemon_of_another_segment_sends_to_our_address_alone),
        cmocka_unit_test(what_came_long_ago_does_not_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
