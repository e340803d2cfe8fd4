/* SPDX-License-Identifier: MIT
 *
 * What a daemon shows of its clients and groups: who is slow and for how long, pages, names.
 */
#include <stdio.h>

#include "daemon/daemon_sight.h"
#include "tests/unit/daemon/world.h"

static struct text show(struct world *w, struct sight_question q)
{
    struct text t = {0};
    assert_true(daemon_show(w->daemon, &q, NULL, w->now, &t));
    return t;
}

static void expect_in(struct text *t, const char *what)
{
    if (!strstr(t->bytes, what))
        fail_msg("there is no %s in %s", what, t->bytes);
}

static int count_of(const struct text *t, const char *what)
{
    int n = 0;
    for (const char *at = t->bytes; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void a_slow_reader_stands_first_with_what_waits_and_since_when(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    peer_request(b, "b", FRAME_JOIN, "g");
    world_pass(w, 1);
    b->reads = false;
    for (int i = 0; i < 3; i++)
        peer_cast(a, "a", FRAME_AGREED, "g", "data");
    world_pass(w, 500);
    struct text t = show(w, (struct sight_question){.part = SIGHT_SESSIONS, .limit = 1});
    expect_in(&t, "\"total\":2");
    expect_in(&t, "\"name\":\"#b#d1\"");
    expect_in(&t, "\"waiting_messages\":3");
    expect_in(&t, "\"oldest\":0.5");
    expect_in(&t, "\"groups\":[\"g\"]");
    assert_int_equal(count_of(&t, "\"state\":\"open\""), 1);
    text_fini(&t);
    t = show(w, (struct sight_question){.part = SIGHT_SESSIONS});
    assert_int_equal(count_of(&t, "\"state\":\"open\""), 2);
    assert_int_equal(count_of(&t, "\"waiting_messages\":0"), 1);
    assert_int_equal(count_of(&t, "\"oldest\":null"), 1);
    assert_true(strstr(t.bytes, "#b#d1") < strstr(t.bytes, "#a#d1"));
    text_fini(&t);
    peer_free(b);
    peer_free(a);
    world_free(w);
}

static uint64_t cursor_of(const struct text *t)
{
    const char *at = strstr(t->bytes, "\"cursor\":\"");
    assert_non_null(at);
    return strtoull(at + strlen("\"cursor\":\""), NULL, 10);
}

static void groups_and_members_come_in_pages(void **state)
{
    (void)state;
    enum { GROUPS = 300 };
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    for (int i = 0; i < GROUPS; i++) {
        char name[16];
        snprintf(name, sizeof name, "g%d", i);
        peer_request(a, "a", FRAME_JOIN, name);
    }
    peer_request(b, "b", FRAME_JOIN, "g7");
    world_pass(w, 1);
    struct sight_question q = {.part = SIGHT_GROUPS, .limit = 50};
    int seen = 0, pages = 0;
    do {
        struct text t = show(w, q);
        seen += count_of(&t, "\"member_count\":");
        q.cursor = cursor_of(&t);
        pages++;
        text_fini(&t);
    } while (q.cursor);
    assert_int_equal(seen, GROUPS);
    assert_true(pages >= 3);

    q = (struct sight_question){
        .part = SIGHT_MEMBERS, .limit = 1, .group = name_from_text("g7")};
    struct text t = show(w, q);
    expect_in(&t, "\"member_count\":2");
    expect_in(&t, "[\"#a#d1\"]");
    q.cursor = cursor_of(&t);
    text_fini(&t);
    t = show(w, q);
    expect_in(&t, "[\"#b#d1\"]");
    assert_int_equal(cursor_of(&t), 0);
    text_fini(&t);
    q.cursor = UINT64_MAX;
    t = show(w, q);
    expect_in(&t, "\"members\":[]");
    text_fini(&t);
    t = show(w, (struct sight_question){.part = SIGHT_DAEMON});
    expect_in(&t, "\"members\":301");
    text_fini(&t);
    peer_free(b);
    peer_free(a);
    world_free(w);
}

static void members_of_a_group_that_is_not_there_are_refused(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct text t = {0};
    struct sight_question q = {.part = SIGHT_MEMBERS, .group = name_from_text("g")};
    assert_false(daemon_show(w->daemon, &q, NULL, w->now, &t));
    assert_int_equal(t.len, 0);
    world_free(w);
}

static void groups_are_shown_to_those_who_may_see_them(void **state)
{
    (void)state;
    struct world *w = world_new_guarded("allow any { connect * join * send * private * see open* }\n"
                                        "allow ip 10.0.0.7 { see * }");
    struct peer_end *a = world_join_as(w, "a");
    peer_request(a, "a", FRAME_JOIN, "open-1");
    peer_request(a, "a", FRAME_JOIN, "secret");
    world_pass(w, 1);
    struct identity who[] = {{.known = 0}, {.known = 0}};
    identity_add_ip(&who[0], &(struct ip){.family = 4, .bytes = {10, 0, 0, 6}});
    identity_add_ip(&who[1], &(struct ip){.family = 4, .bytes = {10, 0, 0, 7}});
    for (int i = 0; i < 3; i++) {
        const struct identity *asker = i < 2 ? &who[i] : NULL;
        const struct name secret = name_from_text("secret");
        struct text t = {0};
        daemon_show_all(w->daemon, asker, NULL, w->now, &t);
        assert_int_equal(count_of(&t, "secret"), i == 0 ? 0 : 2); /* as a group, and of a session */
        assert_int_equal(count_of(&t, "open-1"), 2);
        text_fini(&t);
        struct sight_question q = {.part = SIGHT_MEMBERS, .group = secret, .asker = asker};
        assert_int_equal(daemon_show(w->daemon, &q, NULL, w->now, &t), i != 0);
        text_fini(&t);
    }
    peer_free(a);
    world_free(w);
}

static void messages_are_timed_from_submit_to_delivery(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    world_pass(w, 1);
    for (int i = 0; i < 5; i++)
        peer_cast(a, "a", i % 2 ? FRAME_SAFE : FRAME_AGREED, "g", "data");
    struct text t = {0};
    daemon_show_metrics(w->daemon, NULL, w->now, &t);
    expect_in(&t, "spread_delivery_latency_seconds_count{service=\"agreed\"} 3");
    expect_in(&t, "spread_delivery_latency_seconds_count{service=\"safe\"} 2");
    expect_in(&t, "spread_messages_received_total 5");
    expect_in(&t, "spread_session_waiting_messages{session=\"#a#d1\"} 0");
    text_fini(&t);
    peer_free(a);
    world_free(w);
}

static void a_connection_that_is_no_clients_leaves_no_trace(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->conf->max_source_handshakes = 1;
    struct peer peer = {.ip = {.family = 4, .bytes = {127, 0, 0, 1}}};
    for (int i = 0; i < 10; i++) {
        struct session *s = daemon_accept(w->daemon, &peer, &peer, w->now);
        assert_int_equal(s->state, SESSION_HELLO);
        daemon_withdraw(w->daemon, s);
    }
    assert_null(daemon_next_ready(w->daemon));
    struct text t = show(w, (struct sight_question){.part = SIGHT_DAEMON});
    expect_in(&t, "\"connections\":0");
    text_fini(&t);
    world_pass(w, 5000); /* no deadline of theirs is left */
    world_free(w);
}

static void what_differs_from_the_defaults_is_shown_without_secrets(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    w->conf->max_session_messages = 7;
    strcpy(w->conf->daemon_key_file, "/etc/secret-place");
    struct text t = show(w, (struct sight_question){.part = SIGHT_CONFIGURATION});
    expect_in(&t, "{\"name\":\"MaxSessionMessages\",\"value\":\"7\"}");
    expect_in(&t, "{\"name\":\"DaemonKeyFile\",\"value\":\"(set)\"}");
    assert_null(strstr(t.bytes, "secret-place"));
    text_fini(&t);
    world_free(w);
}

static void every_part_has_a_name_that_leads_back_to_it(void **state)
{
    (void)state;
    for (int i = 0; i < SIGHT_PARTS; i++)
        assert_int_equal(sight_part_of(sight_part_name((enum sight_part)i)), i);
    assert_int_equal(sight_part_of("nonsense"), SIGHT_PARTS);
    assert_null(sight_part_name(SIGHT_PARTS));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_slow_reader_stands_first_with_what_waits_and_since_when),
        cmocka_unit_test(groups_and_members_come_in_pages),
        cmocka_unit_test(members_of_a_group_that_is_not_there_are_refused),
        cmocka_unit_test(groups_are_shown_to_those_who_may_see_them),
        cmocka_unit_test(messages_are_timed_from_submit_to_delivery),
        cmocka_unit_test(a_connection_that_is_no_clients_leaves_no_trace),
        cmocka_unit_test(what_differs_from_the_defaults_is_shown_without_secrets),
        cmocka_unit_test(every_part_has_a_name_that_leads_back_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
