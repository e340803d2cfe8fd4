/* SPDX-License-Identifier: MIT
 *
 * Sessions from accept to departure, and what a hostile client can do: nothing to others.
 */
#include "daemon/groups/groups.h"
#include "daemon/session/handshake.h"
#include "daemon/session/table.h"
#include "tests/unit/daemon/world.h"

#define JOINED (FRAME_REGULAR | FRAME_BY_JOIN)
#define GONE   (FRAME_REGULAR | FRAME_BY_DISCONNECT)

static void a_handshake_may_come_byte_by_byte(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *p = world_connect(w);
    uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "NULL";
    size_t len = hello_encode(hello, "alice", false, true);
    for (size_t i = 0; i < len; i++)
        peer_send(p, hello + i, 1);
    expect_bytes(p, "\x05NULL ", 6);
    for (size_t i = 0; i < sizeof choice; i++)
        peer_send(p, choice + i, 1);
    expect_bytes(p, "\x01\x05\x00\x01\x09#alice#d1", 14);
    expect_nothing(p);
    peer_free(p);
    world_free(w);
}

static void request_choice_and_first_message_may_come_in_one_piece(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *p = world_connect(w);
    uint8_t all[HELLO_MAX + AUTH_CHOICE + FRAME_HEADER + NAME_FIELD] = {0};
    size_t len = hello_encode(all, "alice", false, true);
    memcpy(all + len, "NULL", 4);
    len += AUTH_CHOICE;
    struct frame_header h = {.type = FRAME_JOIN,
                             .sender = name_private("alice", "d1"),
                             .num_groups = 1,
                             .hint = frame_hint(0)};
    frame_encode(all + len, &h);
    memcpy(all + len + FRAME_HEADER, "g", 1);
    peer_send(p, all, len + FRAME_HEADER + NAME_FIELD);
    expect_bytes(p, "\x05NULL \x01\x05\x00\x01\x09#alice#d1", 20);
    expect_notice(p, "g", JOINED, 1);
    peer_free(p);
    world_free(w);
}

static void a_silent_client_is_closed_and_a_half_open_one_later(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *silent = world_connect(w), *half = world_connect(w);
    uint8_t hello[HELLO_MAX];
    peer_send(half, hello, hello_encode(hello, "half", false, true));
    world_pass(w, HELLO_LIMIT_MS - 1);
    assert_false(silent->closed);
    world_pass(w, 1);
    expect_closed(silent);
    expect_nothing(silent);
    assert_false(half->closed);
    world_pass(w, AUTH_LIMIT_MS);
    expect_closed(half);
    struct peer_end *again = world_join_as(w, "half"); /* the name is free */
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_CONNECT_LATE], 2);
    peer_free(again);
    peer_free(half);
    peer_free(silent);
    world_free(w);
}

/* The process is not run for so long, and what came meanwhile is not in yet. */
static void sleep_for(struct world *w, usec ms)
{
    w->now += ms * USEC_MS;
    daemon_on_time(w->daemon, w->now, ms * USEC_MS, 1700000000);
    world_turn(w);
}

static void a_client_has_its_time_though_the_daemon_did_not_run(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *old = world_connect(w);
    world_pass(w, HELLO_LIMIT_MS / 2);
    struct peer_end *young = world_connect(w);
    sleep_for(w, HELLO_LIMIT_MS + 165);
    assert_false(old->closed);
    sleep_for(w, 10 * HELLO_LIMIT_MS);
    world_pass(w, HELLO_LIMIT_MS / 2 - 1);
    assert_false(old->closed);
    world_pass(w, 1);
    expect_closed(old);
    world_pass(w, HELLO_LIMIT_MS / 2 - 1);
    assert_false(young->closed);
    world_pass(w, 1);
    expect_closed(young);
    peer_free(old);
    peer_free(young);
    world_free(w);
}

static void a_client_that_comes_after_a_pause_has_no_more_time_than_others(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->now += 10 * HELLO_LIMIT_MS * USEC_MS;
    struct peer_end *p = world_connect(w); /* the input of a turn is in before the time is looked at */
    daemon_on_time(w->daemon, w->now, 10 * HELLO_LIMIT_MS * USEC_MS, 1700000000);
    world_pass(w, HELLO_LIMIT_MS - 1);
    assert_false(p->closed);
    world_pass(w, 1);
    expect_closed(p);
    peer_free(p);
    world_free(w);
}

static void turns_that_take_long_give_a_client_no_time(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *p = world_connect(w);
    for (int i = 0; i < HELLO_LIMIT_MS / 100; i++) {
        assert_false(p->closed);
        sleep_for(w, 100);
    }
    expect_closed(p);
    peer_free(p);
    world_free(w);
}

static void a_daemon_invents_a_name_when_none_is_wished(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, ""), *b = world_join_as(w, "");
    assert_int_equal(a->session->name[0], 'r');
    assert_true(strlen(a->session->name) <= 9);
    assert_string_not_equal(a->session->name, b->session->name);
    peer_free(a);
    peer_free(b);
    world_free(w);
}

static void a_password_is_asked_for_and_checked(void **state)
{
    (void)state;
    struct world *w = world_new(1, "PWORD");
    assert_int_equal(auth_read_users(w->auth, "# users\nann:$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn.\n"), 0);
    const char *passwords[] = {"wrong", "secret"};
    for (int i = 0; i < 2; i++) {
        uint8_t hello[HELLO_MAX], choice[AUTH_CHOICE] = "PWORD", pword[AUTH_PWORD_LEN] = "ann";
        memcpy(pword + AUTH_USER, passwords[i], strlen(passwords[i]));
        struct peer_end *p = world_connect(w);
        peer_send(p, hello, hello_encode(hello, "ann", false, true));
        expect_bytes(p, "\x06PWORD ", 7);
        peer_send(p, choice, sizeof choice);
        expect_nothing(p);
        peer_send(p, pword, 17);
        peer_send(p, pword + 17, sizeof pword - 17);
        struct login_question q;
        assert_true(daemon_next_login(w->daemon, &q));
        assert_string_equal(q.password, passwords[i]);
        assert_string_equal(q.hash, "$2b$04$KBCwKxOzLha2MUDgW0PjXe/hE/UCO9qF89dOydoHjSwxcHev5LRn.");
        daemon_on_login(w->daemon, q.number, i == 1, w->now);
        world_turn(w);
        if (i == 0) {
            expect_bytes(p, "\x00\xf7", 2);
            expect_nothing(p);
        } else {
            expect_bytes(p, "\x01\x01\x05\x00\x01\x07#ann#d1", 13);
        }
        peer_free(p);
    }
    world_free(w);
}

static void no_usable_method_is_said_and_ends_the_connection(void **state)
{
    (void)state;
    struct world *w = world_new(1, "");
    struct peer_end *p = world_connect(w);
    uint8_t hello[HELLO_MAX];
    peer_send(p, hello, hello_encode(hello, "x", false, true));
    expect_bytes(p, "\x00\xf7", 2);
    assert_int_equal(p->session->state, SESSION_REFUSED);
    world_pass(w, REFUSED_LIMIT_MS);
    expect_closed(p);
    peer_free(p);
    world_free(w);
}

/* Each row: a frame that must end its sender, and nobody else. */
static const struct {
    const char *what;
    uint32_t type;
    const char *sender;
    int32_t groups, len;
    uint32_t hint;
} bad[] = {
    {"no service", 0, "#m#d1", 1, 0, FRAME_MARK},
    {"self discard alone", FRAME_SELF_DISCARD, "#m#d1", 1, 0, FRAME_MARK},
    {"two services", FRAME_FIFO | FRAME_SAFE, "#m#d1", 1, 0, FRAME_MARK},
    {"service and join", FRAME_FIFO | FRAME_JOIN, "#m#d1", 1, 0, FRAME_MARK},
    {"join and leave", FRAME_JOIN | FRAME_LEAVE, "#m#d1", 1, 0, FRAME_MARK},
    {"forged notice", FRAME_FIFO | FRAME_REGULAR, "#m#d1", 1, 0, FRAME_MARK},
    {"forged reject", FRAME_FIFO | FRAME_REJECT, "#m#d1", 1, 0, FRAME_MARK},
    {"daemon's own bit", FRAME_FIFO | FRAME_INTERNAL, "#m#d1", 1, 0, FRAME_MARK},
    {"another's name", FRAME_FIFO, "#a#d1", 1, 0, FRAME_MARK},
    {"another daemon", FRAME_FIFO, "#m#d2", 1, 0, FRAME_MARK},
    {"no private group", FRAME_FIFO, "m", 1, 0, FRAME_MARK},
    {"groups negative", FRAME_FIFO, "#m#d1", -1, 0, FRAME_MARK},
    {"groups over 100", FRAME_FIFO, "#m#d1", 101, 0, FRAME_MARK},
    {"groups absurd", FRAME_FIFO, "#m#d1", INT32_MAX, INT32_MAX, FRAME_MARK},
    {"length negative", FRAME_FIFO, "#m#d1", 1, -1, FRAME_MARK},
    {"one byte too long", FRAME_FIFO, "#m#d1", 1, FRAME_PAYLOAD_MAX - NAME_FIELD + 1, FRAME_MARK},
    {"hint bit 30", FRAME_FIFO, "#m#d1", 1, 0, FRAME_MARK | 0x40000000},
    {"hint bit 0", FRAME_FIFO, "#m#d1", 1, 0, FRAME_MARK | 1},
};

static void each_malformed_header_ends_its_sender_alone(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    peer_request(a, "a", FRAME_JOIN, "g");
    expect_notice(a, "g", JOINED, 1);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct peer_end *m = world_join_as(w, "m");
        peer_request(m, "m", FRAME_JOIN, "g");
        expect_notice(m, "g", JOINED, 2);
        expect_notice(a, "g", JOINED, 2);
        struct frame_header h = {.type = bad[i].type,
                                 .sender = name_from_text(bad[i].sender),
                                 .num_groups = bad[i].groups,
                                 .hint = bad[i].hint,
                                 .data_len = bad[i].len};
        uint8_t frame[FRAME_HEADER];
        frame_encode(frame, &h);
        print_message("  %s\n", bad[i].what);
        peer_send(m, frame, sizeof frame); /* the header alone decides */
        expect_closed(m);
        expect_nothing(m);
        expect_notice(a, "g", GONE, 1);
        peer_free(m);
        world_pass(w, 1000);
    }
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_MALFORMED], sizeof bad / sizeof bad[0]);
    assert_non_null(strstr(w->last_log, "#m#d1 from the Unix socket as uid:0: malformed message"));
    expect_nothing(a);
    peer_free(a);
    world_free(w);
}

static void a_sender_without_an_end_is_no_sender(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *m = world_join_as(w, "m");
    struct frame_header h = {.type = FRAME_FIFO, .hint = FRAME_MARK};
    memset(h.sender.text, 'x', NAME_FIELD);
    memcpy(h.sender.text, "#m#d1", 5);
    uint8_t frame[FRAME_HEADER];
    frame_encode(frame, &h);
    peer_send(m, frame, sizeof frame);
    expect_closed(m);
    peer_free(m);
    world_free(w);
}

/* What comes back: the old type, then the group as it was asked for, then who asked. */
static void expect_refusal(struct peer_end *p, uint32_t request, const char *group)
{
    uint32_t cause = request == FRAME_JOIN ? FRAME_BY_JOIN : FRAME_BY_LEAVE;
    const uint8_t *body;
    struct frame_header h = expect_frame(p, &body);
    assert_int_equal(h.type, FRAME_REJECT);
    assert_int_equal(h.num_groups, group ? 2 : 1);
    assert_int_equal(h.data_len, 0);
    const uint8_t *at = body - (size_t)h.num_groups * NAME_FIELD;
    assert_int_equal(word_at(at - FRAME_OLD_TYPE), cause | FRAME_MARK);
    if (group)
        assert_string_equal((const char *)at, group);
    assert_string_equal((const char *)body - NAME_FIELD, h.sender.text);
}

static void joins_and_leaves_of_what_can_be_no_group_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"", "#a#d1", "#b#d1", "#", "a#b", "a#", "a\tb", "\n", "a\x7f"};
    static const uint32_t requests[] = {FRAME_JOIN, FRAME_LEAVE};
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    unsigned rejects = 0;
    for (int i = 0; i < 2; i++) {
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
            peer_request(a, "a", requests[i], names[k]);
            expect_refusal(a, requests[i], names[k]);
            rejects++;
        }
        struct frame_header h = {
            .type = requests[i], .sender = name_private("a", "d1"), .hint = FRAME_MARK};
        uint8_t frame[FRAME_HEADER];
        frame_encode(frame, &h);
        peer_send(a, frame, sizeof frame);
        expect_refusal(a, requests[i], NULL);
        rejects++;
    }
    expect_nothing(a);
    assert_false(a->closed);
    assert_int_equal(groups_count(daemon_groups(w->daemon)), 0);
    assert_int_equal(daemon_counters(w->daemon)->events[EVENT_REJECTED], rejects);
    peer_free(a);
    world_free(w);
}

static void names_that_do_no_harm_can_be_joined_as_with_5_0_1(void **state)
{
    (void)state;
    static const char *const names[] = {"a b", " ", "!\"", "gr\xfc\xdf", "\xe2\x82\xac",
                                        "\x80\xff", "~$", "'%s%n'"};
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        peer_request(a, "a", FRAME_JOIN, names[k]);
        expect_notice(a, names[k], FRAME_REGULAR | FRAME_BY_JOIN, 1);
        peer_cast(a, "a", FRAME_FIFO, names[k], "data");
        expect_data(a, "#a#d1", "data");
        peer_request(a, "a", FRAME_LEAVE, names[k]);
        expect_notice(a, names[k], FRAME_BY_LEAVE, 0);
    }
    expect_nothing(a);
    peer_free(a);
    world_free(w);
}

static void the_largest_message_arrives_whole_in_any_pieces(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    size_t body_len = FRAME_PAYLOAD_MAX - NAME_FIELD;
    uint8_t *frame = memory_new(FRAME_MAX);
    struct frame_header h = {.type = FRAME_SAFE,
                             .sender = name_private("a", "d1"),
                             .num_groups = 1,
                             .hint = frame_hint(-1),
                             .data_len = (int32_t)body_len};
    frame_encode(frame, &h);
    memcpy(frame + FRAME_HEADER, "#a#d1", 5);
    for (size_t i = FRAME_HEADER + NAME_FIELD; i < FRAME_MAX; i++)
        frame[i] = (uint8_t)(i * 7);
    for (size_t piece = 1; piece < 200000; piece = piece * 5 + 3) {
        for (size_t at = 0; at < FRAME_MAX; at += piece)
            peer_send(a, frame + at, FRAME_MAX - at < piece ? FRAME_MAX - at : piece);
        expect_bytes(a, frame, FRAME_MAX);
        expect_nothing(a);
    }
    free(frame);
    peer_free(a);
    world_free(w);
}

static void nothing_after_a_kill_is_processed(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    peer_request(a, "a", FRAME_JOIN, "g");
    peer_request(b, "b", FRAME_JOIN, "g");
    uint8_t frames[2 * (FRAME_HEADER + NAME_FIELD)] = {0};
    struct frame_header h = {.type = FRAME_KILL,
                             .sender = name_private("b", "d1"),
                             .num_groups = 1,
                             .hint = FRAME_MARK};
    frame_encode(frames, &h);
    h.type = FRAME_FIFO;
    frame_encode(frames + FRAME_HEADER + NAME_FIELD, &h);
    memcpy(frames + 2 * FRAME_HEADER + NAME_FIELD, "g", 1);
    peer_send(b, frames, sizeof frames);
    expect_closed(b);
    expect_notice(a, "g", JOINED, 1);
    expect_notice(a, "g", JOINED, 2);
    expect_notice(a, "g", GONE, 1);
    expect_nothing(a);
    peer_free(a);
    peer_free(b);
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_handshake_may_come_byte_by_byte),
        cmocka_unit_test(request_choice_and_first_message_may_come_in_one_piece),
        cmocka_unit_test(a_silent_client_is_closed_and_a_half_open_one_later),
        cmocka_unit_test(a_client_has_its_time_though_the_daemon_did_not_run),
        cmocka_unit_test(a_client_that_comes_after_a_pause_has_no_more_time_than_others),
        cmocka_unit_test(turns_that_take_long_give_a_client_no_time),
        cmocka_unit_test(a_daemon_invents_a_name_when_none_is_wished),
        cmocka_unit_test(a_password_is_asked_for_and_checked),
        cmocka_unit_test(no_usable_method_is_said_and_ends_the_connection),
        cmocka_unit_test(each_malformed_header_ends_its_sender_alone),
        cmocka_unit_test(a_sender_without_an_end_is_no_sender),
        cmocka_unit_test(joins_and_leaves_of_what_can_be_no_group_are_refused),
        cmocka_unit_test(names_that_do_no_harm_can_be_joined_as_with_5_0_1),
        cmocka_unit_test(the_largest_message_arrives_whole_in_any_pieces),
        cmocka_unit_test(nothing_after_a_kill_is_processed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
