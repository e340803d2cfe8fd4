/* SPDX-License-Identifier: MIT
 *
 * What is said of addresses that do not reach whom they should, without asking the system.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/reading.h"

static void warned(const char *text, const char *part)
{
    struct reading *r = reading_of(text);
    if (!r->conf)
        fail_msg("%s: %s", text, r->fatal->text);
    if (r->count != 1 || !reading_warning(r, part))
        fail_msg("%s: %d warnings, the first: %s", text, r->count, r->count ? r->said[0].text : "");
    reading_free(r);
}

static void quiet(const char *text)
{
    struct reading *r = reading_of(text);
    if (r->count != 0)
        fail_msg("%s: %s", text, r->said[0].text);
    reading_free(r);
}

static void addresses_that_reach_all_are_passed_over(void **state)
{
    (void)state;
    quiet("Spread_Segment 10.5.5.255:4803 { d1 10.5.5.1 d2 10.5.5.2 }");
    quiet("Spread_Segment 10.5.255.255:4803 { d1 10.5.5.1 d2 10.5.6.2 }");
    quiet("Spread_Segment 10.5.5.3:4803 { d1 10.5.5.1 d2 10.5.5.2 }"); /* a /30 */
    quiet("Spread_Segment 10.5.5.127:4803 { d1 10.5.5.1 d2 10.5.5.126 }");
    quiet("Spread_Segment 255.255.255.255:4803 { d1 10.5.5.1 d2 10.6.6.2 }");
    quiet("Spread_Segment 239.1.1.1:4803 { d1 10.5.5.1 d2 10.6.6.2 }");
    quiet("Spread_Segment 127.255.255.255:4803 { d1 127.0.0.1 d2 127.0.0.2 }");
    quiet("Spread_Segment 127.0.0.255:4803 { d1 127.0.0.1 }");
    quiet("Spread_Segment 10.5.5.1:4803 { d1 10.5.5.1 }"); /* alone: nothing is sent to it */
}

static void the_loopback_address_of_an_example_does_not_reach_other_machines(void **state)
{
    (void)state;
    warned("Spread_Segment 127.0.0.255:6205 { localhost 172.18.0.2 machine1 172.18.0.3 }",
           "127.0.0.255 reaches this machine alone, and localhost is at 172.18.0.2");
    warned("Spread_Segment 127.0.0.255:6205 { d1 127.0.0.1 d2 127.0.0.2 }",
           "127.0.0.255 reaches one daemon of this machine alone");
}

static void a_broadcast_address_of_another_network_is_told(void **state)
{
    (void)state;
    warned("Spread_Segment 10.5.5.255:6205 { d1 10.5.5.1 d2 10.5.6.2 }",
           "the broadcast address of no network that has 10.5.6.2: what is sent to it does not "
           "reach d2");
    warned("Spread_Segment 10.5.5.128:6205 { d1 10.5.5.129 d2 10.5.5.130 }", "does not reach d1");
    warned("Spread_Segment 239.1.1.1:6205 10.5.8.255 { d1 10.5.5.1 d2 10.5.5.2 }",
           "does not reach d1");
}

static void the_address_of_a_daemon_reaches_that_one_alone(void **state)
{
    (void)state;
    warned("Spread_Segment 10.5.5.2:6205 { d1 10.5.5.1 d2 10.5.5.2 }",
           "10.5.5.2 is the address of d2: what is sent to the segment reaches that daemon alone");
}

static void a_name_that_a_hosts_file_has_at_127_0_1_1_is_refused_beside_others(void **state)
{
    (void)state;
    struct reading *r = reading_of("Spread_Segment 10.5.5.255:6205 { node0 node1 }");
    assert_null(r->conf);
    assert_non_null(strstr(r->fatal->message, "/etc/hosts"));
    assert_non_null(strstr(r->fatal->message, "node0 is 127.0.1.1"));
    assert_string_equal(r->fatal->token, "node0");
    reading_free(r);
    quiet("Spread_Segment 127.0.1.255:6205 { node0 }");
    quiet("Spread_Segment 127.255.255.255:6205 { node0 localhost }");
}

static void an_address_of_loopback_that_is_written_beside_others_is_a_warning(void **state)
{
    (void)state;
    warned("Spread_Segment 239.1.1.1:6205 { node0 127.0.1.1 node1 }",
           "node0 is at 127.0.1.1, which no other machine reaches, and node1 is at 10.5.5.1");
    warned("Spread_Segment 239.1.1.1:6205 { localhost node1 }", "localhost is at 127.0.0.1");
    warned("Spread_Segment [ff15::1]:6205 { d1 ::1 d2 fd00::2 }", "d1 is at ::1");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_that_reach_all_are_passed_over),
        cmocka_unit_test(the_loopback_address_of_an_example_does_not_reach_other_machines),
        cmocka_unit_test(a_broadcast_address_of_another_network_is_told),
        cmocka_unit_test(the_address_of_a_daemon_reaches_that_one_alone),
        cmocka_unit_test(a_name_that_a_hosts_file_has_at_127_0_1_1_is_refused_beside_others),
        cmocka_unit_test(an_address_of_loopback_that_is_written_beside_others_is_a_warning),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
