/* SPDX-License-Identifier: MIT
 *
 * Receivers for which much waits: who sends to them is slowed down, and nobody else.
 */
#include "daemon/session/crowd.h"
#include "tests/unit/daemon/world.h"

enum { LIMIT = 100, SMALL = FRAME_HEADER + NAME_FIELD };

/* "slow" and "other" are in group g; "slow" does not read, and more than half its limit waits. */
static struct world *world_with_a_crowd(struct peer_end **slow, struct peer_end **sender,
                                        struct peer_end **other)
{
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = LIMIT;
    *slow = world_join_as(w, "slow");
    *sender = world_join_as(w, "sender");
    *other = world_join_as(w, "other");
    peer_request(*other, "other", FRAME_JOIN, "g");
    peer_request(*slow, "slow", FRAME_JOIN, "g");
    (*slow)->reads = false;
    for (int i = 0; i <= LIMIT / 2; i++)
        peer_cast(*sender, "sender", FRAME_AGREED, "g", "");
    assert_int_equal((*slow)->session->outbox.messages, LIMIT / 2 + 1);
    assert_false((*slow)->closed);
    (*other)->taken = (*other)->len;
    return w;
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

static void who_sends_to_it_goes_on_message_by_message(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    uint64_t before = received(sender);
    cast_many(sender, "sender", "g", 40);
    uint64_t taken = received(sender) - before;
    assert_in_range(taken, 0, 20);
    assert_false(daemon_may_read(w->daemon, sender->session));
    assert_true(daemon_may_read(w->daemon, other->session));
    world_pass(w, 1);
    assert_int_equal(received(sender) - before, 40);
    assert_true(daemon_may_read(w->daemon, sender->session));
    assert_false(slow->closed);
    free_all(w, slow, sender, other);
}

static void who_has_nothing_more_to_say_is_let_go_as_well(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    cast_many(sender, "sender", "g", 20);
    assert_false(daemon_may_read(w->daemon, sender->session));
    slow->reads = true;
    peer_cast(other, "other", FRAME_AGREED, "#slow#d1", "now it has caught up");
    if (slow->session->outbox.messages > 0)
        world_pass(w, 200);
    world_pass(w, 0);
    assert_true(daemon_may_read(w->daemon, sender->session));
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
    peer_request(sender, "sender", FRAME_KILL, "#sender#d1");
    world_pass(w, 5);
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

static void who_never_reads_is_cut_off_within_milliseconds_of_a_flood(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    usec begin = w->now;
    while (!slow->closed) {
        if (daemon_may_read(w->daemon, sender->session))
            cast_many(sender, "sender", "g", 30);
        world_pass(w, 1);
        assert_true(w->now - begin < 20 * USEC_MS);
    }
    world_pass(w, 0);
    assert_true(daemon_may_read(w->daemon, sender->session));
    free_all(w, slow, sender, other);
}

static void joins_that_it_is_told_of_keep_to_the_pace(void **state)
{
    (void)state;
    struct peer_end *slow, *sender, *other;
    struct world *w = world_with_a_crowd(&slow, &sender, &other);
    for (int i = 0; i < 40 && daemon_may_read(w->daemon, other->session); i++)
        peer_request(other, "other", i % 2 ? FRAME_JOIN : FRAME_LEAVE, "g");
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
        assert_in_range(sent, 65536000 / BODY - 2, 65536000 / BODY + 2);
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
        cmocka_unit_test(who_sends_to_it_goes_on_message_by_message),
        cmocka_unit_test(who_has_nothing_more_to_say_is_let_go_as_well),
        cmocka_unit_test(whose_output_arrives_nowhere_slows_nobody_down),
        cmocka_unit_test(what_was_read_of_a_held_sender_comes_before_its_farewell),
        cmocka_unit_test(what_was_read_of_a_held_sender_is_ordered_when_the_daemon_leaves),
        cmocka_unit_test(who_never_reads_is_cut_off_within_milliseconds_of_a_flood),
        cmocka_unit_test(joins_that_it_is_told_of_keep_to_the_pace),
        cmocka_unit_test(messages_of_every_service_are_limited_in_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
