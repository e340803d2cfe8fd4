/* SPDX-License-Identifier: MIT
 *
 * What the clients of one user or address may have together: who is refused, how, that others are not,
 * and that all of it is given back.
 */
#include <stdio.h>

#include "daemon/session/limits.h"
#include "daemon/session/sources.h"
#include "daemon/session/table.h"
#include "tests/unit/daemon/world.h"

#define JOINED (FRAME_REGULAR | FRAME_BY_JOIN)

static const struct peer local = {.local = true, .uid = 7}, other = {.local = true, .uid = 8};

static int begin(void **state)
{
    *state = world_new(1, "NULL");
    return 0;
}

static int end(void **state)
{
    world_free(*state);
    return 0;
}

static struct peer_end *open_from(struct world *w, const struct peer *from, const char *name)
{
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "NULL";
    struct peer_end *p = world_connect_from(w, from);
    peer_send(p, hello, hello_encode(hello, name, false, true));
    peer_send(p, choice, sizeof choice);
    assert_true(p->session && session_is_open(p->session));
    p->taken = p->len;
    return p;
}

static void expect_refused(struct peer_end *p, enum why why)
{
    world_turn(p->world);
    expect_bytes(p, "\xfd", 1);
    expect_nothing(p);
    assert_int_equal(p->session->state, SESSION_REFUSED);
    assert_int_equal(p->session->end_why, why);
}

static void who_has_all_connections_is_refused_and_others_are_not(void **state)
{
    struct world *w = *state;
    w->conf->max_source_connections = 2;
    struct peer_end *a = open_from(w, &local, "a"), *silent = world_connect_from(w, &local);
    struct peer_end *late = world_connect_from(w, &local), *later = world_connect_from(w, &local);
    expect_refused(late, HELLO_CONNECTIONS);
    expect_refused(later, HELLO_CONNECTIONS);
    struct peer remote = {.port = 5};
    assert_true(ip_parse(&remote.ip, "10.0.0.1"));
    peer_free(open_from(w, &other, "b"));
    peer_free(open_from(w, &remote, "c"));
    assert_int_equal(daemon_counters(w->daemon)->reasons[HELLO_CONNECTIONS], 2);
    peer_free(silent);
    peer_free(open_from(w, &local, "d")); /* though two are still being refused */
    peer_free(late);
    peer_free(later);
    peer_free(a);
}

static void who_is_not_in_yet_counts_until_it_is(void **state)
{
    struct world *w = *state;
    w->conf->max_source_handshakes = 1;
    for (int i = 0; i < 5; i++) {
        char name[] = {'a', (char)('0' + i), '\0'};
        peer_free(open_from(w, &local, name));
    }
    struct peer_end *silent = world_connect_from(w, &local), *late = world_connect_from(w, &local);
    expect_refused(late, HELLO_HANDSHAKES);
    world_pass(w, 2000); /* it is given up */
    expect_closed(silent);
    peer_free(open_from(w, &local, "b"));
    peer_free(silent);
    peer_free(late);
}

static void so_many_are_told_why_and_the_rest_is_closed(void **state)
{
    struct world *w = *state;
    struct peer_end *p[LIMITS_TOLD + 2];
    w->conf->max_source_connections = 1;
    for (int i = 0; i < LIMITS_TOLD + 2; i++)
        p[i] = world_connect_from(w, &local);
    world_turn(w);
    expect_refused(p[LIMITS_TOLD], HELLO_CONNECTIONS);
    expect_closed(p[LIMITS_TOLD + 1]);
    for (int i = 0; i < LIMITS_TOLD + 2; i++)
        peer_free(p[i]);
    peer_free(open_from(w, &local, "a"));
}

static void a_join_too_many_is_sent_back_until_there_is_room(void **state)
{
    struct world *w = *state;
    w->conf->max_source_groups = 2;
    struct peer_end *a = open_from(w, &local, "a"), *b = open_from(w, &local, "b");
    peer_request(a, "a", FRAME_JOIN, "g");
    peer_request(b, "b", FRAME_JOIN, "h");
    expect_notice(a, "g", JOINED, 1);
    expect_notice(b, "h", JOINED, 1);
    peer_request(b, "b", FRAME_JOIN, "i");
    const uint8_t *body;
    assert_int_equal(expect_frame(b, &body).type & FRAME_REJECT, FRAME_REJECT);
    assert_int_equal(daemon_counters(w->daemon)->reasons[REQUEST_GROUPS_MOST], 1);
    peer_request(a, "a", FRAME_LEAVE, "g");
    assert_int_equal(expect_frame(a, &body).type, FRAME_BY_LEAVE);
    peer_request(b, "b", FRAME_JOIN, "h"); /* once more: that makes no difference */
    peer_request(b, "b", FRAME_JOIN, "i");
    expect_notice(b, "i", JOINED, 1);
    peer_free(b);
    peer_request(a, "a", FRAME_JOIN, "g");
    expect_notice(a, "g", JOINED, 1);
    peer_free(a);
}

/* a and b read nothing, and for b hardly anything waits; c reads. */
static void when_too_much_waits_for_all_who_has_most_of_it_is_cut_off(void **state)
{
    struct world *w = *state;
    w->conf->max_source_bytes = 100000;
    struct peer_end *a = open_from(w, &local, "a"), *b = open_from(w, &local, "b");
    struct peer_end *c = open_from(w, &local, "c"), *sender = open_from(w, &other, "s");
    static char body[9000];
    memset(body, 'x', sizeof body - 1);
    a->reads = b->reads = false;
    peer_cast(sender, "s", FRAME_AGREED, "#b#d1", "some");
    for (int i = 0; i < 12; i++) {
        assert_false(a->closed);
        peer_cast(sender, "s", FRAME_AGREED, "#a#d1", body);
        peer_cast(sender, "s", FRAME_AGREED, "#c#d1", body);
    }
    expect_closed(a);
    assert_false(b->closed || c->closed);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_TOO_MUCH], 1);
    assert_non_null(strstr(w->last_log, "MaxSourceBytes, 100000)"));
    struct source *from = b->session->source;
    peer_free(a);
    assert_in_range(from->bytes, 1, 1000);
    b->reads = true;
    daemon_on_written(w->daemon, b->session, b->session->outbox.bytes, false, w->now);
    assert_int_equal(from->bytes, 0);
    peer_free(b);
    peer_free(c);
    peer_free(sender);
}

/* ann logs in from wherever she is. */
static struct peer_end *log_in_from(struct world *w, const struct peer *from, const char *name)
{
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE + AUTH_PWORD_LEN] = "PWORD";
    struct login_question q;
    struct peer_end *p = world_connect_from(w, from);
    memcpy(choice + AUTH_CHOICE, "ann", 3);
    peer_send(p, hello, hello_encode(hello, name, false, true));
    peer_send(p, choice, sizeof choice);
    p->taken = p->len;
    assert_true(daemon_next_login(w->daemon, &q));
    daemon_on_login(w->daemon, q.number, true, w->now);
    world_turn(w);
    return p;
}

static void who_it_is_counts_wherever_it_comes_from(void **state)
{
    struct world *w = *state;
    w->auth->allowed |= AUTH_PWORD;
    assert_int_equal(auth_read_users(w->auth, "ann:$6$abcdefgh$0123456789\n"), 0);
    w->conf->max_source_connections = 2;
    w->conf->max_source_groups = 1;
    struct peer_end *a = log_in_from(w, &local, "a"), *b = log_in_from(w, &other, "b");
    assert_true(session_is_open(a->session) && session_is_open(b->session));
    a->taken = a->len;
    b->taken = b->len;
    struct peer_end *late = log_in_from(w, &other, "late");
    expect_bytes(late, "\1\xfd", 2);
    assert_int_equal(late->session->end_why, HELLO_CONNECTIONS);
    peer_request(a, "a", FRAME_JOIN, "g");
    expect_notice(a, "g", JOINED, 1);
    peer_request(b, "b", FRAME_JOIN, "g");
    const uint8_t *body;
    assert_true(expect_frame(b, &body).type & FRAME_REJECT);
    peer_free(a);
    peer_free(late);
    late = log_in_from(w, &other, "late");
    assert_true(session_is_open(late->session));
    peer_free(late);
    peer_free(b);
}

/* 2001:db8::1 and 2001:db8::ffff:0:0:2 are one customer's, 2001:db8:0:1::1 is another's. */
static void of_ipv6_a_network_counts_as_one(void **state)
{
    struct world *w = *state;
    struct peer one = {.ip = {.family = 6, .bytes = {0x20, 1, 0xd, 0xb8, [15] = 1}}}, same = one, next = one;
    same.ip.bytes[8] = 0xff;
    same.ip.bytes[15] = 2;
    next.ip.bytes[7] = 1;
    w->conf->max_source_connections = 1;
    struct peer_end *a = open_from(w, &one, "a"), *b = open_from(w, &next, "b");
    struct peer_end *refused = world_connect_from(w, &same);
    expect_refused(refused, HELLO_CONNECTIONS);
    peer_free(refused);
    peer_free(a);
    peer_free(b);
}

static void nothing_is_limited_by_zero(void **state)
{
    struct world *w = *state;
    struct peer_end *p[50];
    for (int i = 0; i < 50; i++)
        p[i] = world_connect_from(w, &local);
    for (int i = 0; i < 50; i++) {
        assert_int_equal(p[i]->session->state, SESSION_HELLO);
        peer_free(p[i]);
    }
}

/* So they are closed a few at a time, between which everybody else has a turn. */
static void the_time_of_a_crowd_is_over_at_once_and_it_is_ended_bit_by_bit(void **state)
{
    enum { CROWD = 200, A_TURN = 50 };
    struct world *w = *state;
    struct peer_end *p[CROWD], *in = open_from(w, &other, "in");
    int before = 0, turns = 0;
    for (int i = 0; i < CROWD; i++)
        p[i] = world_connect_from(w, &local);
    w->now += HELLO_LIMIT_MS * USEC_MS;
    do {
        int closed = 0;
        daemon_on_time(w->daemon, w->now, 0, 1700000000);
        world_turn(w);
        for (int i = 0; i < CROWD; i++)
            closed += p[i]->closed;
        assert_in_range(closed - before, 1, A_TURN);
        before = closed;
        turns++;
        char group[16];
        snprintf(group, sizeof group, "g%d", turns);
        peer_request(in, "in", FRAME_JOIN, group);
        expect_notice(in, group, JOINED, 1);
    } while (daemon_is_behind(w->daemon));
    assert_int_equal(before, CROWD);
    assert_in_range(turns, CROWD / A_TURN, CROWD);
    assert_true(daemon_deadline(w->daemon) > w->now);
    for (int i = 0; i < CROWD; i++)
        peer_free(p[i]);
    peer_free(in);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define LIMIT_TEST(f) cmocka_unit_test_setup_teardown(f, begin, end)
        LIMIT_TEST(who_has_all_connections_is_refused_and_others_are_not),
        LIMIT_TEST(who_is_not_in_yet_counts_until_it_is),
        LIMIT_TEST(so_many_are_told_why_and_the_rest_is_closed),
        LIMIT_TEST(a_join_too_many_is_sent_back_until_there_is_room),
        LIMIT_TEST(when_too_much_waits_for_all_who_has_most_of_it_is_cut_off),
        LIMIT_TEST(who_it_is_counts_wherever_it_comes_from),
        LIMIT_TEST(of_ipv6_a_network_counts_as_one),
        LIMIT_TEST(nothing_is_limited_by_zero),
        LIMIT_TEST(the_time_of_a_crowd_is_over_at_once_and_it_is_ended_bit_by_bit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
