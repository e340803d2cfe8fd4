/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/session/crowd.h"

enum { LIMIT = 100, NOW = 5000 };

static const struct conf by_messages = {.max_session_messages = LIMIT};

/* An open session for which so many messages and bytes wait; only crowd.c ever looks at it. */
static struct session waiting(uint32_t messages, uint64_t bytes)
{
    return (struct session){.state = SESSION_OPEN,
                            .outbox = {.messages = messages, .bytes = bytes}};
}

static void tell_change(struct crowd *c, struct session *s, uint32_t messages)
{
    s->outbox.messages = messages;
    crowd_on_change(c, s, &by_messages);
}

static void the_limit_itself_may_wait_and_one_more_may_not(void **state)
{
    (void)state;
    struct session s = waiting(LIMIT, 0);
    assert_false(crowd_exceeded(&s, &by_messages));
    s.outbox.messages++;
    assert_true(crowd_exceeded(&s, &by_messages));
}

static void bytes_count_where_they_are_limited(void **state)
{
    (void)state;
    struct conf conf = by_messages;
    struct session s = waiting(1, 1 << 30);
    assert_false(crowd_exceeded(&s, &conf));
    conf.max_session_bytes = 1000;
    s.outbox.bytes = 1000;
    assert_false(crowd_exceeded(&s, &conf));
    s.outbox.bytes++;
    assert_true(crowd_exceeded(&s, &conf));
}

static void without_a_crowd_reading_never_pauses(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session s = waiting(0, 0);
    tell_change(&c, &s, LIMIT / 2);
    crowd_on_taken(&c, 1000, NOW);
    assert_int_equal(crowd_deadline(&c), NEVER);
}

static void beyond_half_a_limit_each_message_taken_costs_a_little_time(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session s = waiting(0, 0);
    tell_change(&c, &s, LIMIT / 2 + 1);
    assert_int_equal(crowd_deadline(&c), NEVER); /* nothing was taken yet */
    crowd_on_taken(&c, 1, NOW);
    usec one = crowd_deadline(&c) - NOW;
    assert_in_range(one, 1, 100);
    crowd_on_taken(&c, 7, NOW);
    assert_int_equal(crowd_deadline(&c), NOW + 7 * one);
}

static void a_read_that_took_no_message_does_not_move_the_deadline(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session s = waiting(0, 0);
    tell_change(&c, &s, LIMIT);
    crowd_on_taken(&c, 0, NOW);
    assert_int_equal(crowd_deadline(&c), NEVER);
    crowd_on_taken(&c, 3, NOW);
    usec due = crowd_deadline(&c);
    crowd_on_taken(&c, 0, NOW + 1);
    assert_int_equal(crowd_deadline(&c), due);
}

static void a_pause_is_short_whatever_was_taken(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session s = waiting(0, 0);
    tell_change(&c, &s, LIMIT);
    crowd_on_taken(&c, UINT32_MAX, NOW);
    assert_in_range(crowd_deadline(&c) - NOW, 1, 50 * USEC_MS);
}

static void a_pause_is_over_at_its_deadline_and_not_before(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session s = waiting(0, 0);
    tell_change(&c, &s, LIMIT);
    crowd_on_taken(&c, 10, NOW);
    usec due = crowd_deadline(&c);
    crowd_on_time(&c, due - 1);
    assert_int_equal(crowd_deadline(&c), due);
    crowd_on_time(&c, due);
    assert_int_equal(crowd_deadline(&c), NEVER);
}

static void a_pause_ends_when_the_last_receiver_has_caught_up(void **state)
{
    (void)state;
    struct crowd c = {0};
    struct session a = waiting(0, 0), b = waiting(0, 0);
    tell_change(&c, &a, LIMIT);
    tell_change(&c, &b, LIMIT);
    tell_change(&c, &b, LIMIT - 1); /* counted once, however often it changes */
    crowd_on_taken(&c, 10, NOW);
    usec due = crowd_deadline(&c);
    tell_change(&c, &a, 0);
    assert_int_equal(crowd_deadline(&c), due);
    tell_change(&c, &b, LIMIT / 2);
    assert_int_equal(crowd_deadline(&c), NEVER);
    assert_int_equal(c.sessions, 0);
}

static void who_leaves_or_is_cut_off_is_no_crowd(void **state)
{
    (void)state;
    static const enum session_state ends[] = {SESSION_LEAVING, SESSION_GONE};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct crowd c = {0};
        struct session s = waiting(0, 0);
        tell_change(&c, &s, LIMIT + 1);
        crowd_on_taken(&c, 10, NOW);
        s.state = ends[i];
        crowd_on_change(&c, &s, &by_messages);
        assert_int_equal(c.sessions, 0);
        assert_int_equal(crowd_deadline(&c), NEVER);
        crowd_on_change(&c, &s, &by_messages);
        assert_int_equal(c.sessions, 0);
    }
}

static void a_read_takes_half_a_limit_of_small_messages_within_bounds(void **state)
{
    (void)state;
    struct conf conf = {.max_session_messages = 1};
    size_t least = crowd_read_most(&conf);
    assert_true(least >= 4096); /* worth a system call */
    conf.max_session_messages = 1000;
    size_t usual = crowd_read_most(&conf);
    assert_true(usual > least);
    assert_int_equal(usual / (48 + 32), 500);
    conf.max_session_messages = UINT32_MAX;
    assert_int_equal(crowd_read_most(&conf), INTAKE_SLAB);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_limit_itself_may_wait_and_one_more_may_not),
        cmocka_unit_test(bytes_count_where_they_are_limited),
        cmocka_unit_test(without_a_crowd_reading_never_pauses),
        cmocka_unit_test(beyond_half_a_limit_each_message_taken_costs_a_little_time),
        cmocka_unit_test(a_read_that_took_no_message_does_not_move_the_deadline),
        cmocka_unit_test(a_pause_is_short_whatever_was_taken),
        cmocka_unit_test(a_pause_is_over_at_its_deadline_and_not_before),
        cmocka_unit_test(a_pause_ends_when_the_last_receiver_has_caught_up),
        cmocka_unit_test(who_leaves_or_is_cut_off_is_no_crowd),
        cmocka_unit_test(a_read_takes_half_a_limit_of_small_messages_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
