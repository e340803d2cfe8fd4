/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/options.h"
#include "tests/unit/config/reading.h"

static struct reading *accept(const char *text)
{
    struct reading *r = reading_of(text);
    if (!r->conf)
        fail_msg("%s", r->fatal->text);
    assert_null(reading_flaw(r));
    return r;
}

/* Each of the lines, which end with a newline, stands in the description of the text. */
static void check_lines(const char *text, const char *const *lines)
{
    struct reading *r = accept(text);
    char *description = described(r->conf);
    for (; *lines; lines++) {
        const char *at = strstr(description, *lines);
        if (!at || (at != description && at[-1] != '\n'))
            fail_msg("no line %s in:\n%s", *lines, description);
    }
    free(description);
    reading_free(r);
}

static void what_the_file_leaves_out_is_a_comment(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "# hash 2425978228; 1 segment, 1 daemon; the ring runs accelerated\n",
        "# ActiveIPVersion = IPv4\n",
        "# DebugFlags = { EXIT PRINT CONFIGURATION }\n",
        "# EventLogFile = \"\"\n",
        "# EventTimeStamp is not set\n",
        "# EventLogFormat = text\n",
        "# FlightRecorder is not set\n",
        "# EventPreciseTimeStamp\n",
        "# SocketDir is not set\n",
        "# SocketMode = 0666\n",
        "# SocketGroup is not set\n",
        "# ClassicSocket = auto\n",
        "# AllowedAuthMethods = NULL\n",
        "# Window = 160, where it begins: it grows while nothing is lost. Written, it is the most\n",
        "# PersonalWindow = 20, or more while others have little to send. Written, it is the most\n",
        "# AcceleratedRing = true\n",
        "# TokenTimeout = 1250\n",
        "# SuspectTimeout = 250\n",
        "# PacketSize is not set\n",
        "# DaemonKeyFile is not set\n",
        "# TLSCertFile is not set\n",
        "# TLSRequire = no\n",
        "# RealTime = false\n",
        "Spread_Segment 127.0.0.255:5200 {\n    d1 127.0.0.1 # VirtualID 1552775919\n}\n",
        NULL,
    };
    check_lines("Spread_Segment 127.0.0.255:5200 { d1 127.0.0.1 }", lines);
}

static void what_the_file_says_is_a_statement(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "DebugFlags = { ALL !MEMORY !GROUPS }\n",
        "EventPriority = pDEBUG\n",
        "EventTimeStamp = \"a b %s\"\n",
        "EventPreciseTimeStamp\n",
        "SocketPortReuse = on\n",
        "RuntimeDir = '/a\"b c'\n",
        "SocketDir = /run/spread\n",
        "SocketMode = 0660\n",
        "SocketGroup = staff\n",
        "ClassicSocket = off\n",
        "AllowedAuthMethods = \"NULL IP\"\n",
        "SlowReaders = {\n    group * drop\n    PWORD \"a b\" cut\n    UID \"1000\" hold\n}\n",
        "Window = 160\n",
        "PersonalWindow = 20\n",
        "AcceleratedRing = false\n",
        "PacketSize = 9000\n",
        "TLSCertFile = \"a b\"\n",
        "TLSRequire = Certificate\n",
        "# TokenTimeout = 5000\n",
        "# SuspectTimeout = 1000\n",
        "WideAreaNetwork = true\n",
        "Spread_Segment [ff02::77%lo]:5200 ff02::78 {\n",
        "    \"on\" ::1 VirtualID = 5 { C D M ::1 C 127.0.0.1 }\n",
        "    '\"d1\";' ::2%lo # VirtualID ",
        NULL,
    };
    check_lines(
        "DebugFlags = { ALL !GROUPS !MEMORY } EventPriority = pDEBUG EventTimeStamp = 'a b' "
        "EventPreciseTimeStamp SocketPortReuse = ON RuntimeDir = '/a\"b c' "
        "SocketDir = /run/spread SocketMode = 660 SocketGroup = staff ClassicSocket = off "
        "AllowedAuthMethods = 'NULL IP' SlowReaders = { group \"*\" drop PWORD 'a b' cut UID 1000 hold } "
        "Window = 160 PersonalWindow = 20 AcceleratedRing = no "
        "PacketSize = 9000 WideAreaNetwork = yes TLSCertFile = 'a b' TLSCAFile = ca "
        "TLSRequire = Certificate "
        "Spread_Segment [ff02::77%lo]:5200 ff02::78 { 'on' ::1 VirtualID = 5 { ::1 C "
        "127.0.0.1 } \"d1\"; ::2%lo }",
        lines);
}

static void a_stamp_that_was_completed_is_described_as_it_was_written(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "EventTimeStamp = 123456789012345678901234567890123456789\n", NULL};
    check_lines("EventPreciseTimeStamp EventTimeStamp = 123456789012345678901234567890123456789 "
                "Spread_Segment 127.0.0.255:5200 { d1 127.0.0.1 }",
                lines);
}

/* -- spread.conf.example ----------------------------------------------------------------------- */

static char *read_example(void)
{
    enum { SIZE = 65536 };
    char *text = calloc(1, SIZE);
    FILE *f = fopen(EXAMPLE_CONF, "r");
    assert_non_null(f);
    assert_true(fread(text, 1, SIZE - 1, f) < SIZE - 1);
    fclose(f);
    return text;
}

/* Makes blanks of every occurrence of a mark. */
static void blank_out(char *text, const char *mark)
{
    for (char *at = text; (at = strstr(at, mark));)
        memset(at, ' ', strlen(mark));
}

static struct reading *accept_quietly(const char *text)
{
    struct reading *r = accept(text);
    if (r->count)
        fail_msg("%s", r->said[0].text);
    return r;
}

static void the_example_serves_one_machine_with_all_defaults(void **state)
{
    (void)state;
    char *text = read_example();
    struct reading *r = accept_quietly(text);
    struct reading *bare = accept("Spread_Segment 127.0.0.255:4803 { localhost 127.0.0.1 }");
    char *ours = described(r->conf), *defaults = described(bare->conf);
    assert_string_equal(ours, defaults);
    free(ours);
    free(defaults);
    reading_free(bare);
    reading_free(r);
    free(text);
}

static void the_example_serves_three_machines_as_it_says(void **state)
{
    (void)state;
    char *text = read_example();
    char *one = strstr(text, "\nSpread_Segment 127.");
    assert_non_null(one);
    memset(one + 1, ' ', strcspn(one, "}"));
    blank_out(text, "#|");
    struct reading *r = accept_quietly(text);
    assert_int_equal(r->conf->segment_count, 1);
    assert_int_equal(r->conf->daemon_count, 3);
    assert_int_equal(conf_find_name(r->conf, "gamma"), 2);
    reading_free(r);
    free(text);
}

/* Each statement that is commented out may be taken in; those that are defaults change nothing
 * else. */
static void every_statement_of_the_example_may_be_taken_in(void **state)
{
    (void)state;
    char *text = read_example();
    int statements = 0;
    for (char *at = text; (at = strstr(at, "\n#")); at++) {
        if (at[2] < 'A' || at[2] > 'Z')
            continue;
        at[1] = ' ';
        statements++;
    }
    struct reading *r = accept_quietly(text);
    assert_int_equal(statements, OPTION_COUNT);
    assert_int_equal(r->conf->packet_size, 8972);
    reading_free(r);
    free(text);
}

/* Words, not layout. */
static void what_is_written_otherwise_may_mean_the_same(void **state)
{
    (void)state;
    struct reading *a = accept("Spread_Segment 127.0.0.255:4803 { d1 127.0.0.1 d2 127.0.0.2 }");
    struct reading *same = accept("MaxSessionMessages = 7 # once\n"
                                  "Spread_Segment 127.0.0.255 {\n d1 127.0.0.1 ; d2 127.0.0.2 }\n"
                                  "MaxSessionMessages = 1000 ");
    assert_true(conf_same_meaning(a->conf, a->conf));
    static const char *const others[] = {
        "Spread_Segment 127.0.0.255:4803 { d1 127.0.0.1 { C 127.0.0.1 D 127.0.0.1 } d2 127.0.0.2 }",
        "Spread_Segment 127.0.0.255:4803 { d2 127.0.0.2 d1 127.0.0.1 }",
        "Spread_Segment 127.0.0.255:4803 { d1 127.0.0.1 d2 127.0.0.2 } DangerousMonitor = true",
        "Spread_Segment 127.0.0.255:4803 { d1 127.0.0.1 d2 127.0.0.2 } EventLogFile = x",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct reading *other = accept(others[i]);
        assert_false(conf_same_meaning(a->conf, other->conf));
        reading_free(other);
    }
    assert_true(conf_same_meaning(a->conf, same->conf));
    reading_free(same);
    reading_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_file_leaves_out_is_a_comment),
        cmocka_unit_test(what_the_file_says_is_a_statement),
        cmocka_unit_test(a_stamp_that_was_completed_is_described_as_it_was_written),
        cmocka_unit_test(the_example_serves_one_machine_with_all_defaults),
        cmocka_unit_test(the_example_serves_three_machines_as_it_says),
        cmocka_unit_test(every_statement_of_the_example_may_be_taken_in),
        cmocka_unit_test(what_is_written_otherwise_may_mean_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
