/* SPDX-License-Identifier: MIT
 *
 * What each statement does to the configuration, at and beyond its limits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/config/defaults.h"
#include "tests/unit/config/reading.h"

#define RING " Spread_Segment 127.0.0.255:5200 { d1 127.0.0.1 }"

static struct reading *accept(const char *text)
{
    struct reading *r = reading_of(text);
    if (!r->conf)
        fail_msg("%s", r->fatal->text);
    assert_null(reading_flaw(r));
    return r;
}

static struct reading *accept_quietly(const char *text)
{
    struct reading *r = accept(text);
    if (r->count)
        fail_msg("%s", r->said[0].text);
    return r;
}

/* Accepted with a warning that says this. */
static struct reading *accept_warned(const char *text, const char *part)
{
    struct reading *r = accept(text);
    if (!reading_warning(r, part))
        fail_msg("no warning of \"%s\": %s", part, text);
    return r;
}

static void refuse(const char *text, const char *part)
{
    struct reading *r = reading_of(text);
    if (!r->fatal || !strstr(r->fatal->message, part))
        fail_msg("not refused for \"%s\": %s", part, r->fatal ? r->fatal->text : text);
    reading_free(r);
}

static void a_file_without_options_has_the_defaults_of_5_0_1(void **state)
{
    (void)state;
    struct reading *r = accept_quietly(RING);
    const struct conf *c = r->conf;
    assert_int_equal(c->event_types, LOG_EXIT | LOG_PRINT | LOG_CONFIGURATION);
    assert_int_equal(c->event_level, LEVEL_INFO);
    assert_string_equal(c->event_log_file, "");
    assert_false(c->event_stamp || c->event_precise || c->dangerous_monitor);
    assert_int_equal(c->socket_port_reuse, CONF_AUTO);
    assert_string_equal(c->runtime_dir, "/var/run/spread");
    assert_string_equal(c->daemon_user, "spread");
    assert_string_equal(c->daemon_group, "spread");
    assert_string_equal(c->allowed_auth, "NULL");
    assert_string_equal(c->required_auth, "");
    assert_int_equal(c->max_session_messages, 1000);
    assert_int_equal(c->window, 160);
    assert_int_equal(c->personal_window, 20);
    assert_int_equal(c->accelerated_window, 15);
    assert_false(c->window_written || c->personal_window_written || c->accelerated_window_written ||
                 c->accelerated_written || c->timeouts_written || c->auth_written || c->wide_area);
    assert_int_equal(c->packet_size + c->max_session_bytes + c->suspect_timeout_ms, 0);
    assert_string_equal(c->daemon_key_file, "");
    assert_true(!c->tls_cert_file[0] && c->tls_require == CONF_TLS_NO);
    assert_false(c->real_time);
    reading_free(r);
}

static void the_ring_is_accelerated_unless_it_is_wide_or_told_otherwise(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool runs, wide;
    } table[] = {
        {RING, true, false},
        {"AcceleratedRing = false" RING, false, false},
        {"WideAreaNetwork = true" RING, false, true},
        {"WideAreaNetwork = yes AcceleratedRing = yes" RING, true, true},
        {RING " Spread_Segment 127.0.1.255 { d2 127.0.1.1 }", false, true},
        {RING " Spread_Segment 127.0.1.255 { d2 127.0.1.1 } WideAreaNetwork = no", true, false},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = accept_quietly(table[i].text);
        assert_int_equal(r->conf->accelerated_runs, table[i].runs);
        assert_int_equal(r->conf->wide_area, table[i].wide);
        reading_free(r);
    }
}

static void timeouts_are_those_of_the_network_or_all_written(void **state)
{
    (void)state;
    const struct conf_timeouts lan = {1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    const struct conf_timeouts wan = {5000, 1500, 250, 250, 1250, 500, 2500, 2500, 45000};
    const struct conf_timeouts own = {1, 2, 3, 4, 5, 6, 7, 8, 999999999};
    struct reading *r = accept_quietly(RING);
    assert_memory_equal(&r->conf->timeouts, &lan, sizeof lan);
    reading_free(r);
    r = accept_quietly(RING "WideAreaNetwork = true");
    assert_memory_equal(&r->conf->timeouts, &wan, sizeof wan);
    reading_free(r);
    r = accept_quietly("WideAreaNetwork = true TokenTimeout = 1 HurryTimeout = 2 AliveTimeout = 3 "
                       "JoinTimeout = 4 RepTimeout = 5 SegTimeout = 6 GatherTimeout = 7 "
                       "FormTimeout = 8" RING "LookupTimeout = 999999999");
    assert_memory_equal(&r->conf->timeouts, &own, sizeof own);
    assert_true(r->conf->timeouts_written);
    reading_free(r);
    refuse("TokenTimeout = 1 HurryTimeout = 2 AliveTimeout = 3 JoinTimeout = 4 RepTimeout = 5 "
           "SegTimeout = 6 GatherTimeout = 7 FormTimeout = 8" RING,
           "missing are LookupTimeout");
}

static void the_suspect_timeout_is_below_the_token_timeout(void **state)
{
    (void)state;
    struct reading *r = accept_quietly("SuspectTimeout = 1250" RING);
    assert_int_equal(r->conf->suspect_timeout_ms, 1250);
    reading_free(r);
    r = accept_quietly("WideAreaNetwork = true SuspectTimeout = 5000" RING);
    reading_free(r);
    refuse("SuspectTimeout = 1251" RING, "over TokenTimeout, which is 1250");
    refuse("SuspectTimeout = 9" RING, "from 10 to");
}

/* A site that writes TokenTimeout = 35000 wants to live through pauses of 20 s. */
static void a_written_token_timeout_is_not_undercut(void **state)
{
    static const char nine[] = "TokenTimeout = 35000 HurryTimeout = 8750 AliveTimeout = 250 "
                               "JoinTimeout = 250 RepTimeout = 8750 SegTimeout = 500 "
                               "GatherTimeout = 17500 FormTimeout = 17500 LookupTimeout = 90000";
    static const struct {
        const char *suspect, *wide_area;
        bool written;
        uint32_t ms;
    } rows[] = {
        {"", "", false, 250},
        {"", "WideAreaNetwork = true", false, 1000},
        {"", "", true, 35000},
        {"SuspectTimeout = 7000", "", true, 7000},
        {"SuspectTimeout = 100", "", false, 100},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char text[1024];
        snprintf(text, sizeof text, "%s %s %s %s", rows[i].written ? nine : "", rows[i].suspect,
                 rows[i].wide_area, RING);
        struct reading *r = accept_quietly(text);
        assert_int_equal(conf_suspect_timeout(r->conf), rows[i].ms);
        reading_free(r);
    }
}

/* Lines of both kinds, as the file has them; what names and policies are called means nothing elsewhere. */
static void slow_readers_are_lines_in_their_order(void **state)
{
    (void)state;
    struct reading *r = accept_quietly(
        "SlowReaders = { name 'rec*' hold PWORD ticker cut UID 1000 hold CERT '*.feeds' cut group quotes.* drop group \"#feed\" cut }"
        " RuntimeDir = hold Spread_Segment 127.0.0.255:5200 { group 127.0.0.1 }");
    static const struct slow_line wanted[] = {{SLOW_OF_NAME, SLOW_HOLD, "rec*"},
                                              {SLOW_OF_PWORD, SLOW_CUT, "ticker"},
                                              {SLOW_OF_UID, SLOW_HOLD, "1000"},
                                              {SLOW_OF_CERT, SLOW_CUT, "*.feeds"},
                                              {SLOW_OF_GROUP, SLOW_DROP, "quotes.*"},
                                              {SLOW_OF_GROUP, SLOW_CUT, "#feed"}};
    struct slow_lines lines = {.count = 6};
    memcpy(lines.list, wanted, sizeof wanted);
    assert_true(slow_lines_equal(&r->conf->slow_readers, &lines));
    reading_free(r);
    r = accept_quietly("SlowReaders = { group a cut } SlowReaders = { }" RING); /* the last one counts */
    assert_int_equal(r->conf->slow_readers.count, 0);
    reading_free(r);
    r = accept_warned("SlowReaders = { group * drop\n name a cut group quotes hold }" RING,
                      "never counts: line 1 of SlowReaders (group *) comes first");
    assert_int_equal(r->said[0].line, 2);
    assert_int_equal(r->said[0].column, 13);
    reading_free(r);
}

static void a_line_of_slow_readers_that_is_none_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text, *part;
        int line, column;
    } cases[] = {
        {"SlowReaders = group a cut", "expected { and the lines of SlowReaders", 1, 15},
        {"SlowReaders = {\n groups a cut }", "group, name, PWORD, UID or CERT", 2, 2},
        {"SlowReaders = {\n group a cut\n b cut }", "group, name, PWORD, UID or CERT", 3, 2},
        {"SlowReaders = { pword a cut }", "group, name, PWORD, UID or CERT", 1, 17},
        {"SlowReaders = { group 7 cut }", "in quotes", 1, 23},
        {"SlowReaders = { group '' cut }", "an empty pattern fits nobody", 1, 23},
        {"SlowReaders = { group a wait }", "hold, drop and cut", 1, 25},
        {"SlowReaders = { group a }", "hold, drop and cut", 1, 25},
        {"SlowReaders = { group "
         "a123456789012345678901234567890123456789012345678901234567890123 cut }",
         "at most 63 bytes", 1, 23},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[300];
        snprintf(text, sizeof text, "%s%s", cases[i].text, RING);
        struct reading *r = reading_of(text);
        if (!r->fatal || !strstr(r->fatal->message, cases[i].part) ||
            r->fatal->line != cases[i].line || r->fatal->column != cases[i].column)
            fail_msg("%s: %s", text, r->fatal ? r->fatal->text : "accepted");
        reading_free(r);
    }
}

static void slow_readers_have_64_lines_at_most(void **state)
{
    (void)state;
    char text[65 * 20 + 100] = "SlowReaders = {";
    for (int i = 0; i < 64; i++)
        snprintf(text + strlen(text), 20, " group g%d cut", i);
    char *end = text + strlen(text);
    strcpy(end, " }" RING);
    reading_free(accept_quietly(text));
    strcpy(end, " group h cut }" RING);
    refuse(text, "at most 64 lines");
}

static void windows_are_positive_ordered_and_of_16_bits(void **state)
{
    (void)state;
    struct reading *r = accept_warned("Window = 32768 PersonalWindow = 999999999" RING,
                                      "PersonalWindow is at most 32767");
    assert_int_equal(r->conf->window, 32767);
    assert_int_equal(r->conf->personal_window, 32767);
    assert_true(r->conf->window_written && r->conf->personal_window_written);
    reading_free(r);
    r = accept_quietly("Window = 32767 PersonalWindow = 1 AcceleratedWindow = 0" RING);
    assert_int_equal(r->conf->accelerated_window, 0);
    reading_free(r);
    r = accept_warned("AcceleratedWindow = 21" RING, "only 20 packets count");
    reading_free(r);
    r = accept_quietly("PersonalWindow = 9" RING); /* as 5.0.1: nobody asked to accelerate */
    reading_free(r);
    refuse("PersonalWindow = 0" RING, "from 1 to");
    refuse("PersonalWindow = 161" RING, "PersonalWindow, which is 161, is over Window");
    refuse("AcceleratedRing = true PersonalWindow = 9" RING, "AcceleratedWindow, which is 15");
}

static void session_limits_warn_where_they_would_surprise(void **state)
{
    (void)state;
    struct reading *r = accept_warned("MaxSessionMessages = 0" RING, "nothing may wait");
    assert_int_equal(r->conf->max_session_messages, 0);
    reading_free(r);
    r = accept_warned("MaxSessionBytes = 144047" RING, "one message can have 144048 bytes");
    reading_free(r);
    r = accept_quietly("MaxSessionBytes = 144048 MaxSessionMessages = 999999999" RING);
    assert_int_equal(r->conf->max_session_bytes, 144048);
    assert_int_equal(r->conf->max_session_messages, 999999999);
    reading_free(r);
    refuse("MaxSessionBytes = 0" RING, "from 1 to");
}

static void methods_add_up_and_the_first_statement_ends_what_was_implied(void **state)
{
    (void)state;
    static const struct {
        const char *text, *allowed, *required, *warning;
    } table[] = {
        {"AllowedAuthMethods = NULL" RING, "NULL", "", NULL},
        {"AllowedAuthMethods = \"NULL  IP NULL\"" RING, "NULL IP", "", NULL},
        {"AllowedAuthMethods = NULL AllowedAuthMethods = IP" RING, "NULL IP", "", NULL},
        {"AllowedAuthMethods = PWORD" RING, "PWORD", "", "NULL is not among"},
        {"RequiredAuthMethods = IP" RING, "", "IP", "NULL is not among"},
        {"RequiredAuthMethods = \" \"" RING, "", "", "NULL is not among"},
        {"RequiredAuthMethods = IP AllowedAuthMethods = NULL" RING, "NULL", "IP", NULL},
        {"AllowedAuthMethods = \"NULL null\"" RING, "NULL", "", "no method null"},
        {"AllowedAuthMethods = \"NULL,IP\"" RING, "", "", "no method NULL,IP"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = table[i].warning ? accept_warned(table[i].text, table[i].warning)
                                             : accept_quietly(table[i].text);
        assert_string_equal(r->conf->allowed_auth, table[i].allowed);
        assert_string_equal(r->conf->required_auth, table[i].required);
        assert_true(r->conf->auth_written);
        reading_free(r);
    }
}

static void a_list_of_methods_counts_up_to_byte_89(void **state)
{
    (void)state;
    char text[256];
    snprintf(text, sizeof text, "AllowedAuthMethods = \"%-87sIPxx\"" RING, "NULL");
    struct reading *r = accept_warned(text, "at most 89 bytes");
    assert_string_equal(r->conf->allowed_auth, "NULL IP"); /* the 89th byte is its P */
    reading_free(r);
}

static void methods_are_found_by_their_whole_name(void **state)
{
    (void)state;
    assert_true(conf_lists_method("NULL IP", "NULL"));
    assert_true(conf_lists_method("NULL IP", "IP"));
    assert_false(conf_lists_method("NULLX XIP", "IP"));
    assert_false(conf_lists_method("NULLX XIP", "NULL"));
    assert_true(conf_lists_method("XIP IP", "IP"));
    assert_false(conf_lists_method("", "NULL"));
}

static void flags_apply_from_left_to_right(void **state)
{
    (void)state;
    static const struct {
        const char *flags;
        uint32_t mask;
    } table[] = {
        {"{ }", 0},
        {"{ NONE }", 0},
        {"{PRINT !PRINT EXIT}", LOG_EXIT},
        {"{ ALL !ACM }", ~(uint32_t)LOG_ACM},
        {"{ PRINT !ALL SECURITY }", LOG_SECURITY},
        {"{ ALL }", UINT32_MAX},
        {"{ PRINT NONE }", LOG_PRINT},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "DebugFlags = { EVENTS } DebugFlags = %s" RING, table[i].flags);
        struct reading *r = accept_quietly(text);
        assert_int_equal(r->conf->event_types, table[i].mask);
        reading_free(r);
    }
    refuse("DebugFlags = { PRINT", "found the end of the file");
    refuse("DebugFlags = { ! }", "one of the flags");
    refuse("DebugFlags { PRINT }", "expected = after DebugFlags");
}

static void priorities_have_the_levels_of_the_log(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum log_level level;
    } table[] = {{"pDEBUG", LEVEL_DEBUG}, {"INFO", LEVEL_INFO},         {"WARNING", LEVEL_WARNING},
                 {"ERROR", LEVEL_ERROR},  {"CRITICAL", LEVEL_CRITICAL}, {"FATAL", LEVEL_FATAL}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        char text[256];
        snprintf(text, sizeof text, "EventPriority = %s" RING, table[i].text);
        struct reading *r = accept_quietly(text);
        assert_int_equal(r->conf->event_level, table[i].level);
        reading_free(r);
    }
}

static void stamps_have_a_format_and_microseconds_follow_seconds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool precise;
        const char *format;
    } table[] = {
        {"EventTimeStamp" RING, false, "%m/%d/%y %H:%M:%S"},
        {"EventTimeStamp = %H EventTimeStamp" RING, false, "%m/%d/%y %H:%M:%S"},
        {"EventTimeStamp = \"%H:%M\"" RING, false, "%H:%M"},
        {"EventPreciseTimeStamp" RING, true, "%m/%d/%y %H:%M:%S"},
        {"EventPreciseTimeStamp EventTimeStamp = %H" RING, true, "%H %s"},
        {"EventPreciseTimeStamp EventTimeStamp = %s" RING, true, "%s"},
        {"EventPreciseTimeStamp EventTimeStamp = \"\"" RING, true, " %s"},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = accept_quietly(table[i].text);
        assert_true(r->conf->event_stamp);
        assert_int_equal(r->conf->event_precise, table[i].precise);
        assert_string_equal(r->conf->event_stamp_format, table[i].format);
        reading_free(r);
    }
    struct reading *r = accept_warned("EventPreciseTimeStamp EventTimeStamp = "
                                      "123456789012345678901234567890123456789X" RING,
                                      "at most 39 bytes");
    assert_string_equal(r->conf->event_stamp_format, "123456789012345678901234567890123456789 %s");
    reading_free(r);
    static const char *const without[] = {"EventTimeStamp = ''" RING, "EventTimeStamp = off" RING,
                                          "EventTimeStamp = no" RING};
    for (size_t i = 0; i < sizeof without / sizeof without[0]; i++) {
        r = accept_quietly(without[i]);
        assert_true(r->conf->event_stamp);
        assert_string_equal(r->conf->event_stamp_format, "");
        reading_free(r);
    }
    refuse("EventTimeStamp = 5" RING, "a text for EventTimeStamp");
}

/* One text of len bytes as the value of an option. */
static const char *with_text(const char *option, size_t len)
{
    static char text[8192];
    int at = snprintf(text, sizeof text, "%s = \"", option);
    memset(text + at, 'x', len);
    strcpy(text + at + len, "\"" RING);
    return text;
}

static void texts_are_cut_ignored_or_refused_as_their_option_says(void **state)
{
    (void)state;
    struct reading *r = accept_warned(with_text("EventLogFile", 4097), "at most 4096 bytes");
    assert_int_equal(strlen(r->conf->event_log_file), 4096);
    reading_free(r);
    r = accept_quietly(with_text("RuntimeDir", 4096));
    assert_int_equal(strlen(r->conf->runtime_dir), 4096);
    reading_free(r);
    r = accept_quietly(with_text("DaemonGroup", 32));
    assert_int_equal(strlen(r->conf->daemon_group), 32);
    reading_free(r);
    r = accept_warned("DaemonUser = me DaemonUser = \"\"" RING, "as if it were not there");
    assert_string_equal(r->conf->daemon_user, "me");
    reading_free(r);
    refuse(with_text("RuntimeDir", 4097), "at most 4096 bytes");
    refuse(with_text("DaemonGroup", 33), "at most 32 bytes");
    refuse(with_text("DaemonKeyFile", 4097), "at most 4096 bytes");
    refuse("DaemonKeyFile = ''" RING, "needs a name between the quotes");
    r = accept_quietly(with_text("DaemonKeyFile", 4096));
    assert_int_equal(strlen(r->conf->daemon_key_file), 4096);
    reading_free(r);
}

#define CERT "TLSCertFile = c "

static void tls_is_asked_for_with_all_that_it_takes(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum conf_tls_require require;
    } table[] = {
        {RING, CONF_TLS_NO},
        {"TLSRequire = no" RING, CONF_TLS_NO},
        {CERT "TLSRequire = yes" RING, CONF_TLS_YES},
        {CERT "TLSRequire = Certificate TLSCAFile = ca TLSKeyFile = k" RING, CONF_TLS_CERTIFICATE},
        {CERT "TLSRequire = \"Certificate\" TLSCAFile = ca TLSRequire = false" RING, CONF_TLS_NO},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = accept_quietly(table[i].text);
        assert_int_equal(r->conf->tls_require, table[i].require);
        reading_free(r);
    }
    refuse("TLSRequire = yes" RING, "TLSRequire needs TLSCertFile");
    refuse("TLSCAFile = ca TLSRequire = Certificate" RING, "TLSRequire needs TLSCertFile");
    refuse(CERT "TLSRequire = Certificate" RING, "needs TLSCAFile");
    refuse("TLSCAFile = ca" RING, "need TLSCertFile");
    refuse(CERT "TLSCRLFile = crl" RING, "TLSCRLFile needs TLSCAFile");
    refuse("TLSKeyFile = k" RING, "need TLSCertFile");
    refuse(CERT "TLSRequire = certificate" RING, "no, yes or Certificate");
    refuse(CERT "TLSRequire = on" RING, "");
    refuse("TLSCertFile = ''" RING, "needs a name between the quotes");
}

static void the_mode_of_the_socket_is_octal(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned mode;
    } table[] = {
        {RING, 0666},
        {"SocketMode = 0660" RING, 0660},
        {"SocketMode = 600" RING, 0600},
        {"SocketMode = 0777 SocketMode = 2" RING, 02},
    };
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct reading *r = accept_quietly(table[i].text);
        assert_int_equal(r->conf->socket_mode, table[i].mode);
        reading_free(r);
    }
    refuse("SocketMode = 0668" RING, "octal digits");
    refuse("SocketMode = rw" RING, "octal digits");
    refuse("SocketMode = 1666" RING, "at most");
    refuse("SocketMode = 777777777" RING, "at most");
    refuse("SocketMode = 0444" RING, "lets nobody connect");
    refuse("SocketMode = 0" RING, "lets nobody connect");
}

static void what_is_said_of_the_socket_is_kept(void **state)
{
    (void)state;
    struct reading *r = accept_quietly(with_text("SocketDir", 101));
    assert_int_equal(strlen(r->conf->socket_dir), 101);
    assert_int_equal(r->conf->classic_socket, CONF_AUTO);
    reading_free(r);
    r = accept_quietly("SocketDir = /run/spread SocketGroup = staff ClassicSocket = off" RING);
    assert_string_equal(r->conf->socket_dir, "/run/spread");
    assert_string_equal(r->conf->socket_group, "staff");
    assert_int_equal(r->conf->classic_socket, CONF_OFF);
    reading_free(r);
    refuse(with_text("SocketDir", 102), "at most 101 bytes");
    refuse(with_text("SocketGroup", 33), "at most 32 bytes");
    refuse("SocketDir = ''" RING, "needs a name between the quotes");
    refuse("SocketGroup = ''" RING, "needs a name between the quotes");
    refuse("ClassicSocket = maybe" RING, "on, off or auto");
}

static void a_text_of_several_lines_is_doubted(void **state)
{
    (void)state;
    struct reading *r =
        accept_warned("DaemonUser = \"me\nDaemonGroup = \"" RING, "closing quote missing?");
    assert_string_equal(r->conf->daemon_user, "me\nDaemonGroup = ");
    reading_free(r);
}

static void the_keywords_of_5_0_1_are_complete_and_ours_are_plain_words_elsewhere(void **state)
{
    (void)state;
    struct reading *r =
        accept_quietly("EventTimeStamp PacketSize = 512 RealTime = yes DaemonUser = PacketSize "
                       "Spread_Segment 127.255.255.255:5200 { RealTime 127.0.0.1 DaemonKeyFile "
                       "127.0.0.2 } DaemonGroup = RealTime");
    assert_int_equal(r->conf->packet_size, 512);
    assert_true(r->conf->real_time);
    assert_string_equal(r->conf->daemon_user, "PacketSize");
    assert_string_equal(r->conf->daemons[1].name, "DaemonKeyFile");
    assert_string_equal(r->conf->daemon_group, "RealTime");
    reading_free(r);
    refuse("PacketSize = 511" RING, "from 512 to 65507");
    refuse("PacketSize = 65508" RING, "from 512 to 65507");
    refuse("RealTime = on" RING, "true, yes, false or no");
    refuse("DaemonUser = Window" RING, "in quotes");
    refuse("\"Window\" = 5" RING, "the name of an option");
}

/* -- segments and daemons ---------------------------------------------------------------------- */

static void interfaces_keep_their_order_and_letters(void **state)
{
    (void)state;
    struct reading *r = accept_warned("Spread_Segment 10.0.0.255 { a 10.0.0.1 { C ::1 D M 10.0.0.1 "
                                      "10.0.0.2 M M 10.0.0.3 } b 10.0.0.4 { D 0.0.0.0 } }",
                                      "M alone opens nothing");
    static const unsigned uses[] = {CONF_FOR_CLIENTS, CONF_FOR_DAEMONS | CONF_FOR_MONITOR,
                                    CONF_FOR_ALL, CONF_FOR_MONITOR};
    const struct conf_daemon *a = &r->conf->daemons[0];
    assert_int_equal(a->interface_count, 4);
    for (int i = 0; i < 4; i++)
        assert_int_equal(a->interfaces[i].uses, uses[i]);
    assert_int_equal(a->interfaces[0].ip.family, 6);
    assert_int_equal(r->conf->daemons[1].interface_count, 1);
    reading_free(r);
    refuse("Spread_Segment 10.0.0.255 { a 10.0.0.1 { D :: } }", "must be 10.0.0.1");
    refuse("Spread_Segment 10.0.0.255 { a 10.0.0.1 { C 10.0.0.1 } }", "must be 10.0.0.1");
    refuse("Spread_Segment 10.0.0.255 { a 10.0.0.1 { D 10.0.0.1 C } }",
           "an address without a port");
    r = accept_warned("Spread_Segment 10.0.0.255 { a 10.0.0.1 { D C 10.0.0.1 C 10.0.0.1 } }",
                      "clients cannot be served twice");
    reading_free(r);
}

static void names_are_cut_to_19_bytes_if_they_still_differ(void **state)
{
    (void)state;
    struct reading *r =
        accept_warned("Spread_Segment 10.0.0.255 { a-name-of-more-than-nineteen 10.0.0.1 }",
                      "cut to a-name-of-more-than");
    assert_int_equal(conf_find_name(r->conf, "a-name-of-more-than"), 0);
    assert_int_equal(conf_find_name(r->conf, "a-name-of-more-than-nineteen"), 0);
    assert_int_equal(conf_find_name(r->conf, "a-name-of-more-tha"), -1);
    reading_free(r);
    refuse("Spread_Segment 10.0.0.255 { abcdefghijklmnopqrs 10.0.0.1 abcdefghijklmnopqrsT "
           "10.0.0.2 }",
           "taken by the daemon in line 1");
    r = accept_warned("Spread_Segment [ff02::1]:5 { fd00:1111:2222:3333:4444::1 }", "cut to");
    assert_string_equal(r->conf->daemons[0].name, "fd00:1111:2222:3333");
    assert_int_equal(r->conf->daemons[0].ip.bytes[15], 1);
    reading_free(r);
    r = accept_quietly("Spread_Segment [ff02::1]:5 { fe80::1%eth0 }");
    assert_string_equal(r->conf->daemons[0].name, "fe80::1");
    assert_string_equal(r->conf->daemons[0].ip.zone, "eth0");
    reading_free(r);
    r = accept_warned("Spread_Segment 10.0.0.255 { 'a#b' 10.0.0.1 }", "from $ to ~ only");
    reading_free(r);
}

static void names_alone_are_looked_up_in_the_family_that_is_fixed(void **state)
{
    (void)state;
    struct reading *r = accept_quietly("Spread_Segment 127.0.0.255 { localhost }");
    assert_int_equal(r->conf->ip_version, 4);
    reading_free(r);
    r = accept_quietly("ActiveIPVersion = IPv6 Spread_Segment [ff02::1]:5 { ip6-localhost }");
    assert_int_equal(r->conf->ip_version, 6);
    reading_free(r);
    refuse("ActiveIPVersion = IPv6 Spread_Segment [ff02::1]:5 { localhost }",
           "the address of localhost cannot be found: nobody knows it");
    refuse("Spread_Segment 127.0.0.255 { localhost VirtualID = 0 }", "1 to 999999999");
    refuse("Spread_Segment 127.0.0.255 { nowhere }", "nowhere cannot be found");

    static const char text[] = "Spread_Segment 127.0.0.255 { localhost }";
    const struct conf_source alone = {.file = "f", .text = text, .len = sizeof text - 1};
    assert_null(conf_parse(&alone)); /* nobody to ask */
}

static void a_host_name_too_long_to_exist_is_not_looked_up(void **state)
{
    (void)state;
    char text[512] = "Spread_Segment 127.0.0.255 { ";
    memset(text + strlen(text), 'h', 256);
    strcat(text, " }");
    refuse(text, "at most 255 bytes");
}

static void ids_may_not_meet_even_if_one_is_computed(void **state)
{
    (void)state;
    /* 482711334 is the id of "localhost". */
    refuse("Spread_Segment 127.0.0.255 { localhost 127.0.0.1 d2 127.0.0.2 VirtualID = 482711334 }",
           "the same VirtualID 482711334");
    struct reading *r = accept_quietly("Spread_Segment 127.255.255.255 { d1 127.0.0.1 "
                                       "VirtualID = 999999999 d2 127.0.0.2 VirtualID = 1 }");
    assert_int_equal(conf_find_id(r->conf, 999999999), 0);
    assert_int_equal(conf_find_id(r->conf, 1), 1);
    assert_int_equal(conf_find_id(r->conf, 2), -1);
    reading_free(r);
}

static void ports_leave_room_for_tokens(void **state)
{
    (void)state;
    struct reading *r = accept_quietly("Spread_Segment 127.0.0.255:65534 { d1 127.0.0.1 }");
    assert_int_equal(r->conf->segments[0].port, 65534);
    reading_free(r);
    refuse("Spread_Segment 127.0.0.255:65535 { d1 127.0.0.1 }", "leaves no port after it");
    r = accept_warned("Spread_Segment 127.0.0.255:5201 { d1 127.0.0.1 } Spread_Segment "
                      "127.0.0.255:5200 { d2 127.0.0.1 }",
                      "port 5201 of 127.0.0.1 would serve the tokens of one");
    reading_free(r);
    r = accept_quietly("Spread_Segment 127.0.0.255:5200 { d1 127.0.0.1 } Spread_Segment "
                       "127.0.0.255:5202 { d2 127.0.0.1 } Spread_Segment "
                       "127.0.0.255:5201 { d3 127.0.0.2 }");
    reading_free(r);
}

static void segments_are_of_the_family_of_the_daemons(void **state)
{
    (void)state;
    refuse("Spread_Segment [ff02::1]:5 { d1 10.0.0.1 }", "ff02::1 is an IPv6 address");
    refuse("Spread_Segment 10.0.0.255 ff02::1 { d1 10.0.0.1 }", "the daemons use IPv4");
    refuse("Spread_Segment [::]:5 { d1 ::1 }", "cannot be the address of a segment");
    struct reading *r =
        accept_warned("Spread_Segment [fd00::1]:5 { d1 ::1 }", "no multicast address");
    reading_free(r);
    refuse("ActiveIPVersion = IPv4 ActiveIPVersion = IPv6" RING, "uses IPv4");
}

static void an_empty_segment_is_warned_of_wherever_it_stands(void **state)
{
    (void)state;
    struct reading *r = accept_warned("ActiveIPVersion = IPv4 Spread_Segment 10.0.0.255 { }" RING,
                                      "has no daemons");
    assert_int_equal(r->conf->segment_count, 2);
    assert_int_equal(r->conf->segments[0].daemon_count, 0);
    assert_int_equal(r->conf->segments[1].first_daemon, 0);
    assert_int_equal(r->conf->daemons[0].segment, 1);
    reading_free(r);
}

static void the_built_in_configuration_serves_this_machine_alone(void **state)
{
    (void)state;
    struct conf *c = conf_built_in(4803);
    assert_int_equal(c->daemon_count, 1);
    assert_string_equal(c->daemons[0].name, "localhost");
    assert_int_equal(c->segments[0].port, 4803);
    assert_int_equal(c->daemons[0].interface_count, 1);
    assert_true(ip_is_loopback(&c->daemons[0].interfaces[0].ip));
    assert_int_equal(c->daemons[0].interfaces[0].uses, CONF_FOR_ALL);
    conf_free(c);
    c = conf_built_in(65534);
    assert_int_equal(c->segments[0].port, 65534);
    conf_free(c);
    conf_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_without_options_has_the_defaults_of_5_0_1),
        cmocka_unit_test(the_ring_is_accelerated_unless_it_is_wide_or_told_otherwise),
        cmocka_unit_test(timeouts_are_those_of_the_network_or_all_written),
        cmocka_unit_test(the_suspect_timeout_is_below_the_token_timeout),
        cmocka_unit_test(a_written_token_timeout_is_not_undercut),
        cmocka_unit_test(slow_readers_are_lines_in_their_order),
        cmocka_unit_test(a_line_of_slow_readers_that_is_none_is_refused),
        cmocka_unit_test(slow_readers_have_64_lines_at_most),
        cmocka_unit_test(windows_are_positive_ordered_and_of_16_bits),
        cmocka_unit_test(session_limits_warn_where_they_would_surprise),
        cmocka_unit_test(methods_add_up_and_the_first_statement_ends_what_was_implied),
        cmocka_unit_test(a_list_of_methods_counts_up_to_byte_89),
        cmocka_unit_test(methods_are_found_by_their_whole_name),
        cmocka_unit_test(flags_apply_from_left_to_right),
        cmocka_unit_test(priorities_have_the_levels_of_the_log),
        cmocka_unit_test(stamps_have_a_format_and_microseconds_follow_seconds),
        cmocka_unit_test(texts_are_cut_ignored_or_refused_as_their_option_says),
        cmocka_unit_test(tls_is_asked_for_with_all_that_it_takes),
        cmocka_unit_test(the_mode_of_the_socket_is_octal),
        cmocka_unit_test(what_is_said_of_the_socket_is_kept),
        cmocka_unit_test(a_text_of_several_lines_is_doubted),
        cmocka_unit_test(the_keywords_of_5_0_1_are_complete_and_ours_are_plain_words_elsewhere),
        cmocka_unit_test(interfaces_keep_their_order_and_letters),
        cmocka_unit_test(names_are_cut_to_19_bytes_if_they_still_differ),
        cmocka_unit_test(names_alone_are_looked_up_in_the_family_that_is_fixed),
        cmocka_unit_test(a_host_name_too_long_to_exist_is_not_looked_up),
        cmocka_unit_test(ids_may_not_meet_even_if_one_is_computed),
        cmocka_unit_test(ports_leave_room_for_tokens),
        cmocka_unit_test(segments_are_of_the_family_of_the_daemons),
        cmocka_unit_test(an_empty_segment_is_warned_of_wherever_it_stands),
        cmocka_unit_test(the_built_in_configuration_serves_this_machine_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
