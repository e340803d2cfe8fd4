/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/log.h"

struct heard {
    int lines;
    enum log_level level;
    char text[2048];
};

static void hear(void *context, enum log_level level, const char *line)
{
    struct heard *h = context;
    assert_true(strlen(line) < sizeof h->text);
    h->lines++;
    h->level = level;
    strcpy(h->text, line);
}

static struct log log_of(uint32_t types, enum log_level level, struct heard *h)
{
    return (struct log){.types = types, .level = level, .sink = hear, .context = h};
}

static void an_event_is_shown_if_its_type_and_level_are_asked_for(void **state)
{
    (void)state;
    struct log log = log_of(LOG_MEMBERSHIP | LOG_GROUPS, LEVEL_WARNING, NULL);
    assert_true(log_shows(&log, LOG_MEMBERSHIP, LEVEL_WARNING));
    assert_true(log_shows(&log, LOG_GROUPS, LEVEL_CRITICAL));
    assert_false(log_shows(&log, LOG_MEMBERSHIP, LEVEL_INFO));
    assert_false(log_shows(&log, LOG_SESSION, LEVEL_CRITICAL));
    assert_true(log_shows(&log, (enum log_type)(LOG_SESSION | LOG_GROUPS), LEVEL_WARNING));
}

static void what_is_for_everybody_is_always_shown(void **state)
{
    (void)state;
    struct log log = log_of(0, LEVEL_FATAL, NULL);
    assert_true(log_shows(&log, LOG_SESSION, LEVEL_PRINT));
    assert_true(log_shows(&log, LOG_SESSION, LEVEL_FATAL));
    assert_false(log_shows(&log, LOG_SESSION, LEVEL_CRITICAL));
}

static void the_sink_gets_one_line_with_its_level(void **state)
{
    (void)state;
    struct heard h = {0};
    struct log log = log_of(LOG_SESSION, LEVEL_INFO, &h);
    log_event(&log, LOG_SESSION, LEVEL_ERROR, "%s has %d of %d", "alice", 3, 7);
    assert_int_equal(h.lines, 1);
    assert_int_equal(h.level, LEVEL_ERROR);
    assert_string_equal(h.text, "alice has 3 of 7");
    log_event(&log, LOG_SESSION, LEVEL_DEBUG, "not this");
    log_event(&log, LOG_GROUPS, LEVEL_ERROR, "nor this");
    assert_int_equal(h.lines, 1);
}

static void a_long_line_is_cut(void **state)
{
    (void)state;
    struct heard h = {0};
    struct log log = log_of(LOG_SESSION, LEVEL_INFO, &h);
    char text[1500];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    log_event(&log, LOG_SESSION, LEVEL_INFO, "%s", text);
    assert_int_equal(strlen(h.text), 1023);
}

static void a_log_without_a_sink_is_silent(void **state)
{
    (void)state;
    struct log log = {.types = ~0u, .level = LEVEL_DEBUG};
    log_event(&log, LOG_SESSION, LEVEL_FATAL, "%s", "nobody hears");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_shown_if_its_type_and_level_are_asked_for),
        cmocka_unit_test(what_is_for_everybody_is_always_shown),
        cmocka_unit_test(the_sink_gets_one_line_with_its_level),
        cmocka_unit_test(a_long_line_is_cut),
        cmocka_unit_test(a_log_without_a_sink_is_silent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
