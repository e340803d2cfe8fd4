/* SPDX-License-Identifier: MIT
 *
 * Slow readers: limit + 1 waiting messages end the session, and nobody else notices.
 */
#include "libspread/wire/ask.h"
#include "tests/unit/daemon/world.h"

#define JOINED (FRAME_REGULAR | FRAME_BY_JOIN)
#define GONE   (FRAME_REGULAR | FRAME_BY_DISCONNECT)

static void the_message_after_the_limit_ends_a_slow_reader(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = 10;
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    struct peer_end *watch = world_join_as(w, "w");
    peer_request(watch, "w", FRAME_JOIN, "m");
    peer_request(b, "b", FRAME_JOIN, "m");
    peer_request(b, "b", FRAME_JOIN, "g");
    expect_notice(watch, "m", JOINED, 1);
    expect_notice(watch, "m", JOINED, 2);
    b->reads = false;
    for (int i = 0; i < 10; i++)
        peer_cast(a, "a", FRAME_AGREED, "g", "data");
    world_pass(w, 1);
    assert_false(b->closed);
    expect_nothing(watch);
    peer_cast(a, "a", FRAME_AGREED, "g", "one too many");
    world_pass(w, 1);
    expect_closed(b);
    expect_notice(watch, "m", GONE, 1);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_CUT_OFF], 1);
    assert_non_null(strstr(w->last_log, "#b#d1 from the Unix socket as uid:0: does not read"));
    assert_non_null(strstr(w->last_log, "; MaxSessionMessages is 10); it was in 2 groups"));
    peer_free(watch);
    peer_free(b);
    peer_free(a);
    world_free(w);
}

static void a_reader_that_catches_up_in_time_is_not_judged(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = 10;
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    b->reads = false;
    for (int i = 0; i < 10; i++)
        peer_cast(a, "a", FRAME_AGREED, "#b#d1", "data");
    world_pass(w, 1);
    b->reads = true; /* its socket has room again, which nobody has told the daemon yet */
    peer_cast(a, "a", FRAME_AGREED, "#b#d1", "data");
    world_pass(w, 1);
    assert_false(b->closed);
    for (int i = 0; i < 11; i++)
        expect_data(b, "#a#d1", "data");
    expect_nothing(b);
    peer_free(b);
    peer_free(a);
    world_free(w);
}

static void a_limit_of_zero_lets_a_reader_live_that_never_lets_anything_wait(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = 0;
    struct peer_end *a = world_join_as(w, "a");
    peer_cast(a, "a", FRAME_AGREED, "#a#d1", "one");
    expect_data(a, "#a#d1", "one");
    a->reads = false;
    peer_cast(a, "a", FRAME_AGREED, "#a#d1", "two");
    expect_closed(a);
    peer_free(a);
    world_free(w);
}

static struct peer_end *ask_from(struct world *w, const struct peer *peer, const char *name)
{
    uint8_t bytes[ASK_MAX];
    struct ask question = {.kind = ASK_END};
    struct peer_end *p = world_connect_from(w, peer);
    strcpy(question.name, name);
    peer_send(p, bytes, ask_encode(bytes, &question));
    return p;
}

static void expect_answer(struct peer_end *p, enum ended reason, uint32_t seconds)
{
    uint8_t bytes[ASK_ANSWER_MAX];
    struct ask_answer answer = {.kind = ASK_END, .reason = reason, .seconds = seconds};
    expect_bytes(p, bytes, ask_answer(bytes, &answer));
    expect_nothing(p);
    world_pass(p->world, 3000);
    expect_closed(p);
    peer_free(p);
}

static void who_was_cut_off_may_ask_why(void **state)
{
    (void)state;
    static const struct peer same = {.local = true}, other = {.local = true, .uid = 7};
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = 0;
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    expect_answer(ask_from(w, &same, "b"), ENDED_UNKNOWN, 0);
    b->reads = false;
    peer_cast(a, "a", FRAME_AGREED, "#b#d1", "data");
    world_pass(w, 1);
    expect_closed(b);
    uint64_t refused = daemon_counters(w->daemon)->events[EVENT_CONNECT_REFUSED];
    expect_answer(ask_from(w, &same, "b"), ENDED_SLOW, 3);
    expect_answer(ask_from(w, &other, "b"), ENDED_UNKNOWN, 6);
    expect_answer(ask_from(w, &same, "a"), ENDED_UNKNOWN, 9);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_CONNECT_REFUSED], refused);
    peer_cast(a, "a", FRAME_AGREED, "#a#d1", "still here");
    expect_data(a, "#a#d1", "still here");
    peer_free(b);
    peer_free(a);
    world_free(w);
}

static void a_question_may_come_byte_by_byte_and_a_bad_one_is_not_known(void **state)
{
    (void)state;
    static const uint8_t good[] = {0, 'E', 0, 0, 1, 'b'}, bad[] = {0, 'E', 0, 0, 11, 'b'};
    struct world *w = world_new(1, "NULL");
    struct peer_end *p = world_connect(w), *q = world_connect(w);
    for (size_t i = 0; i < sizeof good; i++) {
        expect_nothing(p);
        peer_send(p, good + i, 1);
    }
    peer_send(q, bad, sizeof bad);
    expect_answer(p, ENDED_UNKNOWN, 0);
    expect_answer(q, ENDED_UNKNOWN, 0);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_message_after_the_limit_ends_a_slow_reader),
        cmocka_unit_test(who_was_cut_off_may_ask_why),
        cmocka_unit_test(a_question_may_come_byte_by_byte_and_a_bad_one_is_not_known),
        cmocka_unit_test(a_reader_that_catches_up_in_time_is_not_judged),
        cmocka_unit_test(a_limit_of_zero_lets_a_reader_live_that_never_lets_anything_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
