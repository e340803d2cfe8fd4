/* SPDX-License-Identifier: MIT
 *
 * Sessions that are watched as receivers or held as senders.
 */
#include "tests/support/test.h"

#include "daemon/session/crowd.h"

enum { NOW = 100 * USEC_SECOND, SENDERS = 5, PATIENCE = USEC_SECOND };

static const struct conf conf = {.max_session_messages = 1000, .slow_reader_patience_ms = 1000};

struct hall {
    struct crowd crowd;
    struct session receiver, senders[SENDERS];
};

static void init_session(struct session *s)
{
    *s = (struct session){.state = SESSION_OPEN};
    list_init(&s->held);
    list_init(&s->watched);
}

static void set_up(struct hall *h)
{
    crowd_init(&h->crowd);
    init_session(&h->receiver);
    h->receiver.outbox.blocked = true;
    for (int i = 0; i < SENDERS; i++)
        init_session(&h->senders[i]);
}

static bool waits(struct hall *h, uint32_t messages, uint64_t bytes)
{
    h->receiver.outbox.messages = messages;
    h->receiver.outbox.bytes = bytes;
    crowd_on_change(&h->crowd, &h->receiver, &conf, 0, NOW);
    return h->receiver.uptake.presses;
}

static void a_receiver_is_watched_while_its_socket_is_full_and_no_longer(void **state)
{
    (void)state;
    struct hall h;
    set_up(&h);
    h.receiver.uptake.taken_at = NOW;
    h.receiver.outbox.blocked = false;
    assert_false(waits(&h, 100, 1000));
    assert_int_equal(crowd_deadline(&h.crowd, true), NEVER);
    h.receiver.outbox.blocked = true;
    assert_false(waits(&h, 100, 1000)); /* watched, and holds up nobody */
    usec at = crowd_deadline(&h.crowd, true);
    assert_in_range(at, NOW + 1, NOW + PATIENCE / 10);
    assert_null(crowd_next_asked(&h.crowd, &conf, NOW));
    assert_ptr_equal(crowd_next_asked(&h.crowd, &conf, at), &h.receiver);
    assert_null(crowd_next_asked(&h.crowd, &conf, at)); /* once, and then later */
    assert_in_range(crowd_deadline(&h.crowd, true), at + 1, at + PATIENCE / 10);
    assert_true(waits(&h, 50000, 11000000));
    assert_true(waits(&h, 50001, 11000100));
    assert_false(waits(&h, 0, 0));
    assert_true(list_empty(&h.crowd.watched));
}

static void a_session_that_ends_presses_no_more(void **state)
{
    (void)state;
    struct hall h;
    set_up(&h);
    assert_true(waits(&h, 50000, 11000000));
    h.receiver.state = SESSION_GONE;
    crowd_on_change(&h.crowd, &h.receiver, &conf, 0, NOW);
    assert_false(h.receiver.uptake.presses);
    assert_true(list_empty(&h.crowd.watched));
}

static void a_sender_is_held_until_its_time_is_up_and_then_one_message_passes(void **state)
{
    (void)state;
    struct hall h;
    set_up(&h);
    crowd_hold(&h.crowd, &h.senders[0], true, NOW + PATIENCE);
    assert_true(crowd_holds(&h.senders[0]));
    assert_null(crowd_take_due(&h.crowd, NOW + PATIENCE - 1));
    assert_int_equal(crowd_deadline(&h.crowd, true), NOW + PATIENCE);
    assert_ptr_equal(crowd_take_due(&h.crowd, NOW + PATIENCE), &h.senders[0]);
    assert_true(h.senders[0].passes);
    assert_false(crowd_holds(&h.senders[0]));
    assert_null(crowd_take_due(&h.crowd, NOW + PATIENCE));
    assert_int_equal(crowd_deadline(&h.crowd, true), NEVER);
}

static void all_are_let_go_together_first_come_first_served(void **state)
{
    (void)state;
    struct hall h;
    set_up(&h);
    for (int i = 0; i < SENDERS; i++)
        crowd_hold(&h.crowd, &h.senders[i], true, NOW + PATIENCE);
    crowd_let_go(&h.crowd);
    for (int i = 0; i < SENDERS; i++) {
        assert_ptr_equal(crowd_take_due(&h.crowd, NOW), &h.senders[i]);
        assert_false(h.senders[i].passes); /* it has not waited so long */
    }
    assert_null(crowd_take_due(&h.crowd, NOW));
    crowd_let_go(&h.crowd); /* nobody is there */
    assert_int_equal(crowd_deadline(&h.crowd, true), NEVER);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_receiver_is_watched_while_its_socket_is_full_and_no_longer),
        cmocka_unit_test(a_session_that_ends_presses_no_more),
        cmocka_unit_test(a_sender_is_held_until_its_time_is_up_and_then_one_message_passes),
        cmocka_unit_test(all_are_let_go_together_first_come_first_served),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
