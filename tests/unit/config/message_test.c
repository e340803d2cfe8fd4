/* SPDX-License-Identifier: MIT
 *
 * What is said of a file: the place, the offending text, what was expected, and the caret.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/config/golden.h"
#include "tests/unit/config/reading.h"

static const struct {
    const char *file;
    int line, column;
    const char *token, *part; /* of the message */
} refusals[] = {
    {"i01_empty.conf", 1, 1, "", "Spread_Segment and its daemons"},
    {"i02_no_segment.conf", 3, 1, "", "Spread_Segment and its daemons"},
    {"i03_segment_without_daemons.conf", 1, 16, "127.0.0.255:5200",
     "cannot come first unless ActiveIPVersion"},
    {"i04_no_daemons_v4_declared.conf", 3, 1, "", "no daemon"},
    {"i05_keyword_case.conf", 1, 1, "spread_segment", "did you mean Spread_Segment?"},
    {"i06_equals_without_spaces.conf", 1, 1, "DangerousMonitor=true", "put blanks around the ="},
    {"i07_equals_half_spaced.conf", 1, 18, "=true", "expected = after DangerousMonitor"},
    {"i08_unknown_option_last.conf", 3, 1, "NoSuchOption",
     "expected Spread_Segment or the name of an option"},
    {"i09_unknown_option_first.conf", 1, 1, "NoSuchOption", "the name of an option"},
    {"i10_semicolon_after_segment.conf", 1, 49, ";", "one ; may stand after a daemon"},
    {"i11_two_semicolons.conf", 1, 50, ";", "one ; may stand after a daemon"},
    {"i12_semicolon_glued_to_address.conf", 2, 13, "127.0.0.1;", "put a blank before the ;"},
    {"i13_port_65536.conf", 1, 16, "127.0.0.255:65536", "the highest port is 65534"},
    {"i14_port_six_digits.conf", 1, 16, "127.0.0.255:100000", "one to five digits"},
    {"i15_port_spaced.conf", 1, 28, ":", "no blank may stand between"},
    {"i16_octet_256.conf", 1, 16, "127.0.0.256:5200", "0 to 255"},
    {"i17_octet_leading_zero.conf", 1, 16, "127.0.00.255:5200", "without leading zeros"},
    {"i18_segment_by_name.conf", 1, 16, "localhost:5200", "the address of the segment"},
    {"i19_extra_address_with_port.conf", 1, 33, "127.0.1.255:5200",
     "at the first address of a segment only"},
    {"i20_six_segment_addresses.conf", 1, 81, "127.0.5.255", "at most 5 addresses"},
    {"i21_segment_unspecified.conf", 1, 16, "0.0.0.0:5200", "cannot be the address of a segment"},
    {"i22_missing_open_brace.conf", 1, 33, "d1", "expected { and the daemons"},
    {"i23_missing_close_brace.conf", 3, 1, "", "the } of the segment in line 1 is missing"},
    {"i24_duplicate_name.conf", 3, 3, "d1", "is taken by the daemon in line 2"},
    {"i25_duplicate_after_cut.conf", 3, 3, "same-first-nineteen-chars-B",
     "names are cut to 19 bytes"},
    {"i26_duplicate_address.conf", 3, 3, "d2", "the same address 127.0.0.1 and port 5200"},
    {"i27_duplicate_address_two_segments.conf", 2, 35, "d2",
     "the same address 127.0.0.1 and port 5200"},
    {"i28_duplicate_virtual_id.conf", 3, 28, "4", "d2 and d1 (line 2) have the same VirtualID 4"},
    {"i29_virtual_id_zero.conf", 1, 60, "0", "1 to 999999999"},
    {"i30_virtual_id_ten_digits.conf", 1, 60, "1000000000", "at most nine digits"},
    {"i31_virtual_id_after_interfaces.conf", 2, 32, "VirtualID", "before the interfaces"},
    {"i32_virtual_id_glued_semicolon.conf", 1, 60, "4;", "put a blank before the ;"},
    {"i33_interfaces_empty.conf", 1, 48, "{", "one entry at least"},
    {"i34_interfaces_lack_daemon.conf", 1, 48, "{", "must be 127.0.0.1, the address of d1"},
    {"i35_interface_with_port.conf", 1, 52, "127.0.0.1:5200", "an address without a port"},
    {"i36_interface_letters_glued.conf", 1, 50, "DC", "expected C, D, M"},
    {"i37_interface_letter_lower_case.conf", 1, 50, "d", "expected C, D, M"},
    {"i38_eleven_interfaces.conf", 12, 5, "127.0.0.1", "at most 10 interfaces"},
    {"i39_daemon_address_with_port.conf", 2, 13, "127.0.0.1:5200",
     "at the first address of a segment only"},
    {"i40_daemon_unspecified.conf", 1, 38, "0.0.0.0", "cannot be the address of a daemon"},
    {"i41_daemon_multicast.conf", 1, 38, "239.1.1.1", "cannot be the address of a daemon"},
    {"i42_name_zero_length.conf", 1, 35, "\"\"", "must have a name"},
    {"i43_name_is_number.conf", 1, 35, "42", "in quotes"},
    {"i44_name_is_keyword.conf", 1, 35, "ERROR", "in quotes"},
    {"i45_name_is_boolean_word.conf", 1, 35, "No", "in quotes"},
    {"i46_bool_on.conf", 1, 20, "on", "expected true, yes, false or no"},
    {"i47_tristate_true.conf", 1, 19, "true", "expected on, off or auto"},
    {"i48_negative_number.conf", 1, 22, "-1", "numbers have no sign"},
    {"i49_number_as_string_value.conf", 1, 14, "1000", "in quotes"},
    {"i50_window_zero.conf", 1, 10, "0", "from 1 to 999999999"},
    {"i51_personal_over_window.conf", 1, 1, "Window",
     "PersonalWindow, which is 20, is over Window, which is 10"},
    {"i52_accelerated_over_personal.conf", 2, 1, "AcceleratedWindow",
     "AcceleratedWindow, which is 21, is over PersonalWindow"},
    {"i53_one_timeout_only.conf", 1, 1, "TokenTimeout",
     "all nine timeouts must be given, or none; missing are HurryTimeout, AliveTimeout"},
    {"i54_timeout_zero.conf", 1, 16, "0", "HurryTimeout must be a number of milliseconds from 1"},
    {"i55_ip_version_case.conf", 1, 19, "ipv4", "IPv4 or IPv6"},
    {"i56_ip_version_conflict_before.conf", 2, 38, "127.0.0.1",
     "127.0.0.1 is an IPv4 address, and this configuration uses IPv6"},
    {"i57_ip_version_conflict_after.conf", 2, 19, "IPv6", "what stands before this line uses IPv4"},
    {"i58_mixed_families.conf", 2, 5, "::1",
     "::1 is an IPv6 address, and this configuration uses IPv4"},
    {"i59_ipv4_mapped_ipv6.conf", 1, 44, "::ffff:127.0.0.1", "cannot be found: nobody knows it"},
    {"i60_policy_unknown.conf", 1, 23, "DENY", "the only AccessControlPolicy is PERMIT"},
    {"i61_debug_flag_unknown.conf", 1, 27, "NETWORKS", "NETWORK PROTOCOL SESSION"},
    {"i62_debug_flags_no_braces.conf", 1, 14, "ALL", "expected { and the flags"},
    {"i63_priority_DEBUG_without_p.conf", 1, 17, "DEBUG", "expected pDEBUG, INFO"},
    {"i64_twenty_one_segments.conf", 21, 1, "Spread_Segment", "at most 20 segments"},
    {"i65_129_daemons.conf", 130, 3, "n128", "at most 128 daemons"},
    {"i68_user_name_too_long.conf", 1, 14, "this-user-name-has-more-than-32-characters",
     "DaemonUser has at most 32 bytes"},
    {"i69_bare_value_with_equals.conf", 2, 1, "EventTimeStamp=%H", "put blanks around the ="},
    {"i70_bang_at_end_of_line.conf", 1, 20, "!", "something must stand behind the !"},
};

enum { REFUSALS = sizeof refusals / sizeof refusals[0] };

static const struct golden *file_named(const struct golden *list, const char *name)
{
    for (int i = 0; i < GOLDEN_FILES; i++)
        if (strcmp(list[i].name, name) == 0)
            return &list[i];
    fail_msg("there is no %s", name);
    return NULL;
}

static void each_refused_golden_file_is_told_where_and_why(void **state)
{
    (void)state;
    struct golden *list = golden_load();
    int refused = 0;
    for (int i = 0; i < GOLDEN_FILES; i++)
        refused += !list[i].accepted;
    assert_int_equal(refused, REFUSALS);
    for (int i = 0; i < REFUSALS; i++) {
        const struct golden *g = file_named(list, refusals[i].file);
        struct reading *r = reading_of_bytes(g->text, g->len);
        assert_non_null(r->fatal);
        if (r->fatal->line != refusals[i].line || r->fatal->column != refusals[i].column ||
            strcmp(r->fatal->token, refusals[i].token) != 0 ||
            !strstr(r->fatal->message, refusals[i].part))
            fail_msg("%s: %s (token %s)", g->name, r->fatal->text, r->fatal->token);
        reading_free(r);
    }
    golden_free(list);
}

/* The text of the fatal finding about a text that is refused. */
static void check_text(const char *conf, const char *expected)
{
    struct reading *r = reading_of(conf);
    assert_non_null(r->fatal);
    assert_string_equal(r->fatal->text, expected);
    reading_free(r);
}

static void the_caret_stands_below_the_text_it_means(void **state)
{
    (void)state;
    check_text(
        "# first\n\tWindow = zero\n",
        "test.conf:2:11: error: expected a number of packets from 1 to 999999999, found zero\n"
        "\tWindow = zero\n"
        "\t         ^~~~");
    /* One column of the screen for each character, not for each byte. */
    check_text("DaemonUser = \"d\xc3\xa9j\xc3\xa0\" Window = \xc3\xa9t\xc3\xa9\r\n",
               "test.conf:1:32: error: expected a number of packets from 1 to 999999999, "
               "found \xc3\xa9t\xc3\xa9\n"
               "DaemonUser = \"d\xc3\xa9j\xc3\xa0\" Window = \xc3\xa9t\xc3\xa9\n"
               "                             ^~~");
    check_text("Window =\n",
               "test.conf:2:1: error: expected a number of packets from 1 to 999999999, "
               "found the end of the file");
}

static void control_characters_do_not_reach_the_terminal(void **state)
{
    (void)state;
    check_text("Window = \x1b[2J\x07\n",
               "test.conf:1:10: error: expected a number of packets from 1 to 999999999, found ?\n"
               "Window = ?[2J?\n"
               "         ^");
}

static void a_long_line_is_shown_around_the_place(void **state)
{
    (void)state;
    char conf[2000];
    memset(conf, ' ', sizeof conf);
    memcpy(conf + 1000, "Wind0w", 6);
    conf[sizeof conf - 1] = '\0';
    struct reading *r = reading_of(conf);
    assert_int_equal(r->fatal->column, 1001);
    assert_int_equal(strlen(r->fatal->source), 200);
    const char *caret = strrchr(r->fatal->text, '\n') + 1;
    assert_memory_equal(r->fatal->source + strcspn(caret, "^"), "Wind0w", 6);
    assert_string_equal(caret + strcspn(caret, "^"), "^~~~~~");
    assert_non_null(strstr(r->fatal->message, "did you mean Window?"));
    reading_free(r);

    memset(conf, 'x', sizeof conf - 1);
    r = reading_of(conf);
    assert_int_equal(strlen(r->fatal->token), 64);
    assert_int_equal(strlen(r->fatal->source), 200);
    reading_free(r);
}

static void a_finding_text_that_does_not_fit_is_cut(void **state)
{
    (void)state;
    char small[24];
    memset(small, 'x', sizeof small);
    const struct conf_finding f = {.fatal = true,
                                   .file = "a.conf",
                                   .line = 1,
                                   .column = 1,
                                   .token = "x",
                                   .message = "a long message about it",
                                   .source = "x",
                                   .caret_len = 1};
    conf_finding_text(&f, small, sizeof small);
    assert_string_equal(small, "a.conf:1:1: error: a lo");
}

static void near_misses_of_keywords_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *conf, *hint;
    } table[] = {
        {"window = 5", "did you mean Window?"},
        {"EventTimestamp", "did you mean EventTimeStamp?"},
        {"MaxSesionMessages = 5", "did you mean MaxSessionMessages?"},
        {"TokenTimeouts = 5", "did you mean TokenTimeout?"},
        {"realtime = yes", "did you mean RealTime?"},
        {"SpreadSegment 1.2.3.4 { }", "did you mean Spread_Segment?"},
        {"xyz", "found xyz"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = reading_of(table[i].conf);
        assert_non_null(r->fatal);
        if (!strstr(r->fatal->message, table[i].hint))
            fail_msg("%s", r->fatal->text);
        reading_free(r);
    }
}

static void a_file_of_garbage_makes_a_bounded_number_of_warnings(void **state)
{
    (void)state;
    char conf[1000];
    memset(conf, '[', sizeof conf);
    struct reading *r = reading_of_bytes(conf, sizeof conf);
    assert_int_equal(r->count, 52);
    assert_string_equal(r->said[50].message, "there are more warnings, which are left out");
    assert_true(r->said[51].fatal);
    reading_free(r);
}

static void nobody_has_to_listen(void **state)
{
    (void)state;
    static const char text[] = "[ Window = x";
    const struct conf_source source = {.file = "f", .text = text, .len = sizeof text - 1};
    assert_null(conf_parse(&source));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_refused_golden_file_is_told_where_and_why),
        cmocka_unit_test(the_caret_stands_below_the_text_it_means),
        cmocka_unit_test(control_characters_do_not_reach_the_terminal),
        cmocka_unit_test(a_long_line_is_shown_around_the_place),
        cmocka_unit_test(a_finding_text_that_does_not_fit_is_cut),
        cmocka_unit_test(near_misses_of_keywords_are_named),
        cmocka_unit_test(a_file_of_garbage_makes_a_bounded_number_of_warnings),
        cmocka_unit_test(nobody_has_to_listen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
