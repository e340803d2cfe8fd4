/* SPDX-License-Identifier: MIT
 *
 * Work on very many groups is done so much at a time, and whatever the slice, the result is one.
 */
#include "tests/support/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "libspread/wire/frame.h"
#include "tests/support/conf.h"
#include "tests/unit/groups/hall.h"

enum { MANY = 300 };

static const char *numbered(int i)
{
    static char name[16];
    snprintf(name, sizeof name, "g%04d", i);
    return name;
}

static void enter_many(struct hall *h, char d, const char *client)
{
    hall_open(h, d, client);
    for (int i = 0; i < MANY; i++)
        hall_request(h, d, client, FRAME_JOIN, numbered(i), "");
    hall_forget(h);
}

/* -- departures ---------------------------------------------------------------------------- */

static void a_departure_up_to_a_name_leaves_the_groups_behind_it(void **state)
{
    struct hall *h = hall_new();
    (void)state;
    hall_meet(h, "AB");
    hall_open(h, 'A', "a");
    hall_open(h, 'B', "w");
    const char *names[] = {"one", "three", "two"};
    for (int i = 0; i < 3; i++) {
        hall_request(h, 'A', "a", FRAME_JOIN, names[i], "");
        hall_request(h, 'B', "w", FRAME_JOIN, names[i], "");
    }
    hall_forget(h);
    hall_request(h, 'A', "a", FRAME_KILL, "three", "");
    assert_string_equal(h->told[1], "Done1 Dthree1 ");
    assert_string_equal(hall_members(h, 'B', "two"), "a@A w@B ");
    hall_request(h, 'A', "a", FRAME_KILL, "", "");
    assert_string_equal(h->told[1], "Done1 Dthree1 Dtwo1 ");
    assert_string_equal(h->told[0], ""); /* who goes is told nothing */
    assert_string_equal(hall_members(h, 'A', "two"), "w@B ");
    hall_free(h);
}

static void a_departure_of_many_groups_is_asked_for_in_parts_of_a_slice(void **state)
{
    struct hall *h = hall_new();
    struct name who = name_private("a", "A"), last;
    (void)state;
    enter_many(h, 'A', "a");
    assert_in_range(groups_departure(h->groups[0], &who, MANY + 1, &last), MANY, MANY + 1);
    assert_string_equal(last.text, "");
    for (int left = MANY; left > 0; left -= 99) {
        uint32_t units = groups_departure(h->groups[0], &who, 100, &last);
        assert_in_range(units, 1, 100);
        hall_request(h, 'A', "a", FRAME_KILL, last.text, "");
        int now = left > 99 ? left - 99 : 0;
        assert_int_equal(groups_count(h->groups[0]), now);
    }
    hall_free(h);
}

static void a_huge_group_is_a_part_by_itself(void **state)
{
    struct hall *h = hall_new();
    struct name who = name_private("n0", "A"), last;
    char name[8];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "n%d", i);
        hall_open(h, 'A', name);
        hall_request(h, 'A', name, FRAME_JOIN, "huge", "");
        hall_request(h, 'A', name, FRAME_JOIN, "too", "");
        hall_forget(h);
    }
    groups_departure(h->groups[0], &who, 10, &last);
    assert_string_equal(last.text, "huge");
    hall_free(h);
}

static void groups_are_left_from_either_end_and_the_midst(void **state)
{
    struct hall *h = hall_new();
    (void)state;
    for (int round = 0; round < 4; round++) {
        if (round == 0)
            hall_open(h, 'A', "a");
        for (int i = 0; i < MANY; i++)
            hall_request(h, 'A', "a", FRAME_JOIN, numbered(i * 7 % MANY), "");
        assert_int_equal(groups_count(h->groups[0]), MANY);
        for (int i = 0; i < MANY; i++) {
            int which = round == 0 ? i : round == 1 ? MANY - 1 - i : i * 11 % MANY;
            hall_request(h, 'A', "a", FRAME_LEAVE, numbered(which), "");
            assert_int_equal(groups_count(h->groups[0]), MANY - 1 - i);
            if (round == 3 && i % 3 == 0) { /* in and out again */
                hall_request(h, 'A', "a", FRAME_JOIN, numbered(which), "");
                hall_request(h, 'A', "a", FRAME_LEAVE, numbered(which), "");
            }
        }
        hall_forget(h);
    }
    hall_free(h);
}

/* -- views --------------------------------------------------------------------------------- */

/* So many turns the last view took at A, and no fewer than its work has slices. */
static void expect_turns(const struct hall *h, uint32_t slice, int units)
{
    assert_true(h->turns[0] >= (unsigned)units / slice - 1);
}

static void a_lost_daemon_takes_its_members_along_in_turns(void **state)
{
    enum { SLICE = 10 };
    struct hall *h = hall_new_slow(SLICE);
    (void)state;
    hall_meet(h, "AB");
    enter_many(h, 'B', "many");
    hall_open(h, 'A', "w");
    hall_request(h, 'A', "w", FRAME_JOIN, numbered(7), "");
    hall_request(h, 'A', "w", FRAME_JOIN, numbered(3), "");
    hall_forget(h);
    hall_transitional(h, "A");
    expect_turns(h, SLICE, MANY);
    assert_string_equal(h->told[0], "Tg0003 Tg0007 ");
    hall_regular(h, "A");
    expect_turns(h, SLICE, MANY);
    assert_string_equal(h->told[0], "Tg0003 Tg0007 Ng00031/1 Ng00071/1 ");
    assert_int_equal(groups_count(h->groups[0]), 2);
    assert_true(h->open[0]);
    hall_free(h);
}

static void sides_with_many_groups_come_together_in_turns(void **state)
{
    enum { SLICE = 10 };
    struct hall *h = hall_new_slow(SLICE);
    (void)state;
    enter_many(h, 'A', "a");
    enter_many(h, 'B', "b");
    hall_transitional(h, "AB");
    hall_regular(h, "AB");
    expect_turns(h, SLICE, 2 * MANY); /* it has told */
    assert_int_equal(h->queued, 2);
    hall_order(h, 1);
    assert_int_equal(h->turns[0], 0); /* what it has said it knows */
    assert_true(h->turns[1] >= MANY / SLICE - 1);
    assert_false(h->open[0]);
    hall_order(h, 1);
    expect_turns(h, SLICE, 4 * MANY);
    assert_true(h->open[0] && h->open[1]);
    assert_int_equal(groups_count(h->groups[0]), MANY);
    for (int i = 0; i < MANY; i += 50) {
        assert_string_equal(hall_members(h, 'A', numbered(i)), "a@A b@B ");
        assert_string_equal(hall_members(h, 'B', numbered(i)), "a@A b@B ");
    }
    assert_memory_equal(h->told[0], "Ng00002/2 Ng00012/2 Ng00022/2 ", 30);
    hall_free(h);
}

static void daemons_in_another_order_put_members_in_another_order_in_turns(void **state)
{
    enum { SLICE = 10 };
    struct hall *h = hall_new_slow(SLICE);
    struct conf *other = test_conf("BA");
    uint16_t map[PROCS_MAX];
    (void)state;
    for (unsigned i = 0; i < PROCS_MAX; i++)
        map[i] = (uint16_t)i;
    map[0] = 1;
    map[1] = 0;
    hall_meet(h, "AB");
    enter_many(h, 'A', "a");
    enter_many(h, 'B', "b");
    h->in_force[0] = (struct in_force){other, 1};
    groups_renumber(h->groups[0], map);
    unsigned turns = 0;
    for (; groups_are_behind(h->groups[0]); turns++)
        groups_on_turn(h->groups[0]);
    assert_in_range(turns, MANY / SLICE - 1, MANY);
    for (int i = 0; i < MANY; i += 50)
        assert_string_equal(hall_members(h, 'A', numbered(i)), "b@B a@A ");
    groups_free(h->groups[0]);
    h->in_force[0] = (struct in_force){h->conf, 0};
    h->groups[0] = groups_new(&h->in_force[0], SLICE, NULL);
    free(other);
    hall_free(h);
}

static void what_is_unfinished_can_be_given_up(void **state)
{
    (void)state;
    for (int turns = 0; turns < 4 * MANY; turns += 7) {
        struct hall *h = hall_new_slow(5);
        enter_many(h, 'A', "a");
        enter_many(h, 'B', "b");
        hall_transitional(h, "AB");
        hall_regular(h, "AB");
        hall_order(h, 1);
        struct message m = h->queue[0];
        message_ref(&m);
        groups_on_control(h->groups[0], &m, h->queue_from[0]);
        for (int i = 0; i < turns; i++)
            groups_on_turn(h->groups[0]);
        hall_free(h); /* the sanitizer looks for leaks */
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_departure_up_to_a_name_leaves_the_groups_behind_it),
        cmocka_unit_test(a_departure_of_many_groups_is_asked_for_in_parts_of_a_slice),
        cmocka_unit_test(a_huge_group_is_a_part_by_itself),
        cmocka_unit_test(groups_are_left_from_either_end_and_the_midst),
        cmocka_unit_test(a_lost_daemon_takes_its_members_along_in_turns),
        cmocka_unit_test(sides_with_many_groups_come_together_in_turns),
        cmocka_unit_test(daemons_in_another_order_put_members_in_another_order_in_turns),
        cmocka_unit_test(what_is_unfinished_can_be_given_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
