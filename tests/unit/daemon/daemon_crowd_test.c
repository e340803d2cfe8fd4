/* SPDX-License-Identifier: MIT
 *
 * Receivers that do not keep up: who sends to them waits, for a while, and nobody else.
 */
#include "daemon/session/crowd.h"
#include "tests/unit/daemon/world.h"

enum { BYTES = 160000, SMALL = FRAME_HEADER + NAME_FIELD, PATIENCE_MS = 1000 };

/* "slow" and "other" are in group g; "slow" does not read, and so much waits for it that it presses. */
static struct world *world_with_limit(uint32_t bytes, struct peer_end **slow,
                                      struct peer_end **sender, struct peer_end **other)
{
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_bytes = bytes;
    w->conf->max_session_messages = 1000;
    w->conf->slow_reader_patience_ms = PATIENCE_MS;
    *slow = world_join_as(w, "slow");
    *sender = world_join_as(w, "sender");
    *other = world_join_as(w, "other");
    peer_request(*other, "other", FRAME_JOIN, "g");
    peer_request(*slow, "slow", FRAME_JOIN, "g");
    (*slow)->reads = false;
    for (uint32_t i = 0; i <= bytes * 10 / 16 / SMALL; i++)
        peer_cast(*sender, "sender", FRAME_AGREED, "g", "");
    assert_true((*slow)->session->uptake.presses);
    assert_false((*slow)->closed);
    (*other)->taken = (*other)->len;
    return w;
}

static struct world *world_with_a_crowd(struct peer_end **slow, struct peer_end **sender,
                                        struct peer_end **other)
{
    return world_with_limit(BYTES, slow, sender, other);
}

static void free_all(struct world *w, struct peer_end *a, struct peer_end *b, struct peer_end *c)
{
    peer_free(a);
    peer_free(b);
    peer_free(c);
    world_free(w);
}

/* count messages of p in one piece, each with its number as type. */
static void cast_many(struct peer_end *p, const char *name, const char *group, int count)
{
    uint8_t *bytes = calloc((size_t)count, SMALL);
    for (int i = 0; i < count; i++) {
        struct name field = name_from_text(group);
        struct frame_header h = {.type = FRAME_AGREED,
                                 .sender = name_private(name, "d1"),
                                 .num_groups = 1,
                                 .hint = frame_hint((int16_t)i)};
        frame_encode(bytes + i * SMALL, &h);
        memcpy(bytes + i * SMALL + FRAME_HEADER, field.text, NAME_FIELD);
    }
    peer_send(p, bytes, (size_t)count * SMALL);
    free(bytes);
}

static uint64_t received(const struct peer_end *p)
{
    return p->session->received;
}

static void who_sends_elsewhere_is_read_as_ever(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    uint64_t before = received(other);
    for (int i = 0; i < 100; i++) {
        assert_true(daemon_may_read(w->daemon, other->session));
        cast_many(other, "other", "h", 50);
        assert_true(daemon_may_read(w->daemon, other->session));
    }
    assert_int_equal(received(other) - before, 5000);
    assert_false(slow->closed);
    free_all(w, slow, sender, other);
}

static void who_sends_to_it_waits_until_it_has_taken_most(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    uint64_t before = received(sender);
    cast_many(sender, "sender", "g", 40);
    assert_int_equal(received(sender), before);
    assert_false(daemon_may_read(w->daemon, sender->session));
    assert_true(daemon_may_read(w->daemon, other->session));
    world_pass(w, 500);
    assert_int_equal(received(sender), before);
    slow->reads = true; /* which is seen at the next look */
    world_pass(w, PATIENCE_MS / 10);
    assert_int_equal(received(sender) - before, 40);
    assert_true(daemon_may_read(w->daemon, sender->session));
    assert_false(slow->closed);
    free_all(w, slow, sender, other);
}

static void who_sends_to_it_alone_waits_as_well(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    cast_many(sender, "sender", "#slow#d1", 1);
    assert_false(daemon_may_read(w->daemon, sender->session));
    free_all(w, slow, sender, other);
}

static void who_never_reads_holds_others_up_once_and_is_cut_off(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_limit(10 * BYTES, &slow, &sender, &other);
    cast_many(sender, "sender", "g", 40);
    world_pass(w, PATIENCE_MS - 1);
    assert_false(slow->closed);
    assert_false(daemon_may_read(w->daemon, sender->session));
    world_pass(w, PATIENCE_MS / 20);
    assert_false(slow->closed); /* it is given a little more, for which nobody waits */
    assert_true(daemon_may_read(w->daemon, sender->session));
    world_pass(w, PATIENCE_MS / 4);
    assert_true(slow->closed); /* more than a thousand waited */
    for (int i = 0; i < 40; i++)
        expect_data(other, "#sender#d1", "");
    expect_notice(other, "g", FRAME_REGULAR | FRAME_BY_DISCONNECT, 1);
    free_all(w, slow, sender, other);
}

/* Its socket takes ten bytes now and then. That shows that a Unix socket is read; over TCP kernels between
 * have room for megabytes. */
static void check_taken(bool local, bool reads)
{
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_limit(10 * BYTES, &slow, &sender, &other);
    slow->session->local = local;
    for (int i = 0; i < 20; i++) {
        if (!slow->closed)
            daemon_on_written(w->daemon, slow->session, 10, true, w->now);
        world_pass(w, PATIENCE_MS / 10);
    }
    assert_int_equal(!slow->closed, reads);
    free_all(w, slow, sender, other);
}

static void what_a_connection_takes_is_not_read(void **state)
{
    (void)state;
    check_taken(true, true);
    check_taken(false, false);
}

static void if_its_group_goes_quiet_before_the_limit_it_lives_and_holds_up_nobody(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    w->conf->max_session_messages = 10000;
    world_pass(w, 2 * PATIENCE_MS);
    assert_false(slow->closed);
    cast_many(sender, "sender", "g", 10);
    assert_true(daemon_may_read(w->daemon, sender->session));
    world_pass(w, 1000 * PATIENCE_MS);
    assert_false(slow->closed);
    free_all(w, slow, sender, other);
}

static void who_reads_a_little_now_and_then_holds_nobody_longer_than_a_patience(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    uint64_t before = received(sender);
    cast_many(sender, "sender", "g", 3);
    slow->unread = 1000000;
    for (uint64_t passed = 1; passed <= 3; passed++) {
        for (int i = 0; i < 10; i++, slow->unread--)
            world_pass(w, PATIENCE_MS / 10);
        world_pass(w, 1);
        assert_false(slow->closed);
        assert_int_equal(received(sender) - before, passed); /* one message after each */
    }
    free_all(w, slow, sender, other);
}

static void whose_output_arrives_nowhere_slows_nobody_down(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    cast_many(sender, "sender", "g", 20);
    assert_false(daemon_may_read(w->daemon, sender->session));
    daemon_on_deaf(w->daemon, slow->session, w->now);
    assert_int_equal(slow->session->outbox.messages, 0);
    world_pass(w, 0);
    assert_true(daemon_may_read(w->daemon, sender->session));
    free_all(w, slow, sender, other);
}

static void what_was_read_of_a_held_sender_comes_before_its_farewell(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    cast_many(sender, "sender", "g", 30);
    slow->reads = true;
    daemon_on_hangup(w->daemon, slow->session, END_CLOSED, 0, w->now);
    peer_request(sender, "sender", FRAME_KILL, "#sender#d1");
    world_pass(w, 5);
    expect_notice(other, "g", FRAME_REGULAR | FRAME_BY_DISCONNECT, 1);
    for (int i = 0; i < 30; i++)
        expect_data(other, "#sender#d1", "");
    expect_closed(sender);
    free_all(w, slow, sender, other);
}

static void what_was_read_of_a_held_sender_is_ordered_when_the_daemon_leaves(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    cast_many(sender, "sender", "g", 30);
    assert_false(daemon_may_read(w->daemon, sender->session));
    daemon_leave(w->daemon, w->now);
    world_turn(w);
    for (int i = 0; i < 30; i++)
        expect_data(other, "#sender#d1", "");
    free_all(w, slow, sender, other);
}

static void joins_that_it_is_told_of_wait_too(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    peer_request(other, "other", FRAME_LEAVE, "g");
    assert_false(daemon_may_read(w->daemon, other->session));
    free_all(w, slow, sender, other);
}

static void messages_of_every_service_are_limited_in_bytes(void **state)
{
    (void)state;
    static const uint32_t services[] = {FRAME_UNRELIABLE, FRAME_RELIABLE, FRAME_FIFO, FRAME_CAUSAL,
                                        FRAME_AGREED, FRAME_SAFE};
    enum { BODY = 140000 };
    char *body = malloc(BODY + 1);
    memset(body, 'x', BODY);
    body[BODY] = '\0';
    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++) {
        struct world *w = world_new(1, "NULL");
        struct peer_end *slow = world_join_as(w, "slow"), *sender = world_join_as(w, "sender");
        slow->reads = false;
        int sent = 0;
        for (; !slow->closed && sent < 1000; sent++) {
            while (!daemon_may_read(w->daemon, sender->session))
                world_pass(w, 1);
            peer_cast(sender, "sender", services[i], "#slow#d1", body);
        }
        assert_true(slow->closed);
        assert_in_range(sent, (16 << 20) / BODY - 2, (16 << 20) / BODY + 2);
        peer_free(slow);
        peer_free(sender);
        world_free(w);
    }
    free(body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_sends_elsewhere_is_read_as_ever),
        cmocka_unit_test(who_sends_to_it_waits_until_it_has_taken_most),
        cmocka_unit_test(who_sends_to_it_alone_waits_as_well),
        cmocka_unit_test(who_never_reads_holds_others_up_once_and_is_cut_off),
        cmocka_unit_test(what_a_connection_takes_is_not_read),
        cmocka_unit_test(if_its_group_goes_quiet_before_the_limit_it_lives_and_holds_up_nobody),
        cmocka_unit_test(who_reads_a_little_now_and_then_holds_nobody_longer_than_a_patience),
        cmocka_unit_test(whose_output_arrives_nowhere_slows_nobody_down),
        cmocka_unit_test(what_was_read_of_a_held_sender_comes_before_its_farewell),
        cmocka_unit_test(what_was_read_of_a_held_sender_is_ordered_when_the_daemon_leaves),
        cmocka_unit_test(joins_that_it_is_told_of_wait_too),
        cmocka_unit_test(messages_of_every_service_are_limited_in_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
