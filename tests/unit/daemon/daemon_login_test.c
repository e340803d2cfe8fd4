/* SPDX-License-Identifier: MIT
 *
 * Passwords that are checked beside the loop: what comes of answers that are right, late, wrong, given
 * twice or never, of clients that go meanwhile, and of a policy that changes.
 */
#include "daemon/session/handshake.h"
#include "tests/unit/daemon/world.h"

#define IN "\x01\x01\x05\x00\x01\x09#alice#d1"

static struct world *world_with_users(const char *users)
{
    struct world *w = world_new(1, "NULL PWORD");
    assert_int_equal(auth_read_users(w->auth, users), 0);
    return w;
}

/* A client that has said all it has to say, and then as much more. */
static struct peer_end *log_in_from(struct world *w, const struct peer *peer, const char *name,
                                    const char *user, const char *more)
{
    uint8_t hello[HELLO_MAX], rest[AUTH_CHOICE + AUTH_PWORD_LEN + 64] = "PWORD";
    struct peer_end *p = world_connect_from(w, peer);
    peer_send(p, hello, hello_encode(hello, name, false, true));
    expect_bytes(p, "\x0bNULL PWORD ", 12);
    memcpy(rest + AUTH_CHOICE, user, strlen(user));
    memcpy(rest + AUTH_CHOICE + AUTH_USER, "sesame", 6);
    memcpy(rest + AUTH_CHOICE + AUTH_PWORD_LEN, more, strlen(more));
    peer_send(p, rest, AUTH_CHOICE + AUTH_PWORD_LEN + strlen(more));
    return p;
}

static struct peer_end *log_in(struct world *w, const char *name)
{
    static const struct peer local = {.local = true};
    return log_in_from(w, &local, name, "ann", "");
}

static struct login_question asked(struct world *w)
{
    struct login_question q;
    assert_true(daemon_login_waits(w->daemon));
    assert_true(daemon_next_login(w->daemon, &q));
    return q;
}

static void answer(struct world *w, uint32_t number, bool matches)
{
    daemon_on_login(w->daemon, number, matches, w->now);
    world_turn(w);
}

static void a_right_password_lets_in_when_the_answer_comes(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:$6$023456789abc\n");
    struct peer_end *p = log_in(w, "alice");
    struct login_question q = asked(w);
    assert_string_equal(q.password, "sesame");
    assert_string_equal(q.hash, "$6$023456789abc");
    assert_false(daemon_login_waits(w->daemon));
    world_pass(w, LOGIN_LIMIT_MS - 1);
    expect_nothing(p);
    answer(w, q.number, true);
    expect_bytes(p, IN, 15);
    answer(w, q.number, false); /* once more: nobody waits for it */
    expect_nothing(p);
    peer_request(p, "alice", FRAME_JOIN, "g");
    expect_notice(p, "g", FRAME_REGULAR | FRAME_BY_JOIN, 1);
    assert_string_equal(p->session->identity->user, "ann"); /* as spread.conf may speak of */
    peer_free(p);
    world_free(w);
}

static void a_wrong_one_is_refused(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:$6$023456789abc\n");
    struct peer_end *p = log_in(w, "alice");
    answer(w, 77, true); /* of nobody */
    expect_nothing(p);
    answer(w, asked(w).number, false);
    expect_bytes(p, "\0\xf7", 2);
    assert_int_equal(daemon_counters(w->daemon)->reasons[HELLO_NO_AUTH], 1);
    peer_free(p);
    world_free(w);
}

static void who_is_unknown_takes_as_long_and_is_refused_whatever_is_answered(void **state)
{
    (void)state;
    static const struct peer local = {.local = true};
    static const char *const users[] = {"ann:$6$023456789abc\n", ""};
    for (int i = 0; i < 2; i++) {
        struct world *w = world_with_users(users[i]);
        struct peer_end *p = log_in_from(w, &local, "alice", "nobody", "");
        struct login_question q = asked(w);
        assert_string_equal(q.hash, i == 0 ? "$6$023456789abc" : "");
        answer(w, q.number, true);
        expect_bytes(p, "\0\xf7", 2);
        peer_free(p);
        world_free(w);
    }
}

/* As of an unknown user, but the log says why. */
static void a_weak_hash_lets_nobody_in_whatever_is_answered(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:abNANd1rDfiNc\nbob:$6$023456789abc\n");
    struct peer_end *p = log_in(w, "alice");
    struct login_question q = asked(w);
    assert_string_equal(q.hash, "$6$023456789abc");
    answer(w, q.number, true);
    expect_bytes(p, "\0\xf7", 2);
    assert_int_equal(daemon_counters(w->daemon)->reasons[HELLO_WEAK_HASH], 1);
    peer_free(p);
    world_free(w);
}

static void a_user_may_have_several_passwords(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:$6$023456789abc\nbob:$6$x23456789abc\nann:$6$y23456789abc\n");
    struct peer_end *p = log_in(w, "alice");
    answer(w, asked(w).number, false);
    expect_nothing(p);
    struct login_question q = asked(w);
    assert_string_equal(q.hash, "$6$y23456789abc");
    answer(w, q.number, true);
    expect_bytes(p, IN, 15);
    peer_free(p);
    world_free(w);
}

static void without_an_answer_it_is_refused_in_the_end(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:$6$023456789abc\n");
    struct peer_end *taken = log_in(w, "alice"), *waiting = log_in(w, "bob");
    struct login_question q = asked(w);
    world_pass(w, LOGIN_LIMIT_MS);
    expect_bytes(taken, "\0\xf7", 2);
    expect_bytes(waiting, "\0\xf7", 2);
    assert_int_equal(daemon_counters(w->daemon)->reasons[HELLO_LOGIN_LATE], 2);
    assert_false(daemon_login_waits(w->daemon));
    answer(w, q.number, true);
    expect_nothing(taken);
    struct peer_end *again = log_in(w, "alice"); /* the name is free */
    peer_free(again);
    peer_free(taken);
    peer_free(waiting);
    world_free(w);
}

static void who_goes_before_the_answer_is_forgotten(void **state)
{
    (void)state;
    struct world *w = world_with_users("ann:$6$023456789abc\n");
    struct peer_end *taken = log_in(w, "alice"), *waiting = log_in(w, "bob");
    struct login_question q = asked(w);
    peer_free(taken);
    peer_free(waiting);
    assert_false(daemon_login_waits(w->daemon));
    answer(w, q.number, true);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_OPENED], 0);
    peer_free(world_join_as(w, "alice"));
    world_free(w);
}

static void what_it_says_meanwhile_waits_for_the_answer(void **state)
{
    (void)state;
    static const struct peer local = {.local = true};
    struct world *w = world_with_users("ann:$6$023456789abc\n");
    struct peer_end *p = log_in_from(w, &local, "alice", "ann", "no message, for sure");
    assert_true(daemon_holds(p->session));
    assert_false(daemon_may_read(w->daemon, p->session));
    struct login_question q = asked(w);
    daemon_on_login(w->daemon, q.number, true, w->now);
    assert_false(daemon_holds(p->session));
    world_turn(w);
    expect_bytes(p, IN, 15);
    uint8_t rest[FRAME_HEADER] = {0};
    peer_send(p, rest, sizeof rest - 20);
    expect_closed(p);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_MALFORMED], 1);
    peer_free(p);
    world_free(w);
}

static void sources_take_turns(void **state)
{
    (void)state;
    struct peer from[3] = {{.local = true, .uid = 7}, {.local = true, .uid = 8}, {.port = 9, .tls = true}};
    static const char *const names[] = {"a0", "a1", "a2", "b", "c"};
    static const int source[] = {0, 0, 0, 1, 2};
    static const char order[] = "u0" "u3" "u4" "u1" "u2";
    struct world *w = world_with_users("u0:$6$u0-----------\nu1:$6$u1-----------\nu2:$6$u2-----------\n"
                                       "u3:$6$u3-----------\nu4:$6$u4-----------\n");
    struct peer_end *p[5];
    assert_true(ip_parse(&from[2].ip, "10.0.0.1"));
    for (int i = 0; i < 5; i++) {
        char user[] = {'u', (char)('0' + i), '\0'};
        p[i] = log_in_from(w, &from[source[i]], names[i], user, "");
    }
    for (int i = 0; i < 5; i++)
        assert_memory_equal(asked(w).hash + 3, order + 2 * i, 2);
    for (int i = 0; i < 5; i++)
        peer_free(p[i]);
    world_free(w);
}

/* Of two that log in one is being checked when another file comes into force, in which their hash is
 * another one, and one waits. */
static void a_reload_asks_again(void **state)
{
    (void)state;
    struct world *w = world_with_users("zoe:$6$----------\nann:$6$023456789abc\n");
    struct auth_policy *next = auth_policy_new(w->conf);
    assert_int_equal(auth_read_users(next, "ann:$6$y23456789abc\n"), 0);
    struct peer_end *taken = log_in(w, "alice"), *waiting = log_in(w, "bob");
    struct login_question q = asked(w);
    daemon_reload(w->daemon, w->conf, 0, next, NULL);
    assert_true(daemon_take_over(w->daemon, w->now));
    answer(w, q.number, true);
    expect_nothing(taken);
    for (int i = 0; i < 2; i++) {
        q = asked(w);
        assert_string_equal(q.hash, "$6$y23456789abc");
        answer(w, q.number, i == 1);
    }
    expect_bytes(waiting, "\0\xf7", 2);
    expect_bytes(taken, IN, 15);
    peer_free(taken);
    peer_free(waiting);
    world_free(w);
    auth_policy_free(next);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_password_lets_in_when_the_answer_comes),
        cmocka_unit_test(a_wrong_one_is_refused),
        cmocka_unit_test(who_is_unknown_takes_as_long_and_is_refused_whatever_is_answered),
        cmocka_unit_test(a_weak_hash_lets_nobody_in_whatever_is_answered),
        cmocka_unit_test(a_user_may_have_several_passwords),
        cmocka_unit_test(without_an_answer_it_is_refused_in_the_end),
        cmocka_unit_test(who_goes_before_the_answer_is_forgotten),
        cmocka_unit_test(what_it_says_meanwhile_waits_for_the_answer),
        cmocka_unit_test(sources_take_turns),
        cmocka_unit_test(a_reload_asks_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
