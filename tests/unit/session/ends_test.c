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
    struct identity who = auth_identity(peer);
    struct session s = {.identity = &who, .local = peer->local, .port = peer->port};
    strcpy(s.name, name);
    ends_note(&ends, &s, why);
    identity_fini(&who);
}

static enum ended find(const char *name, uint16_t port, const struct peer *asker)
{
    struct ask question = {.kind = ASK_END, .port = port};
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
    end("a", &user_6, END_REVOKED);
    assert_int_equal(find("a", 0, &user_6), ENDED_REVOKED);
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
    static const enum ask_kind kinds[] = {ASK_END, ASK_POLICY, ASK_DROPPED};
    uint8_t bytes[ASK_MAX];
    for (int k = 0; k < 3; k++) {
        struct ask question = {.kind = kinds[k], .port = 0x1234, .name = "abcdefghij"}, found;
        question.policy = kinds[k] == ASK_POLICY ? 2 : 0;
        size_t len = ask_encode(bytes, &question);
        assert_int_equal(len, kinds[k] == ASK_POLICY ? ASK_MAX : ASK_MAX - 1);
        assert_false(ask_begins(bytes, 1));
        assert_true(ask_begins(bytes, 2));
        for (size_t i = 0; i < len; i++)
            assert_int_equal(ask_decode(&found, bytes, i), ASK_MORE);
        assert_int_equal(ask_decode(&found, bytes, len), ASK_OK);
        assert_int_equal(found.kind, kinds[k]);
        assert_int_equal(found.port, 0x1234);
        assert_string_equal(found.name, "abcdefghij");
        assert_int_equal(found.policy, question.policy);
    }
}

static void a_question_without_a_legal_name_is_bad(void **state)
{
    (void)state;
    static const uint8_t none[] = {0, 'E', 0, 0, 0}, too_long[] = {0, 'E', 0, 0, 11};
    static const uint8_t illegal[] = {0, 'E', 0, 0, 2, 'a', '#'};
    static const uint8_t no_policy[] = {0, 'P', 0, 0, 1, 'a', 3};
    struct ask found;
    assert_int_equal(ask_decode(&found, none, sizeof none), ASK_BAD);
    assert_int_equal(ask_decode(&found, too_long, sizeof too_long), ASK_BAD);
    assert_int_equal(ask_decode(&found, illegal, sizeof illegal), ASK_BAD);
    assert_int_equal(ask_decode(&found, no_policy, sizeof no_policy), ASK_BAD);
}

static void an_answer_is_read_as_it_was_written(void **state)
{
    (void)state;
    static const uint8_t golden[] = {'E', 3, 0xfe, 0xdc, 0xba, 0x98};
    static const uint8_t count[] = {'D', 1, 1, 2, 3, 4, 5, 6, 7, 8};
    uint8_t bytes[ASK_ANSWER_MAX];
    struct ask_answer a = {.kind = ASK_END, .reason = ENDED_BROKEN, .seconds = 0xfedcba98};
    assert_int_equal(ask_answer(bytes, &a), sizeof golden);
    assert_memory_equal(bytes, golden, sizeof golden);
    assert_true(ask_answered(bytes, ASK_END, &a));
    assert_int_equal(a.reason, ENDED_BROKEN);
    assert_int_equal(a.seconds, 0xfedcba98);
    assert_false(ask_answered(bytes, ASK_DROPPED, &a));
    bytes[1] = 200;
    assert_true(ask_answered(bytes, ASK_END, &a));
    assert_int_equal(a.reason, ENDED_UNKNOWN);
    bytes[0] = 0xf9;
    assert_false(ask_answered(bytes, ASK_END, &a));
    a = (struct ask_answer){.kind = ASK_DROPPED, .done = true, .dropped = 0x0102030405060708};
    assert_int_equal(ask_answer(bytes, &a), sizeof count);
    assert_memory_equal(bytes, count, sizeof count);
    assert_true(ask_answered(bytes, ASK_DROPPED, &a));
    assert_true(a.done && a.dropped == 0x0102030405060708);
    a = (struct ask_answer){.kind = ASK_POLICY, .done = true};
    assert_int_equal(ask_answer(bytes, &a), 2);
    assert_true(ask_answered(bytes, ASK_POLICY, &a) && a.done && a.dropped == 0);
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
