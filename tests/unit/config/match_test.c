/* SPDX-License-Identifier: MIT
 *
 * Which daemon of one configuration is which of another, at reload.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/reading.h"

#define OLD "Spread_Segment 10.0.0.255:4803 { a 10.0.0.1 b 10.0.0.2 c 10.0.0.3 }"

/* The indices in the new configuration of the daemons of the old one. */
static void check_match(const char *old, const char *new, int a, int b, int c, bool same_ring)
{
    struct reading *from = reading_of(old), *to = reading_of(new);
    int index[CONF_DAEMONS_MAX];
    assert_non_null(from->conf);
    assert_non_null(to->conf);
    conf_match(from->conf, to->conf, index);
    assert_int_equal(index[0], a);
    assert_int_equal(index[1], b);
    assert_int_equal(index[2], c);
    assert_int_equal(conf_same_ring(from->conf, to->conf), same_ring);
    reading_free(from);
    reading_free(to);
}

static void options_do_not_change_the_ring(void **state)
{
    (void)state;
    check_match(OLD, OLD, 0, 1, 2, true);
    check_match(OLD, "Window = 5 PersonalWindow = 2 DangerousMonitor = yes " OLD, 0, 1, 2, true);
    check_match(OLD, "PacketSize = 8000 " OLD, 0, 1, 2, false);
    check_match(OLD,
                "Spread_Segment 10.0.0.255:4803 { a 10.0.0.1 { 10.0.0.1 } b 10.0.0.2 c 10.0.0.3 }",
                0, 1, 2, true);
}

static void the_protocol_as_written_changes_the_ring_and_no_daemon(void **state)
{
    (void)state;
    check_match(OLD, "AcceleratedRing = true " OLD, 0, 1, 2, false);
}

static void daemons_keep_their_identity_wherever_they_move(void **state)
{
    (void)state;
    check_match(OLD, "Spread_Segment 10.0.0.255:4803 { c 10.0.0.3 a 10.0.0.1 b 10.0.0.2 }", 1, 2, 0,
                false);
    check_match(OLD, "Spread_Segment 10.0.0.255:4803 { n 10.0.0.9 a 10.0.0.1 c 10.0.0.3 }", 1, -1,
                2, false);
    check_match(OLD,
                "Spread_Segment 10.0.0.255:4803 { b 10.0.0.2 } "
                "Spread_Segment 10.0.1.255:4803 { a 10.0.0.1 c 10.0.0.3 }",
                1, 0, 2, false);
}

static void another_address_port_name_or_id_makes_another_daemon(void **state)
{
    (void)state;
    check_match(OLD, "Spread_Segment 10.0.0.255:4803 { a 10.0.0.9 b 10.0.0.2 c 10.0.0.3 }", -1, 1,
                2, false);
    check_match(OLD,
                "Spread_Segment 10.0.0.255:4803 { a 10.0.0.1 b 10.0.0.2 } "
                "Spread_Segment 10.0.0.255:4900 { c 10.0.0.3 }",
                0, 1, -1, false);
    check_match(OLD, "Spread_Segment 10.0.0.255:4803 { a 10.0.0.1 B 10.0.0.2 c 10.0.0.3 }", 0, -1,
                2, false);
    check_match(OLD,
                "Spread_Segment 10.0.0.255:4803 { a 10.0.0.1 b 10.0.0.2 VirtualID = 7 c 10.0.0.3 }",
                0, -1, 2, false);
}

static void segment_addresses_change_the_ring_even_where_the_hash_leaves_them_out(void **state)
{
    (void)state;
#define LEAVE "ExcludeSegAddrsFromHash = true "
    check_match(LEAVE OLD, LEAVE OLD, 0, 1, 2, true);
    check_match(LEAVE OLD,
                LEAVE "Spread_Segment 10.0.9.255:4803 { a 10.0.0.1 b 10.0.0.2 c 10.0.0.3 }", 0, 1,
                2, false);
    check_match(LEAVE OLD,
                LEAVE
                "Spread_Segment 10.0.0.255:4803 10.0.9.255 { a 10.0.0.1 b 10.0.0.2 c 10.0.0.3 }",
                0, 1, 2, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_do_not_change_the_ring),
        cmocka_unit_test(the_protocol_as_written_changes_the_ring_and_no_daemon),
        cmocka_unit_test(daemons_keep_their_identity_wherever_they_move),
        cmocka_unit_test(another_address_port_name_or_id_makes_another_daemon),
        cmocka_unit_test(segment_addresses_change_the_ring_even_where_the_hash_leaves_them_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
