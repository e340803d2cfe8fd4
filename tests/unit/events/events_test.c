/* SPDX-License-Identifier: MIT
 *
 * The stream of events in words: each kind and each reason has some, what is nothing is left out, and
 * the log tells once a second, or less and less often, what others can cause.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/events/remedy.h"
#include "daemon/events/report.h"
#include "daemon/events/sentence.h"
#include "daemon/membership/core.h"

static const char *say(const struct event_record *e)
{
    static char text[SENTENCE_TEXT];
    return event_sentence(e, NULL, text);
}

static struct event_record named(enum event_kind kind, enum why why, const char *who,
                                 const char *from)
{
    struct event_record e = event_of(kind, why);
    snprintf(e.who.text, sizeof e.who.text, "%s", who);
    snprintf(e.from, sizeof e.from, "%s", from);
    return e;
}

/* -- words ------------------------------------------------------------------------------------ */

static void every_kind_has_a_sentence_and_a_place_in_the_log(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_KINDS; i++) {
        struct event_record e = named((enum event_kind)i, WHY_START, "d1", "10.0.0.1");
        snprintf(e.whom.text, sizeof e.whom.text, "d2");
        assert_true(event_types(e.kind) != 0 && event_level(e.kind) >= LEVEL_DEBUG);
        assert_true(strlen(say(&e)) > 5);
        assert_null(strpbrk(say(&e), "{}[]"));
    }
}

static void what_a_thing_came_of_is_said_of_it_in_the_past(void **state)
{
    (void)state;
    char text[SENTENCE_TEXT];
    struct event_record e = named(EVENT_SUSPECT, WHY_NONE, "d3", "");
    e.number[0] = 250;
    assert_string_equal(event_past(&e, NULL, text), "it did not answer for 250 ms");
    e.number[0] = 0;
    assert_string_equal(event_past(&e, NULL, text), "it did not answer");
    e = named(EVENT_OPENED, WHY_NONE, "#a#d1", "");
    assert_null(event_past(&e, NULL, text));
}

static void words_have_one_number_for_all(void **state)
{
    (void)state;
    assert_int_not_equal(event_vocabulary(), 0);
    assert_int_equal(event_vocabulary(), event_vocabulary());
}

static void every_reason_has_words(void **state)
{
    (void)state;
    for (int i = 0; i < WHYS; i++) {
        assert_non_null(why_text((enum why)i));
        assert_true(strlen(why_text((enum why)i)) > 3);
    }
}

static void numbers_are_shown_as_what_they_are_of(void **state)
{
    (void)state;
    struct event_record e = event_of(EVENT_STATE, WHY_TOKEN_LOST);
    e.number[0] = CORE_OPER;
    e.number[1] = CORE_SEG;
    char expected[128];
    snprintf(expected, sizeof expected, "membership: %s to %s: token lost",
             core_state_name(CORE_OPER), core_state_name(CORE_SEG));
    assert_string_equal(say(&e), expected);
}

static void what_is_not_known_is_left_out(void **state)
{
    (void)state;
    struct event_record e = named(EVENT_SUSPECT, WHY_NONE, "d3", "");
    assert_string_equal(say(&e), "daemon d3 does not answer");
    e.number[0] = 250;
    assert_string_equal(say(&e), "daemon d3 does not answer: nothing has come from it for 250 ms");
    e = named(EVENT_CONNECT_REFUSED, HELLO_NO_NAME, "", "the Unix socket");
    assert_string_equal(say(&e),
                        "client from the Unix socket: connection refused (illegal private name)");
    e = named(EVENT_CLOSED, END_CLOSED, "#a#d1", "the Unix socket");
    assert_string_equal(say(&e), "session #a#d1 from the Unix socket ends: closed by the client; 0 "
                                 "messages received, 0 sent");
    e.why = END_BROKEN;
    e.number[2] = 104;
    assert_string_equal(say(&e), "session #a#d1 from the Unix socket ends: connection broken "
                                 "(Connection reset by peer); 0 messages received, 0 sent");
}

static void names_are_words_and_never_instructions(void **state)
{
    (void)state;
    struct event_record e = named(EVENT_OPENED, WHY_NONE, "#{who}[%s]#d1", "{0}");
    assert_string_equal(say(&e), "session #{who}[%s]#d1 from {0} opens");
}

static void numbers_that_no_table_knows_do_no_harm(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_KINDS; i++) {
        struct event_record e = named((enum event_kind)i, WHY_NONE, "d1", "here");
        for (int k = 0; k < EVENT_NUMBERS; k++)
            e.number[k] = UINT64_MAX;
        memset(&e.set, 0xff, sizeof e.set);
        assert_true(strlen(say(&e)) < SENTENCE_TEXT);
    }
}

/* -- the log ---------------------------------------------------------------------------------- */

struct lines {
    int count;
    char last[1024];
    struct log log;
    struct report report;
};

static void keep_line(void *context, enum log_level level, const char *line)
{
    struct lines *l = context;
    (void)level;
    l->count++;
    snprintf(l->last, sizeof l->last, "%s", line);
}

static int begin(void **state)
{
    struct lines *l = memory_new(sizeof *l);
    l->log = (struct log){.types = ~0u, .level = LEVEL_DEBUG, .sink = keep_line, .context = l};
    l->report.log = &l->log;
    *state = l;
    return 0;
}

static int end(void **state)
{
    free(*state);
    return 0;
}

/* n such events, one each step; how many lines that makes. */
static int lines_of(struct lines *l, struct event_record e, int n, usec step)
{
    int before = l->count;
    for (int i = 0; i < n; i++) {
        e.at = USEC_SECOND + (usec)i * step;
        report_on_event(&l->report, &e, NULL, "");
    }
    return l->count - before;
}

static void a_reason_that_others_can_cause_is_told_once_a_second(void **state)
{
    struct lines *l = *state;
    struct event_record e = named(EVENT_DOUBT, DOUBT_TOKEN, "d3", "");
    assert_int_equal(lines_of(l, e, 10, 250 * USEC_MS), 3);
    assert_non_null(strstr(l->last, "; 3 more since the last such line"));
    e.why = DOUBT_BODY; /* each by itself */
    assert_int_equal(lines_of(l, e, 1, 0), 1);
    assert_null(strstr(l->last, "more since"));
}

static void what_goes_on_for_days_is_told_less_and_less_often(void **state)
{
    struct lines *l = *state;
    struct event_record e = named(EVENT_REFUSED, REFUSED_HASH, "d2", "10.0.0.2");
    e.daemon = 1;
    assert_int_equal(lines_of(l, e, 64, USEC_SECOND), 7); /* at 0, 1, 3, 7, 15, 31, 63 s */
    e.daemon = 2;
    assert_int_equal(lines_of(l, e, 1, 0), 1);
}

static void our_own_packets_and_what_a_monitor_cuts_off_are_no_news(void **state)
{
    struct lines *l = *state;
    assert_int_equal(lines_of(l, event_of(EVENT_REFUSED, REFUSED_SELF), 3, USEC_SECOND), 0);
    assert_int_equal(lines_of(l, event_of(EVENT_REFUSED, REFUSED_PARTITION), 3, USEC_SECOND), 0);
}

/* -- what is to be done ------------------------------------------------------------------------ */

static bool is_one_of(int which, const int *list, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (list[i] == which)
            return true;
    return false;
}

static void every_warning_names_what_can_be_done(void **state)
{
    static const int otherwise[] = {
        EVENT_ONE_WAY, EVENT_LONE,                               /* by daemon_hints.c */
        EVENT_DISAGREES, EVENT_NEEDS_RESTART, EVENT_SCARCE,      /* in the sentence itself */
        EVENT_TAKEN_FROM_GROUP,                                  /* which names the policy */
        EVENT_RESTARTED, EVENT_SCARCE_OVER,                      /* nothing is to be done */
        EVENT_DOUBT, EVENT_REFUSED, EVENT_UNOPENED,              /* by the reason */
        EVENT_CONNECT_REFUSED, EVENT_CONNECT_LATE, EVENT_MALFORMED, EVENT_REJECTED,
        EVENT_MONITOR_IGNORED, EVENT_STATUS_REFUSED, EVENT_RELOAD_REFUSED,
    };
    (void)state;
    for (int kind = 0; kind < EVENT_KINDS; kind++) {
        struct event_record e = event_of((enum event_kind)kind, WHY_NONE);
        if (event_level(e.kind) >= LEVEL_WARNING && event_level(e.kind) != LEVEL_PRINT &&
            !is_one_of(kind, otherwise, sizeof otherwise / sizeof *otherwise) && !event_remedy(&e))
            fail_msg("nothing is to be done when %s", say(&e));
    }
}

static void every_refusal_names_what_can_be_done(void **state)
{
    static const int otherwise[] = {
        REFUSED_SELF, REFUSED_PARTITION, REFUSED_REPLAY, MONITOR_AGAIN, /* which are not told */
        HELLO_WEAK_HASH, RELOAD_INTERFACES, RELOAD_CHANGED,             /* in the reason itself */
        HELLO_TLS_CROWDED, STATUS_LATE, STATUS_CROWDED,                 /* nothing is to be done */
    };
    (void)state;
    for (int why = REFUSED_LENGTH; why <= STATUS_CROWDED; why++) {
        struct event_record e = event_of(EVENT_REFUSED, (enum why)why);
        if (!is_one_of(why, otherwise, sizeof otherwise / sizeof *otherwise) && !event_remedy(&e))
            fail_msg("nothing is to be done when %s", why_text(e.why));
    }
}

static void the_remedy_ends_the_line_and_is_said_once(void **state)
{
    struct lines *l = *state;
    lines_of(l, named(EVENT_REFUSED, REFUSED_HASH, "d2", "10.0.0.2"), 1, 0);
    assert_non_null(strstr(l->last, "; give all hosts the same file, and reload"));
    lines_of(l, named(EVENT_CLOSED, REQUEST_TYPE, "#a#d1", "10.0.0.2"), 1, 0);
    assert_null(strstr(l->last, "at fault"));
}

static void what_the_log_is_not_to_show_is_not_counted_as_left_out(void **state)
{
    struct lines *l = *state;
    struct event_record e = named(EVENT_DOUBT, DOUBT_TOKEN, "d3", "");
    l->log.level = LEVEL_ERROR;
    assert_int_equal(lines_of(l, e, 10, 0), 0);
    l->log.level = LEVEL_DEBUG;
    assert_int_equal(lines_of(l, e, 1, 0), 1);
    assert_null(strstr(l->last, "more since"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_sentence_and_a_place_in_the_log),
        cmocka_unit_test(what_a_thing_came_of_is_said_of_it_in_the_past),
        cmocka_unit_test(words_have_one_number_for_all),
        cmocka_unit_test(every_reason_has_words),
        cmocka_unit_test(numbers_are_shown_as_what_they_are_of),
        cmocka_unit_test(what_is_not_known_is_left_out),
        cmocka_unit_test(names_are_words_and_never_instructions),
        cmocka_unit_test(numbers_that_no_table_knows_do_no_harm),
        cmocka_unit_test_setup_teardown(a_reason_that_others_can_cause_is_told_once_a_second, begin,
                                        end),
        cmocka_unit_test_setup_teardown(what_goes_on_for_days_is_told_less_and_less_often, begin, end),
        cmocka_unit_test_setup_teardown(our_own_packets_and_what_a_monitor_cuts_off_are_no_news, begin,
                                        end),
        cmocka_unit_test(every_warning_names_what_can_be_done),
        cmocka_unit_test(every_refusal_names_what_can_be_done),
        cmocka_unit_test_setup_teardown(the_remedy_ends_the_line_and_is_said_once, begin, end),
        cmocka_unit_test_setup_teardown(what_the_log_is_not_to_show_is_not_counted_as_left_out, begin,
                                        end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
