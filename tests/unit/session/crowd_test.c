/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/session/crowd.h"

enum { LIMIT = 100, NOW = 5 * USEC_SECOND, LEN = 100, STEP = 50 };

static const struct conf by_messages = {.max_session_messages = LIMIT};

/* A crowd, one receiver, and senders to it. Only crowd.c ever looks at these sessions. */
struct hall {
    struct crowd crowd;
    struct session receiver, senders[40];
    void *receivers[1];
    usec now;
};

static struct session open_session(uint32_t messages, uint64_t bytes)
{
    return (struct session){.state = SESSION_OPEN,
                            .outbox = {.messages = messages, .bytes = bytes}};
}

static void hall_change(struct hall *h, uint32_t messages)
{
    h->receiver.outbox.messages = messages;
    crowd_on_change(&h->crowd, &h->receiver, &by_messages, h->now);
}

static void hall_init(struct hall *h, uint32_t messages)
{
    crowd_init(&h->crowd);
    h->now = NOW;
    h->receiver = open_session(0, 0);
    h->receivers[0] = &h->receiver;
    for (size_t i = 0; i < sizeof h->senders / sizeof h->senders[0]; i++) {
        h->senders[i] = open_session(0, 0);
        list_init(&h->senders[i].held);
    }
    hall_change(h, messages);
}

static bool admits(struct hall *h, int sender)
{
    return crowd_admits(&h->crowd, &h->senders[sender], h->receivers, 1, LEN, h->now);
}

/* Senders 0 to count - 1 send what they may, for so long, on a timer that is as late. */
static unsigned flood(struct hall *h, int count, usec duration, usec late)
{
    unsigned admitted = 0;
    for (usec until = h->now + duration; h->now < until; h->now += late) {
        while (crowd_take_due(&h->crowd, h->now))
            ;
        for (int i = 0; i < count; i++)
            while (!crowd_holds(&h->senders[i]) && admits(h, i))
                admitted++;
    }
    return admitted;
}

static void the_limit_itself_may_wait_and_one_more_may_not(void **state)
{
    (void)state;
    struct session s = open_session(LIMIT, 0);
    assert_false(crowd_exceeded(&s, &by_messages));
    s.outbox.messages++;
    assert_true(crowd_exceeded(&s, &by_messages));
}

static void bytes_are_limited_as_it_is_written(void **state)
{
    (void)state;
    struct conf conf = {.max_session_messages = LIMIT, .max_session_bytes = 1000};
    struct session s = open_session(1, 1000);
    assert_false(crowd_exceeded(&s, &conf));
    s.outbox.bytes++;
    assert_true(crowd_exceeded(&s, &conf));
}

static void without_a_word_bytes_are_limited_by_the_number_of_messages(void **state)
{
    (void)state;
    static const struct {
        uint32_t messages;
        uint64_t bytes;
    } cases[] = {{1, 16 << 20}, {256, 16 << 20}, {1000, 65536000}, {1000000, 65536000000}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct conf conf = {.max_session_messages = cases[i].messages};
        struct session s = open_session(1, cases[i].bytes);
        assert_false(crowd_exceeded(&s, &conf));
        s.outbox.bytes++;
        assert_true(crowd_exceeded(&s, &conf));
    }
}

static void up_to_half_a_limit_nobody_waits(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2);
    assert_false(crowd_matters(&h.crowd, h.now));
    for (int i = 0; i < 1000; i++)
        assert_true(admits(&h, 0));
    assert_int_equal(crowd_deadline(&h.crowd), NEVER);
}

static void beyond_it_what_is_sent_to_the_receiver_keeps_to_a_pace(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2 + 1);
    assert_true(crowd_matters(&h.crowd, h.now));
    /* 66,000 a second was the pace of 5.0.1. */
    assert_in_range(flood(&h, 1, USEC_SECOND, STEP), 80000, 110000);
}

static void the_pace_is_one_for_all_who_send_to_it(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2 + 1);
    assert_in_range(flood(&h, 40, USEC_SECOND, STEP), 80000, 110000);
}

static void timers_that_are_late_make_nobody_slower(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2 + 1);
    assert_in_range(flood(&h, 1, USEC_SECOND, USEC_MS), 80000, 110000);
    assert_in_range(flood(&h, 1, USEC_SECOND, 2 * USEC_MS), 80000, 110000);
}

static void time_that_nobody_used_is_kept_for_a_moment_only(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2 + 1);
    h.now += USEC_SECOND;
    assert_in_range(flood(&h, 1, 1, 1), 1, LIMIT * 3);
}

static void who_sends_to_others_does_not_wait(void **state)
{
    (void)state;
    struct hall h;
    struct session other = open_session(LIMIT / 2, 0);
    void *receivers[] = {&other};
    hall_init(&h, LIMIT);
    assert_false(admits(&h, 0));
    for (int i = 0; i < 1000; i++) {
        assert_true(crowd_admits(&h.crowd, &h.senders[1], receivers, 1, LEN, h.now));
        assert_true(crowd_admits(&h.crowd, &h.senders[1], NULL, 0, LEN, h.now));
    }
}

static void large_messages_take_longer(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT / 2 + 1);
    h.now += USEC_MS;
    assert_true(crowd_admits(&h.crowd, &h.senders[0], h.receivers, 1, 1 << 20, h.now));
    assert_false(admits(&h, 1));
    assert_in_range(h.senders[1].held_until - h.now, 2 * USEC_MS, 6 * USEC_MS);
}

static void what_waits_beyond_the_half_is_waited_for_first(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT);
    assert_false(admits(&h, 0));
    assert_int_equal(crowd_deadline(&h.crowd), NOW + LIMIT / 2 * 10);
    assert_null(crowd_take_due(&h.crowd, crowd_deadline(&h.crowd) - 1));
    assert_ptr_equal(crowd_take_due(&h.crowd, crowd_deadline(&h.crowd)), &h.senders[0]);
    assert_null(crowd_take_due(&h.crowd, NOW + USEC_SECOND));
    assert_int_equal(crowd_deadline(&h.crowd), NEVER);
    assert_true(admits(&h, 0)); /* it is its turn, whoever came meanwhile */
}

static void nobody_is_held_for_long_however_many_there_are(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT);
    for (int round = 0; round < 100; round++)
        for (int i = 0; i < 40; i++) {
            if (admits(&h, i))
                continue;
            assert_true(h.senders[i].held_until <= h.now + CROWD_HOLD_MOST_US);
            list_remove(&h.senders[i].held);
            h.senders[i].turn_us = 0;
        }
}

static void senders_are_let_go_when_the_receiver_has_caught_up_or_is_gone(void **state)
{
    (void)state;
    static const struct {
        enum session_state state;
        uint32_t messages;
    } ends[] = {{SESSION_OPEN, LIMIT / 2}, {SESSION_LEAVING, LIMIT}, {SESSION_GONE, LIMIT + 1}};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct hall h;
        hall_init(&h, LIMIT);
        assert_false(admits(&h, 0));
        assert_false(admits(&h, 1));
        h.receiver.state = ends[i].state;
        hall_change(&h, ends[i].messages);
        assert_true(crowd_deadline(&h.crowd) <= NOW);
        assert_ptr_equal(crowd_take_due(&h.crowd, NOW), &h.senders[0]);
        assert_ptr_equal(crowd_take_due(&h.crowd, NOW), &h.senders[1]);
        assert_null(crowd_take_due(&h.crowd, NOW));
        assert_int_equal(h.crowd.sessions, 0);
        hall_change(&h, ends[i].messages);
        assert_int_equal(h.crowd.sessions, 0); /* counted once, however often it changes */
    }
}

static void a_receiver_that_is_given_nothing_any_more_is_soon_of_no_interest(void **state)
{
    (void)state;
    struct hall h;
    hall_init(&h, LIMIT);
    assert_true(crowd_matters(&h.crowd, NOW + CROWD_FRESH_US - 1));
    assert_false(crowd_matters(&h.crowd, NOW + CROWD_FRESH_US));
    h.now += USEC_SECOND;
    hall_change(&h, LIMIT - 1);
    assert_true(crowd_matters(&h.crowd, h.now));
}

static void with_a_large_limit_a_receiver_is_waited_for_no_longer(void **state)
{
    (void)state;
    struct conf conf = {.max_session_messages = 1000000};
    struct crowd c;
    struct session s = open_session(500001, 0);
    crowd_init(&c);
    crowd_on_change(&c, &s, &conf, NOW);
    assert_int_equal(c.sessions, 1);
    s.outbox.messages += CROWD_HOLD_MOST_US / 10;
    crowd_on_change(&c, &s, &conf, NOW);
    assert_int_equal(c.sessions, 0);
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
        cmocka_unit_test(bytes_are_limited_as_it_is_written),
        cmocka_unit_test(without_a_word_bytes_are_limited_by_the_number_of_messages),
        cmocka_unit_test(up_to_half_a_limit_nobody_waits),
        cmocka_unit_test(beyond_it_what_is_sent_to_the_receiver_keeps_to_a_pace),
        cmocka_unit_test(the_pace_is_one_for_all_who_send_to_it),
        cmocka_unit_test(timers_that_are_late_make_nobody_slower),
        cmocka_unit_test(time_that_nobody_used_is_kept_for_a_moment_only),
        cmocka_unit_test(who_sends_to_others_does_not_wait),
        cmocka_unit_test(large_messages_take_longer),
        cmocka_unit_test(what_waits_beyond_the_half_is_waited_for_first),
        cmocka_unit_test(nobody_is_held_for_long_however_many_there_are),
        cmocka_unit_test(senders_are_let_go_when_the_receiver_has_caught_up_or_is_gone),
        cmocka_unit_test(a_receiver_that_is_given_nothing_any_more_is_soon_of_no_interest),
        cmocka_unit_test(with_a_large_limit_a_receiver_is_waited_for_no_longer),
        cmocka_unit_test(a_read_takes_half_a_limit_of_small_messages_within_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
