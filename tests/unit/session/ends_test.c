/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/session/ends.h"

static const struct peer user_5 = {.local = true, .uid = 5}, user_6 = {.local = true, .uid = 6};
static const struct peer here = {.ip = {.family = 4, .bytes = {10, 0, 0, 1}}, .port = 4000};
static const struct peer asking = {.ip = {.family = 4, .bytes = {10, 0, 0, 1}}, .port = 4001};
static const struct peer there = {.ip = {.family = 4, .bytes = {10, 0, 0, 2}}, .port = 4000};

static struct ends ends;

static int forget(void **state)
{
    (void)state;
    ends = (struct ends){.count = 0};
    return 0;
}

static void end(const char *name, const struct peer *peer, enum why why)
{
    struct session s = {.peer = *peer};
    strcpy(s.name, name);
    ends_note(&ends, &s, why);
}

static enum ended find(const char *name, uint16_t port, const struct peer *asker)
{
    struct ask question = {.port = port};
    strcpy(question.name, name);
    return ends_find(&ends, &question, asker);
}

static void a_reason_is_told_to_the_same_user(void **state)
{
    (void)state;
    end("a", &user_5, END_TOO_SLOW);
    assert_int_equal(find("a", 0, &user_5), ENDED_SLOW);
    assert_int_equal(find("b", 0, &user_5), ENDED_UNKNOWN);
    assert_int_equal(find("a", 0, &user_6), ENDED_UNKNOWN);
    assert_int_equal(find("a", 4000, &user_5), ENDED_UNKNOWN);
    assert_int_equal(find("a", 0, &here), ENDED_UNKNOWN);
}

static void over_tcp_to_who_has_the_address_and_knows_the_port(void **state)
{
    (void)state;
    end("a", &here, END_TOO_SLOW);
    assert_int_equal(find("a", 4000, &asking), ENDED_SLOW);
    assert_int_equal(find("a", 4001, &asking), ENDED_UNKNOWN);
    assert_int_equal(find("a", 0, &asking), ENDED_UNKNOWN);
    assert_int_equal(find("a", 4000, &there), ENDED_UNKNOWN);
    assert_int_equal(find("a", 0, &user_5), ENDED_UNKNOWN);
}

static void the_last_end_of_a_name_counts(void **state)
{
    (void)state;
    end("a", &user_5, END_TOO_SLOW);
    end("a", &user_6, END_BROKEN);
    end("a", &user_5, REQUEST_LENGTH);
    assert_int_equal(find("a", 0, &user_5), ENDED_PROTOCOL);
    assert_int_equal(find("a", 0, &user_6), ENDED_BROKEN);
}

static void what_the_client_did_itself_is_not_noted(void **state)
{
    (void)state;
    end("a", &user_5, END_CLOSED);
    end("a", &user_5, END_DISCONNECTED);
    assert_int_equal(ends.count, 0);
}

static void so_many_are_known_and_no_more(void **state)
{
    (void)state;
    char name[PRIVATE_NAME_MAX + 1];
    for (int i = 0; i < ENDS_MAX + 10; i++) {
        snprintf(name, sizeof name, "n%d", i);
        end(name, &user_5, END_TOO_SLOW);
    }
    assert_int_equal(find("n9", 0, &user_5), ENDED_UNKNOWN);
    assert_int_equal(find("n10", 0, &user_5), ENDED_SLOW);
    assert_int_equal(find("n1033", 0, &user_5), ENDED_SLOW);
}

static void a_question_is_read_as_it_was_written_and_never_too_early(void **state)
{
    (void)state;
    uint8_t bytes[ASK_MAX];
    struct ask question = {.port = 0x1234, .name = "abcdefghij"}, found;
    size_t len = ask_encode(bytes, &question);
    assert_int_equal(len, ASK_MAX);
    assert_false(ask_begins(bytes, 1));
    assert_true(ask_begins(bytes, 2));
    for (size_t i = 0; i < len; i++)
        assert_int_equal(ask_decode(&found, bytes, i), ASK_MORE);
    assert_int_equal(ask_decode(&found, bytes, len), ASK_OK);
    assert_int_equal(found.port, 0x1234);
    assert_string_equal(found.name, "abcdefghij");
}

static void a_question_without_a_legal_name_is_bad(void **state)
{
    (void)state;
    static const uint8_t none[] = {0, 'E', 0, 0, 0}, too_long[] = {0, 'E', 0, 0, 11};
    static const uint8_t illegal[] = {0, 'E', 0, 0, 2, 'a', '#'};
    struct ask found;
    assert_int_equal(ask_decode(&found, none, sizeof none), ASK_BAD);
    assert_int_equal(ask_decode(&found, too_long, sizeof too_long), ASK_BAD);
    assert_int_equal(ask_decode(&found, illegal, sizeof illegal), ASK_BAD);
}

static void an_answer_is_read_as_it_was_written(void **state)
{
    (void)state;
    uint8_t bytes[ASK_ANSWER];
    enum ended reason;
    uint32_t seconds;
    ask_answer(bytes, ENDED_BROKEN, 0xfedcba98);
    assert_true(ask_answered(bytes, &reason, &seconds));
    assert_int_equal(reason, ENDED_BROKEN);
    assert_int_equal(seconds, 0xfedcba98);
    bytes[1] = 200;
    assert_true(ask_answered(bytes, &reason, &seconds));
    assert_int_equal(reason, ENDED_UNKNOWN);
    bytes[0] = 0xf9;
    assert_false(ask_answered(bytes, &reason, &seconds));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(a_reason_is_told_to_the_same_user, forget),
        cmocka_unit_test_setup(over_tcp_to_who_has_the_address_and_knows_the_port, forget),
        cmocka_unit_test_setup(the_last_end_of_a_name_counts, forget),
        cmocka_unit_test_setup(what_the_client_did_itself_is_not_noted, forget),
        cmocka_unit_test_setup(so_many_are_known_and_no_more, forget),
        cmocka_unit_test(a_question_is_read_as_it_was_written_and_never_too_early),
        cmocka_unit_test(a_question_without_a_legal_name_is_bad),
        cmocka_unit_test(an_answer_is_read_as_it_was_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
