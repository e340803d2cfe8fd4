/* SPDX-License-Identifier: MIT
 *
 * Before the first view nothing is ordered: traces 31, 34 and 35 for one daemon.
 */
#include <stdio.h>

#include "tests/unit/daemon/world.h"

#define JOINED (FRAME_REGULAR | FRAME_BY_JOIN)
#define GONE   (FRAME_REGULAR | FRAME_BY_DISCONNECT)

static void requests_wait_for_the_first_view_and_keep_their_order(void **state)
{
    (void)state;
    struct world *w = world_new(3, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    peer_request(a, "a", FRAME_JOIN, "g");
    peer_cast(a, "a", FRAME_AGREED, "g", "early-a");
    expect_nothing(a);

    world_pass(w, 20);
    expect_nothing(a);
    world_pass(w, 700);
    expect_notice(a, "g", JOINED, 1);
    expect_data(a, "#a#d1", "early-a");
    expect_nothing(a);
    peer_free(a);
    world_free(w);
}

static void a_lone_daemon_orders_at_once(void **state)
{
    (void)state;
    struct world *w = world_new(1, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    peer_request(a, "a", FRAME_JOIN, "g");
    expect_notice(a, "g", JOINED, 1);
    assert_int_equal(daemon_view(w->daemon)->leader_id, 100);
    assert_int_equal(procset_count(&daemon_view(w->daemon)->members), 1);
    peer_free(a);
    world_free(w);
}

static void a_name_stays_taken_until_the_departure_is_ordered(void **state)
{
    (void)state;
    struct world *w = world_new(2, "NULL");
    struct peer_end *b = world_join_as(w, "b");
    peer_request(b, "b", FRAME_KILL, "#b#d1");
    assert_false(b->closed); /* it closes when its departure is ordered */

    uint8_t hello[HELLO_MAX];
    struct peer_end *again = world_connect(w);
    peer_send(again, hello, hello_encode(hello, "b", false, true));
    expect_bytes(again, "\xfa", 1);

    world_pass(w, 700);
    expect_closed(b);
    struct peer_end *third = world_join_as(w, "b");
    peer_free(third);
    peer_free(again);
    peer_free(b);
    world_free(w);
}

static void a_broken_connection_closes_at_once_but_keeps_its_name(void **state)
{
    (void)state;
    struct world *w = world_new(2, "NULL");
    struct peer_end *b = world_join_as(w, "b");
    peer_hang_up(b);
    expect_closed(b);
    uint8_t hello[HELLO_MAX];
    struct peer_end *again = world_connect(w);
    peer_send(again, hello, hello_encode(hello, "b", false, true));
    expect_bytes(again, "\xfa", 1);
    world_pass(w, 700);
    struct peer_end *third = world_join_as(w, "b");
    peer_free(third);
    peer_free(again);
    peer_free(b);
    world_free(w);
}

static void open_sessions_are_not_read_while_500_messages_wait(void **state)
{
    (void)state;
    struct world *w = world_new(2, "NULL");
    struct peer_end *a = world_join_as(w, "a");
    struct peer_end *late = world_connect(w);
    for (int i = 0; i < 500; i++) {
        assert_true(daemon_may_read(w->daemon, a->session));
        peer_cast(a, "a", FRAME_AGREED, "#a#d1", "x");
    }
    assert_false(daemon_may_read(w->daemon, a->session));
    assert_true(daemon_may_read(w->daemon, late->session)); /* connecting goes on */
    assert_int_equal(daemon_counters(w->daemon)->read_pauses, 1);

    world_pass(w, 700);
    assert_true(daemon_may_read(w->daemon, a->session));
    for (int i = 0; i < 500; i++)
        expect_data(a, "#a#d1", "x");
    expect_nothing(a);
    peer_free(late);
    peer_free(a);
    world_free(w);
}

static void a_crash_before_the_first_view_leaves_no_member_behind(void **state)
{
    (void)state;
    struct world *w = world_new(2, "NULL");
    struct peer_end *a = world_join_as(w, "a"), *b = world_join_as(w, "b");
    peer_request(a, "a", FRAME_JOIN, "g");
    peer_request(b, "b", FRAME_JOIN, "g");
    peer_hang_up(b);
    world_pass(w, 700);
    expect_notice(a, "g", JOINED, 1);
    expect_notice(a, "g", JOINED, 2);
    expect_notice(a, "g", GONE, 1);
    expect_nothing(a);
    peer_free(b);
    peer_free(a);
    world_free(w);
}

/* All lines of a log, each with its end. */
static char lines[16384];

static void add_line(void *context, enum log_level level, const char *line)
{
    size_t len = strlen(lines);
    (void)context;
    (void)level;
    snprintf(lines + len, sizeof lines - len, "%s\n", line);
}

/* Ids are often over 2147483647, for they come from names. */
static void an_id_is_written_without_a_sign_but_in_the_one_line_of_5_0_1(void **state)
{
    (void)state;
    struct world *w = world_new(3, "NULL");
    w->log.sink = add_line;
    w->conf->daemons[0].id = 2936723249;
    world_pass(w, 700);
    const char *line = strstr(lines, "Membership id is ( -1358244047, ");
    assert_non_null(line);
    assert_non_null(strstr(lines, "ID: 2936723249"));
    const char *first = strstr(lines, "-1358244047");
    assert_true(first > line);
    assert_null(strstr(first + 1, "-1358244047"));
    world_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_wait_for_the_first_view_and_keep_their_order),
        cmocka_unit_test(a_lone_daemon_orders_at_once),
        cmocka_unit_test(an_id_is_written_without_a_sign_but_in_the_one_line_of_5_0_1),
        cmocka_unit_test(a_name_stays_taken_until_the_departure_is_ordered),
        cmocka_unit_test(a_broken_connection_closes_at_once_but_keeps_its_name),
        cmocka_unit_test(open_sessions_are_not_read_while_500_messages_wait),
        cmocka_unit_test(a_crash_before_the_first_view_leaves_no_member_behind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
