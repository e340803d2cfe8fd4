/* SPDX-License-Identifier: MIT
 *
 * A client that goes leaves so many groups at a time, however many it is in.
 */
#include "tests/unit/daemon/world.h"

#include <stdio.h>

#include "daemon/groups/groups.h"

enum { MANY = 3 * GROUPS_SLICE };

static void join_many(struct peer_end *p, const char *name)
{
    char group[16];
    for (int i = 0; i < MANY; i++) {
        snprintf(group, sizeof group, "g%06d", i);
        peer_request(p, name, FRAME_JOIN, group);
    }
}

/* So many notices of departures have come, in byte order of the groups' names. */
static int take_departures(struct peer_end *p, int from)
{
    char group[16];
    int n = 0;
    for (; p->taken < p->len; n++) {
        snprintf(group, sizeof group, "g%06d", from + n);
        expect_notice(p, group, FRAME_REGULAR | FRAME_BY_DISCONNECT, 1);
    }
    return n;
}

static int turn(struct world *w, struct peer_end *witness, int from)
{
    daemon_on_time(w->daemon, w->now, 0, 1700000000);
    world_turn(w);
    return take_departures(witness, from);
}

static void who_is_in_very_many_groups_leaves_so_many_in_a_turn(void **state)
{
    struct world *w = world_new(1, "NULL");
    struct peer_end *witness = world_join_as(w, "witness"), *many = world_join_as(w, "many");
    (void)state;
    join_many(many, "many");
    join_many(witness, "witness");
    witness->taken = witness->len;
    peer_hang_up(many);
    int seen = take_departures(witness, 0), turns = 1;
    assert_in_range(seen, GROUPS_SLICE / 2, GROUPS_SLICE);
    for (; seen < MANY; turns++) {
        assert_true(daemon_is_behind(w->daemon));
        assert_true(daemon_deadline(w->daemon) <= w->now);
        int n = turn(w, witness, seen);
        assert_in_range(n, 1, GROUPS_SLICE);
        seen += n;
        /* What others say comes in between. */
        peer_cast(witness, "witness", FRAME_AGREED, "#witness#d1", "me");
        expect_data(witness, "#witness#d1", "me");
    }
    assert_in_range(turns, 3, 5);
    assert_false(daemon_is_behind(w->daemon));
    assert_int_equal(daemon_counters(w->daemon)->departures, 1);
    peer_free(many);
    peer_free(witness);
    world_free(w);
}

static void the_name_is_taken_until_the_last_group_is_left(void **state)
{
    struct world *w = world_new(1, "NULL");
    struct peer_end *many = world_join_as(w, "many");
    (void)state;
    join_many(many, "many");
    peer_hang_up(many);
    struct peer_end *again = world_connect(w);
    uint8_t hello[HELLO_MAX];
    peer_send(again, hello, hello_encode(hello, "many", false, true));
    assert_int_equal(again->session->state, SESSION_REFUSED);
    peer_free(again);
    world_pass(w, 0);
    peer_free(world_join_as(w, "many"));
    assert_int_equal(groups_count(daemon_groups(w->daemon)), 0);
    peer_free(many);
    world_free(w);
}

static void those_who_go_take_turns(void **state)
{
    struct world *w = world_new(1, "NULL");
    struct peer_end *many = world_join_as(w, "many"), *few = world_join_as(w, "few");
    (void)state;
    join_many(many, "many");
    peer_request(few, "few", FRAME_JOIN, "one");
    peer_hang_up(many);
    peer_hang_up(few);
    while (daemon_counters(w->daemon)->departures == 0)
        daemon_on_time(w->daemon, w->now, 0, 1700000000);
    assert_true(groups_count(daemon_groups(w->daemon)) > 0); /* it was the one with few */
    world_pass(w, 0);
    assert_int_equal(daemon_counters(w->daemon)->departures, 2);
    peer_free(many);
    peer_free(few);
    world_free(w);
}

static void a_daemon_ends_in_the_midst_of_departures(void **state)
{
    struct world *w = world_new(1, "NULL");
    struct peer_end *many = world_join_as(w, "many"), *other = world_join_as(w, "other");
    (void)state;
    join_many(many, "many");
    join_many(other, "other");
    peer_hang_up(many);
    peer_hang_up(other);
    assert_true(daemon_is_behind(w->daemon));
    peer_free(many);
    peer_free(other);
    world_free(w);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_is_in_very_many_groups_leaves_so_many_in_a_turn),
        cmocka_unit_test(the_name_is_taken_until_the_last_group_is_left),
        cmocka_unit_test(those_who_go_take_turns),
        cmocka_unit_test(a_daemon_ends_in_the_midst_of_departures),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
