/* SPDX-License-Identifier: MIT
 *
 * What a client may, from its first byte to a reload that takes it away.
 */
#include "tests/unit/daemon/world.h"

#define OF_SECRET "$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn."

static const struct peer local = {.local = true, .uid = 1000};
static const struct peer tcp = {.ip = {.family = 4, .bytes = {10, 0, 0, 7}}, .port = 7};

/* As far as a client gets without a password. */
static struct peer_end *begin_as(struct world *w, const struct peer *from, const char *name,
                                 const char *method)
{
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = {0};
    struct peer_end *p = world_connect_from(w, from);
    memcpy(choice, method, strlen(method));
    peer_send(p, hello, hello_encode(hello, name, false, true));
    peer_send(p, choice, sizeof choice);
    return p;
}

static void say_password(struct peer_end *p, const char *user)
{
    uint8_t pword[AUTH_PWORD_LEN] = {0};
    memcpy(pword, user, strlen(user));
    memcpy(pword + AUTH_USER, "secret", 6);
    peer_send(p, pword, sizeof pword);
}

/* The next password that waits is right, or not. */
static void judge(struct world *w, bool right)
{
    struct login_question q;
    assert_true(daemon_next_login(w->daemon, &q));
    daemon_on_login(w->daemon, q.number, right, w->now);
    world_turn(w);
}

/* -- what let a client in is revoked ---------------------------------------------------------- */

static void who_was_let_in_by_what_is_revoked_is_cut_off(void **state)
{
    (void)state;
    struct world *w = world_new(1, "PWORD UID");
    assert_int_equal(auth_read_users(w->auth, "ann:" OF_SECRET "\nbob:" OF_SECRET "\n"), 0);
    struct peer_end *ann = begin_as(w, &local, "a", "PWORD"), *bob = begin_as(w, &local, "b", "PWORD");
    struct peer_end *user = begin_as(w, &local, "u", "NULL");
    say_password(ann, "ann");
    say_password(bob, "bob");
    judge(w, true);
    judge(w, true);
    assert_int_equal(ann->session->state, SESSION_OPEN);
    assert_int_equal(bob->session->state, SESSION_OPEN);
    assert_int_equal(user->session->state, SESSION_OPEN);

    struct auth_policy *same = auth_policy_new(w->conf);
    assert_int_equal(auth_read_users(same, "ann:" OF_SECRET "\nbob:" OF_SECRET "\n"), 0);
    world_reload(w, same);
    assert_false(ann->closed || bob->closed || user->closed);

    struct auth_policy *without_bob = auth_policy_new(w->conf);
    assert_int_equal(auth_read_users(without_bob, "ann:" OF_SECRET "\n"), 0);
    world_reload(w, without_bob);
    assert_false(ann->closed || user->closed);
    expect_closed(bob);

    struct auth_policy *without_uid = auth_policy_new(w->conf);
    assert_int_equal(auth_read_users(without_uid, "ann:" OF_SECRET "\n"), 0);
    without_uid->allowed = AUTH_PWORD;
    world_reload(w, without_uid);
    assert_false(ann->closed);
    expect_closed(user);
    assert_int_equal(daemon_counters(w->daemon)->reasons[END_REVOKED], 2);
    peer_free(ann);
    peer_free(bob);
    peer_free(user);
    world_free(w);
}

/* What it has to pass was settled when its choice came, by other rules. */
static void who_is_on_the_way_in_is_judged_by_what_is_in_force_at_the_end(void **state)
{
    (void)state;
    for (int required = 0; required < 2; required++) {
        struct world *w = world_new(1, "PWORD");
        assert_int_equal(auth_read_users(w->auth, "ann:" OF_SECRET "\n"), 0);
        struct peer_end *ann = begin_as(w, &local, "a", "PWORD");
        struct auth_policy *other = auth_policy_new(w->conf);
        assert_int_equal(auth_read_users(other, "ann:" OF_SECRET "\n"), 0);
        other->required = required ? AUTH_IP : 0;
        world_reload(w, other);
        say_password(ann, "ann");
        judge(w, true);
        assert_int_equal(ann->session->state, required ? SESSION_REFUSED : SESSION_OPEN);
        peer_free(ann);
        world_free(w);
    }
}

/* -- fast paths round the authentication ------------------------------------------------------ */

/* A join and a message that come with the connect request, before anybody was let in. */
static void what_comes_before_its_turn_does_nothing(void **state)
{
    (void)state;
    struct world *w = world_new(1, "PWORD");
    uint8_t bytes[HELLO_MAX + AUTH_CHOICE + AUTH_PWORD_LEN + 2 * FRAME_HEADER + 2 * NAME_FIELD] = {0};
    size_t len = hello_encode(bytes, "ann", false, true);
    memcpy(bytes + len, "PWORD", 5);
    len += AUTH_CHOICE + AUTH_PWORD_LEN; /* an empty user with an empty password */
    for (int i = 0; i < 2; i++) {
        struct frame_header h = {.type = i ? FRAME_AGREED : FRAME_JOIN, .num_groups = 1,
                                 .sender = name_private("ann", "d1"), .hint = frame_hint(0)};
        frame_encode(bytes + len, &h);
        memcpy(bytes + len + FRAME_HEADER, "g", 1);
        len += FRAME_HEADER + NAME_FIELD;
    }
    struct peer_end *p = world_connect_from(w, &local);
    peer_send(p, bytes, len);
    judge(w, true); /* of nobody */
    expect_bytes(p, "\x06PWORD \x00\xf7", 9);
    expect_nothing(p);
    assert_int_equal(daemon_counters(w->daemon)->messages_in, 0);
    peer_free(p);

    p = world_connect_from(w, &tcp); /* and none that asks nothing of it because it is old */
    peer_send(p, "\3\16\1\3ann", 7);
    expect_bytes(p, "\xf7", 1);
    peer_free(p);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_was_let_in_by_what_is_revoked_is_cut_off),
        cmocka_unit_test(who_is_on_the_way_in_is_judged_by_what_is_in_force_at_the_end),
        cmocka_unit_test(what_comes_before_its_turn_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
