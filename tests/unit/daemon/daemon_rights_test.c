/* SPDX-License-Identifier: MIT
 *
 * What a client may, from its first byte to a reload that takes it away.
 */
#include <stdio.h>

#include "daemon/daemon_inside.h"
#include "daemon/groups/groups.h"
#include "daemon/packet/data.h"
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

/* -- what a policy allows and denies ---------------------------------------------------------- */

static const char rules[] = "allow any { connect * see open* }\n"
                            "allow uid 1000 { join open* sight send open* private ann }\n"
                            "allow uid 7 { join * send * private * see * }\n";
static const struct peer seven = {.local = true, .uid = 7};

static struct peer_end *enter(struct world *w, const struct peer *from, const char *name)
{
    struct peer_end *p = begin_as(w, from, name, "NULL");
    p->taken = p->len;
    return p;
}

static bool is_in(struct world *w, const char *who, const char *group)
{
    struct name client = name_private(who, "d1"), at = {{0}};
    while (groups_next_of(daemon_groups(w->daemon), &client, &at))
        if (strcmp(at.text, group) == 0)
            return true;
    return false;
}

static void expect_reject(struct peer_end *p, uint32_t old_type, const char *group)
{
    const uint8_t *body;
    struct frame_header h = expect_frame(p, &body);
    assert_int_equal(h.type, FRAME_REJECT);
    assert_int_equal(h.num_groups, 2);
    const uint8_t *frame = p->bytes + p->taken - FRAME_HEADER - (size_t)frame_payload_len(&h);
    assert_int_equal(word_at(frame + FRAME_HEADER) & ~FRAME_MARK, old_type);
    assert_string_equal((const char *)frame + FRAME_HEADER + FRAME_OLD_TYPE, group);
}

static void what_no_line_allows_comes_back(void **state)
{
    (void)state;
    struct world *w = world_new_guarded(rules);
    struct peer_end *a = enter(w, &local, "a"), *b = enter(w, &seven, "b"), *f = enter(w, &tcp, "f");
    peer_request(a, "a", FRAME_JOIN, "closed");
    expect_reject(a, FRAME_BY_JOIN, "closed");
    assert_non_null(strstr(w->last_log, "#a#d1 from the Unix socket as uid:1000: request refused for "
                                        "closed (the policy does not allow it to join)"));
    peer_request(a, "a", FRAME_JOIN, "open1");
    expect_notice(a, "open1", FRAME_REGULAR | FRAME_BY_JOIN, 1);
    peer_cast(a, "a", FRAME_AGREED, "closed", "hello");
    expect_reject(a, FRAME_AGREED, "closed");
    peer_cast(a, "a", FRAME_AGREED | FRAME_SELF_DISCARD, "closed", "hello");
    expect_nothing(a); /* as the protocol has it */
    peer_cast(a, "a", FRAME_AGREED, "open1", "hello");
    expect_data(a, "#a#d1", "hello");
    peer_cast(a, "a", FRAME_AGREED, "#b#d1", "hello");
    expect_reject(a, FRAME_AGREED, "#b#d1");
    peer_cast(b, "b", FRAME_AGREED, "#a#d1", "an answer");
    expect_data(a, "#b#d1", "an answer");
    expect_nothing(b);
    peer_cast(f, "f", FRAME_AGREED, "open1", "hello"); /* may connect, and no more */
    expect_reject(f, FRAME_AGREED, "open1");
    peer_request(f, "f", FRAME_JOIN, "open1");
    expect_reject(f, FRAME_BY_JOIN, "open1");
    expect_nothing(a);
    const uint64_t *reasons = daemon_counters(w->daemon)->reasons;
    assert_int_equal(reasons[REQUEST_MAY_NOT_JOIN], 2);
    assert_int_equal(reasons[REQUEST_MAY_NOT_SEND], 3);
    assert_int_equal(reasons[REQUEST_MAY_NOT_PRIVATE], 1);
    peer_free(a);
    peer_free(b);
    peer_free(f);
    world_free(w);
}

/* One group that is not allowed among those that are. */
static void a_message_to_several_groups_needs_all_of_them(void **state)
{
    (void)state;
    struct world *w = world_new_guarded(rules);
    struct peer_end *a = enter(w, &local, "a");
    peer_request(a, "a", FRAME_JOIN, "open1");
    expect_notice(a, "open1", FRAME_REGULAR | FRAME_BY_JOIN, 1);
    static const char *const second[] = {"open2", "closed", "#b#d1", "#ann#d1", ""};
    static const bool allowed[] = {true, false, false, true, false};
    for (size_t i = 0; i < 6; i++) {
        uint8_t frame[FRAME_HEADER + 2 * NAME_FIELD] = {0};
        struct frame_header h = {.type = FRAME_AGREED, .sender = name_private("a", "d1"),
                                 .num_groups = 2, .hint = frame_hint(0)};
        frame_encode(frame, &h);
        memcpy(frame + FRAME_HEADER, "open1", 5);
        if (i < 5)
            memcpy(frame + FRAME_HEADER + NAME_FIELD, second[i], strlen(second[i]));
        else
            memset(frame + FRAME_HEADER + NAME_FIELD, 'o', NAME_FIELD); /* without an end */
        peer_send(a, frame, sizeof frame);
        const uint8_t *body;
        assert_int_equal(expect_frame(a, &body).type,
                         i < 5 && allowed[i] ? FRAME_AGREED : FRAME_REJECT);
    }
    peer_free(a);
    world_free(w);
}

static void nobody_comes_in_under_a_name_that_is_not_allowed(void **state)
{
    (void)state;
    struct world *w = world_new_guarded("allow uid 1000 { connect web* }");
    static const struct {
        const struct peer *from;
        const char *name;
        bool in;
    } table[] = {{&local, "web1", true},  {&local, "db", false}, {&local, "", false},
                 {&seven, "web2", false}, {&tcp, "web3", false}};
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        struct peer_end *p = begin_as(w, table[i].from, table[i].name, "NULL");
        expect_bytes(p, "\x05NULL ", 6);
        assert_int_equal(p->bytes[p->taken], table[i].in ? 1 : 0xf7);
        peer_free(p);
    }
    struct peer_end *p = world_connect_from(w, &local); /* a client too old for a choice */
    peer_send(p, "\3\16\1\2db", 6);
    expect_bytes(p, "\xf7", 1);
    peer_free(p);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_CONNECT_REFUSED], 5);
    world_free(w);
}

static void who_may_not_see_a_group_is_told_nothing_of_who_is_in_it(void **state)
{
    (void)state;
    struct world *w = world_new_guarded(rules);
    struct peer_end *a = enter(w, &local, "a"), *b = enter(w, &seven, "b");
    peer_request(a, "a", FRAME_JOIN, "sight"); /* it may join, and not see */
    expect_nothing(a);
    peer_request(b, "b", FRAME_JOIN, "sight");
    expect_notice(b, "sight", FRAME_REGULAR | FRAME_BY_JOIN, 2);
    expect_nothing(a);
    peer_cast(b, "b", FRAME_AGREED, "sight", "for members");
    expect_data(a, "#b#d1", "for members");
    expect_data(b, "#b#d1", "for members");
    peer_hang_up(b);
    expect_nothing(a);
    peer_request(a, "a", FRAME_LEAVE, "sight"); /* of its own leave it is told */
    expect_notice(a, "sight", FRAME_BY_LEAVE, 0);
    peer_free(a);
    peer_free(b);
    world_free(w);
}

/* -- what a reload takes away ------------------------------------------------------------------ */

static void give_rules(struct world *w, const char *text)
{
    struct auth_policy *next = auth_policy_new(w->conf);
    next->rights = text ? world_rights(text) : NULL;
    world_reload(w, next);
    world_pass(w, 10);
}

static void who_may_not_be_there_any_more_is_taken_out_or_cut_off(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = enter(w, &local, "a"), *b = enter(w, &seven, "b"), *x = enter(w, &tcp, "x");
    static const char *const names[] = {"closed", "open1", "open2", "other"};
    for (size_t i = 0; i < 4; i++) {
        peer_request(a, "a", FRAME_JOIN, names[i]);
        peer_request(b, "b", FRAME_JOIN, names[i]);
    }
    a->taken = a->len;
    b->taken = b->len;
    give_rules(w, "allow uid 1000 { connect a join open* see * } allow uid 7 { connect * join * see * }");
    expect_closed(x);
    assert_false(a->closed || b->closed);
    assert_false(is_in(w, "a", "closed") || is_in(w, "a", "other"));
    assert_true(is_in(w, "a", "open1") && is_in(w, "a", "open2"));
    for (size_t i = 0; i < 4; i++)
        assert_true(is_in(w, "b", names[i]));
    expect_notice(a, "closed", FRAME_BY_LEAVE, 0);
    expect_notice(a, "other", FRAME_BY_LEAVE, 0);
    expect_nothing(a);
    expect_notice(b, "closed", FRAME_REGULAR | FRAME_BY_LEAVE, 1);
    expect_notice(b, "other", FRAME_REGULAR | FRAME_BY_LEAVE, 1);
    expect_nothing(b);
    peer_cast(a, "a", FRAME_AGREED, "open1", "no more");
    expect_reject(a, FRAME_AGREED, "open1");
    expect_nothing(b);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_TAKEN_FROM_GROUP], 2);

    give_rules(w, "allow uid 7 { connect * }");
    expect_closed(a);
    give_rules(w, "");
    expect_closed(b);
    give_rules(w, NULL);
    struct peer_end *again = world_join_as(w, "a");
    peer_free(again);
    peer_free(a);
    peer_free(b);
    peer_free(x);
    world_free(w);
}

/* One that was let through by the old rules and is ordered under the new ones. */
static void a_join_on_its_way_is_judged_when_it_arrives(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = enter(w, &local, "a");
    struct auth_policy *next = auth_policy_new(w->conf);
    next->rights = world_rights("allow any { connect * }");
    daemon_reload(w->daemon, w->conf, 0, next, NULL);
    assert_true(daemon_take_over(w->daemon, w->now));
    struct name who = name_private("a", "d1"), group = name_from_text("late");
    struct message join = request_leave(&who, &group);
    put_word(join.frame, FRAME_JOIN | FRAME_MARK);
    shared_submit(&w->daemon->shared, join, SERVICE_AGREED); /* let through before the rules changed */
    world_pass(w, 10);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_TAKEN_FROM_GROUP], 1);
    assert_false(is_in(w, "a", "late"));
    peer_free(a);
    auth_policy_free(w->auth);
    w->auth = next;
    world_free(w);
}

/* More groups than are looked at in a turn. */
static void a_client_in_very_many_groups_is_judged_in_parts(void **state)
{
    (void)state;
    enum { MANY = 5000 };
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = enter(w, &local, "a");
    for (int i = 0; i < MANY; i++) {
        char group[NAME_FIELD];
        snprintf(group, sizeof group, "%s%d", i % 2 ? "keep" : "drop", i);
        peer_request(a, "a", FRAME_JOIN, group);
    }
    give_rules(w, "allow any { connect * join keep* }");
    world_pass(w, 1000);
    struct name who = name_private("a", "d1"), at = {{0}};
    int left = 0;
    for (; groups_next_of(daemon_groups(w->daemon), &who, &at); left++)
        assert_memory_equal(at.text, "keep", 4);
    assert_int_equal(left, MANY / 2);
    assert_false(daemon_is_behind(w->daemon));
    peer_free(a);
    world_free(w);
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
        cmocka_unit_test(what_no_line_allows_comes_back),
        cmocka_unit_test(a_message_to_several_groups_needs_all_of_them),
        cmocka_unit_test(nobody_comes_in_under_a_name_that_is_not_allowed),
        cmocka_unit_test(who_may_not_see_a_group_is_told_nothing_of_who_is_in_it),
        cmocka_unit_test(who_may_not_be_there_any_more_is_taken_out_or_cut_off),
        cmocka_unit_test(a_join_on_its_way_is_judged_when_it_arrives),
        cmocka_unit_test(a_client_in_very_many_groups_is_judged_in_parts),
        cmocka_unit_test(what_comes_before_its_turn_does_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
