/* SPDX-License-Identifier: MIT
 *
 * Every option that may change is reloaded and seen in force: the same story (story.h) is played twice,
 * once with the file as it was and once with one that has another value of the option. What comes out
 * of the daemons has to differ, and nothing else can be the reason.
 *
 * The options are those of option_table, so a new one that has no line here fails the test. What only
 * the I/O shows, such as the log's own options, tests/reload/reload_test.py sees.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/config/defaults.h"
#include "daemon/session/auth.h"
#include "tests/support/test.h"
#include "tests/unit/daemon/story.h"

/* What is written of an option in the file that is reloaded. */
static const struct line {
    const char *option, *text;
    const char *beside; /* stands in both files */
    bool by_io; /* seen in tests/reload/reload_test.py */
} lines[] = {
    {.option = "ActiveIPVersion"}, /* addresses of the other version are other daemons */
    {.option = "DebugFlags", .text = "DebugFlags = { SESSION }", .by_io = true},
    {.option = "EventPriority", .text = "EventPriority = WARNING", .by_io = true},
    {.option = "EventLogFile", .text = "EventLogFile = other", .by_io = true},
    {.option = "EventTimeStamp", .text = "EventTimeStamp = \"%H\"", .by_io = true},
    {.option = "EventPreciseTimeStamp", .text = "EventPreciseTimeStamp", .by_io = true},
    {.option = "EventLogFormat", .text = "EventLogFormat = json", .by_io = true},
    {.option = "FlightRecorder", .text = "FlightRecorder = off"},
    {.option = "FlightRecorderSize", .text = "FlightRecorderSize = 1"},
    {.option = "DangerousMonitor", .text = "DangerousMonitor = true"},
    {.option = "SocketPortReuse", .text = "SocketPortReuse = on"},
    {.option = "RuntimeDir", .text = "RuntimeDir = /tmp"},
    {.option = "DaemonUser", .text = "DaemonUser = nobody"},
    {.option = "DaemonGroup", .text = "DaemonGroup = nogroup"},
    {.option = "SocketDir", .text = "SocketDir = /tmp"},
    {.option = "SocketMode", .text = "SocketMode = 0600"},
    {.option = "SocketGroup", .text = "SocketGroup = nogroup"},
    {.option = "ClassicSocket", .text = "ClassicSocket = off"},
    {.option = "AllowedAuthMethods", .text = "AllowedAuthMethods = \"NULL IP\""},
    {.option = "RequiredAuthMethods", .text = "RequiredAuthMethods = IP"},
    {.option = "PasswordsInClear", .text = "PasswordsInClear = true",
     .beside = "AllowedAuthMethods = \"NULL PWORD\""},
    {.option = "PolicyFile", .text = "PolicyFile = policy", .by_io = true},
    {.option = "AccessControlPolicy"},
    {.option = "MaxSessionMessages", .text = "MaxSessionMessages = 50"},
    {.option = "MaxSessionBytes", .text = "MaxSessionBytes = 20000"},
    {.option = "SlowReaderPatience", .text = "SlowReaderPatience = 0"},
    {.option = "SlowReaders", .text = "SlowReaders = { group g cut }"},
    {.option = "MaxSourceConnections", .text = "MaxSourceConnections = 3"},
    {.option = "MaxSourceHandshakes", .text = "MaxSourceHandshakes = 1"},
    {.option = "MaxSourceGroups", .text = "MaxSourceGroups = 1"},
    {.option = "MaxSourceBytes", .text = "MaxSourceBytes = 20000"},
    {.option = "Window", .text = "Window = 30"},
    {.option = "PersonalWindow", .text = "PersonalWindow = 16"},
    {.option = "AcceleratedRing", .text = "AcceleratedRing = false"},
    {.option = "AcceleratedWindow", .text = "AcceleratedWindow = 2"},
    {.option = "WideAreaNetwork", .text = "WideAreaNetwork = true"},
    {.option = "TokenTimeout", .text = "TokenTimeout = 900"},
    {.option = "HurryTimeout", .text = "HurryTimeout = 60"},
    {.option = "AliveTimeout", .text = "AliveTimeout = 60"},
    {.option = "JoinTimeout", .text = "JoinTimeout = 60"},
    {.option = "RepTimeout", .text = "RepTimeout = 400"},
    {.option = "SegTimeout", .text = "SegTimeout = 100"},
    {.option = "GatherTimeout", .text = "GatherTimeout = 700"},
    {.option = "FormTimeout", .text = "FormTimeout = 800"},
    {.option = "LookupTimeout", .text = "LookupTimeout = 7000"},
    {.option = "SuspectTimeout", .text = "SuspectTimeout = 100"},
    {.option = "PacketSize", .text = "PacketSize = 600"},
    {.option = "ExcludeSegAddrsFromHash", .text = "ExcludeSegAddrsFromHash = true"},
    {.option = "IgnoreMulticastJoinErrors", .text = "IgnoreMulticastJoinErrors = true", .by_io = true},
    {.option = "DaemonKeyFile", .text = "DaemonKeyFile = ring.key", .by_io = true},
    {.option = "AcceptOpenPackets", .text = "AcceptOpenPackets = false"},
    {.option = "SendOpenPackets", .text = "SendOpenPackets = true"},
    {.option = "TLSCertFile", .text = "TLSCertFile = c", .by_io = true},
    {.option = "TLSKeyFile", .text = "TLSCertFile = c TLSKeyFile = k", .by_io = true},
    {.option = "TLSCAFile", .text = "TLSCertFile = c TLSCAFile = ca", .by_io = true},
    {.option = "TLSCRLFile", .text = "TLSCertFile = c TLSCAFile = ca TLSCRLFile = crl", .by_io = true},
    {.option = "TLSRequire", .text = "TLSCertFile = c TLSRequire = yes", .by_io = true},
    {.option = "OpenMonitorStatus", .text = "OpenMonitorStatus = false"},
    {.option = "SharedMailboxes", .text = "SharedMailboxes = 3", .by_io = true},
    {.option = "SharedMailboxAfter", .text = "SharedMailboxAfter = 0", .by_io = true},
    {.option = "StatusAccess", .text = "StatusAccess = public", .by_io = true},
    {.option = "MonitorPort", .text = "MonitorPort = 4999"},
    {.option = "CheckAgreement", .text = "CheckAgreement = false"},
    {.option = "SystemCallFilter", .text = "SystemCallFilter = false"},
    {.option = "RealTime", .text = "RealTime = true"},
};

/* -- tests ---------------------------------------------------------------------------------------- */

static const struct line *line_of(const struct option *o)
{
    for (size_t i = 0; i < COUNT_OF(lines); i++)
        if (strcmp(lines[i].option, o->name) == 0)
            return &lines[i];
    fail_msg("%s has no line in this test", o->name);
    return NULL;
}

/* The nine timeouts of the membership come together. */
static void write_line(const struct option *o, char text[600])
{
    const struct line *line = line_of(o);
    size_t len = 0;
    text[0] = '\0';
    for (const struct option *t = option_table;
         o->kind == OPTION_TIMEOUT && t < option_table + OPTION_COUNT; t++)
        if (t->kind == OPTION_TIMEOUT)
            len += (size_t)snprintf(text + len, 600 - len, "%s\n",
                                    t == o ? line->text : line_of(t)->text);
    if (len == 0)
        snprintf(text, 600, "%s\n%s", line->text, line->beside ? line->beside : "");
}

/* The option as it is in the other story: with its usual value, but written if that makes a difference
 * by itself; and the other timeouts as they are there. */
static void write_without(const struct option *o, char text[600])
{
    static struct conf usual;
    char own[100];
    const char *beside = line_of(o)->beside;
    snprintf(text, 600, "%s", beside ? beside : "");
    if (o->kind != OPTION_TIMEOUT && o->kind != OPTION_WINDOW)
        return;
    conf_set_defaults(&usual);
    write_line(o, text);
    snprintf(own, sizeof own, "%s = %u\n", o->name, *(const uint32_t *)option_value(o, &usual));
    char *at = strstr(text, o->name), *end = at + strcspn(at, "\n");
    end += *end == '\n';
    memmove(at + strlen(own), end, strlen(end) + 1);
    memcpy(at, own, strlen(own));
}

static void each_option_that_may_change_is_in_force_after_a_reload(void **state)
{
    (void)state;
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++) {
        const struct line *line = line_of(o);
        char with[600], without[600];
        if (!line->text || line->by_io || o->change == CHANGE_RESTART || o->change == CHANGE_NEVER)
            continue;
        write_line(o, with);
        write_without(o, without);
        struct story *a = story_tell(without), *b = story_tell(with);
        if (a->heard == b->heard)
            fail_msg("%s changes nothing", o->name);
        story_forget(a);
        story_forget(b);
    }
}

static void the_same_file_changes_nothing(void **state)
{
    (void)state;
    struct story *a = story_tell(""), *b = story_tell("# a remark");
    assert_int_equal(a->heard, b->heard);
    story_forget(a);
    story_forget(b);
}

static void no_packet_is_larger_than_the_new_size(void **state)
{
    (void)state;
    struct story *small = story_tell("PacketSize = 600"), *usual = story_tell("");
    assert_in_range(small->largest_before, 400, 600);
    assert_in_range(usual->largest_before, 1300, 1472);
    story_forget(small);
    story_forget(usual);
}

/* That the table is right about which need a ring: the others do not change the ring. */
static void only_what_all_must_have_takes_another_ring(void **state)
{
    (void)state;
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++) {
        struct story files = {.file = 0};
        char text[600];
        if (!line_of(o)->text)
            continue;
        write_line(o, text);
        story_read(&files, 0, "", "");
        story_read(&files, 1, text, "");
        const struct conf *before = files.files[0].conf, *after = files.files[1].conf;
        if (conf_same_ring(before, after) == (o->change == CHANGE_RING))
            fail_msg("%s: another ring, or not?", o->name);
        assert_true(option_differs(o, before, after));
        for (int i = 0; i < 2; i++) {
            auth_policy_free(files.files[i].auth);
            conf_free(files.files[i].conf);
        }
    }
}

static void what_takes_a_restart_is_said_to_take_one(void **state)
{
    (void)state;
    for (int i = 0; i < OPTION_COUNT; i++) {
        const struct line *line = line_of(&option_table[i]);
        if (!line->text || option_table[i].change != CHANGE_RESTART)
            continue;
        struct story *s = story_tell(line->text);
        for (int k = 0; k < OPTION_COUNT; k++)
            assert_int_equal(s->restart_said[k], k == i);
        story_forget(s);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_that_may_change_is_in_force_after_a_reload),
        cmocka_unit_test(the_same_file_changes_nothing),
        cmocka_unit_test(no_packet_is_larger_than_the_new_size),
        cmocka_unit_test(only_what_all_must_have_takes_another_ring),
        cmocka_unit_test(what_takes_a_restart_is_said_to_take_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
