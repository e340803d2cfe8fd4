/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <stdio.h>
#include <string.h>

#include "daemon/base/random.h"
#include "libspread/wire/frame.h"
#include "tests/unit/groups/hall.h"

static int begin(void **state)
{
    *state = hall_new();
    return 0;
}

static int end(void **state)
{
    hall_free(*state);
    return 0;
}

static void enter(struct hall *h, char d, const char *client, const char *group)
{
    hall_open(h, d, client);
    hall_request(h, d, client, FRAME_JOIN, group, "");
}

/* Equal members, in equal order, under an equal id. */
static void check_agreement(const struct hall *h, const char *daemons, const char *group)
{
    static char first[1 << 17];
    struct group_view_id id = hall_id(h, daemons[0], group);
    snprintf(first, sizeof first, "%s", hall_members(h, daemons[0], group));
    for (const char *d = daemons + 1; *d; d++) {
        struct group_view_id other = hall_id(h, *d, group);
        assert_string_equal(hall_members(h, *d, group), first);
        assert_memory_equal(&other, &id, sizeof id);
    }
}

static void two_sides_with_one_group_know_all_members_in_two_sets(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    hall_forget(h);
    hall_transitional(h, "AB");
    hall_regular(h, "AB");
    assert_int_equal(groups_state(h->groups[0]), GROUPS_GATHERING);
    assert_false(h->open[0]); /* no client's message before all have told */
    hall_order(h, 1);
    assert_false(h->open[0]);
    hall_order(h, 1);
    assert_true(h->open[0] && h->open[1]);
    assert_int_equal(groups_state(h->groups[0]), GROUPS_STEADY);
    check_agreement(h, "AB", "g");
    assert_string_equal(hall_members(h, 'B', "g"), "a@A b@B ");
    assert_string_equal(h->told[0], "Ng2/2 ");
    assert_string_equal(h->told[1], "Ng2/2 ");
}

static void a_group_of_one_side_hears_nothing_of_a_merge(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    hall_forget(h);
    struct group_view_id before = hall_id(h, 'A', "g");
    hall_meet(h, "AB");
    assert_string_equal(h->told[0], "");
    check_agreement(h, "AB", "g");
    assert_int_equal(hall_id(h, 'B', "g").index, before.index);
    assert_int_equal(hall_id(h, 'B', "g").time, before.time);
}

static void a_lost_daemon_takes_its_members_along_and_no_other_group_hears_of_it(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    enter(h, 'A', "x", "other");
    hall_meet(h, "AB");
    hall_forget(h);
    hall_meet(h, "A");
    assert_string_equal(h->told[0], "Tg Ng1/1 ");
    assert_string_equal(hall_members(h, 'A', "g"), "a@A ");
    assert_true(h->open[0]);
}

static void a_join_between_the_views_is_told_as_network_and_transition(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    hall_meet(h, "AB");
    hall_open(h, 'A', "z");
    hall_forget(h);
    hall_transitional(h, "A");
    h->view[0].members = procset_of(0); /* what is ordered now is heard by A alone */
    hall_request(h, 'A', "z", FRAME_JOIN, "g", "");
    assert_string_equal(h->told[0], "Tg Ng3/3 Ng3/3 Tg Tg ");
    hall_regular(h, "A");
    assert_string_equal(hall_members(h, 'A', "g"), "a@A z@A ");
}

/* b of a lost daemon joins what a and z have founded since that was lost: it loses b again, and yet no id
 * of the group comes twice. */
static void ids_go_on_in_a_group_that_was_founded_between_the_views(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "AB");
    hall_open(h, 'A', "a");
    hall_open(h, 'A', "z");
    hall_open(h, 'B', "b");
    hall_transitional(h, "A");
    h->view[0].members = procset_of(0);
    hall_request(h, 'A', "a", FRAME_JOIN, "g", "");
    hall_request(h, 'A', "z", FRAME_JOIN, "g", "");
    assert_int_equal(hall_id(h, 'A', "g").index, 2);
    hall_request_at(h, "A", 'B', "b", FRAME_JOIN, "g", "");
    assert_int_equal(hall_id(h, 'A', "g").index, 3);
}

static void an_interrupted_exchange_starts_over_with_those_that_are_left(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    enter(h, 'C', "c", "g");
    hall_forget(h);
    hall_transitional(h, "ABC");
    hall_regular(h, "ABC");
    hall_order(h, 2); /* C has not told */
    hall_transitional(h, "AB");
    assert_int_equal(groups_state(h->groups[0]), GROUPS_INTERRUPTED);
    /* They came through one view together, but know different things as before. */
    hall_regular(h, "AB");
    while (h->queued > 0)
        hall_order(h, 1);
    check_agreement(h, "AB", "g");
    assert_string_equal(hall_members(h, 'A', "g"), "a@A b@B ");
    assert_int_equal(groups_state(h->groups[0]), GROUPS_STEADY);
    assert_string_equal(h->told[0], "Ng2/2 ");
}

static void an_exchange_completed_in_the_transition_counts(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    enter(h, 'C', "c", "g");
    hall_forget(h);
    hall_transitional(h, "ABC");
    hall_regular(h, "ABC");
    hall_order(h, 2);
    hall_transitional(h, "AB");
    hall_order(h, 1); /* what C told goes up in the transitional view */
    assert_int_equal(groups_state(h->groups[0]), GROUPS_TRANSITIONAL);
    assert_string_equal(h->told[0], "Ng3/3 Tg ");
    hall_regular(h, "AB");
    assert_string_equal(h->told[0], "Ng3/3 Tg Ng2/1 ");
    check_agreement(h, "AB", "g");
}

static void what_one_tells_of_a_view_that_has_ended_is_void(void **state)
{
    struct hall *h = *state;
    enter(h, 'A', "a", "g");
    enter(h, 'C', "c", "g");
    hall_transitional(h, "AC");
    hall_regular(h, "AC");
    hall_order(h, 1); /* C has heard A and waits for what it tells itself */
    assert_int_equal(h->queued, 1);
    hall_transitional(h, "A");
    hall_transitional(h, "C");
    hall_regular(h, "A");
    hall_regular(h, "C");
    assert_int_equal(groups_state(h->groups[2]), GROUPS_STEADY);
    hall_order(h, 1); /* that comes now, in the view in which C is alone */
    assert_string_equal(hall_members(h, 'C', "g"), "c@C ");
}

static void thousands_of_members_come_through_a_merge(void **state)
{
    enum { EACH = 2500 };
    struct hall *h = *state;
    char name[16];
    for (int i = 0; i < EACH; i++) {
        snprintf(name, sizeof name, "n%d", i);
        enter(h, i % 2 ? 'A' : 'B', name, "g");
        hall_forget(h);
    }
    hall_forget(h);
    hall_meet(h, "AB");
    check_agreement(h, "AB", "g");
    char expected[32];
    snprintf(expected, sizeof expected, "Ng%d/2 ", EACH);
    assert_memory_equal(h->told[0], expected, strlen(expected));
    assert_int_equal(h->merged[0], 1);
}

/* Whatever clients do and however daemons part and meet: where all are together, all agree. */
static void any_history_ends_in_agreement(void **state)
{
    static const char *const sides[][2] = {{"AB", "CD"}, {"A", "BCD"}, {"AC", "BD"}, {"ABCD", ""}};
    static const char *const groups[] = {"g", "h", "i"};
    (void)state;
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random r = {seed};
        struct hall *h = hall_new();
        for (char d = 'A'; d <= 'D'; d++)
            for (char c = 'a'; c <= 'c'; c++)
                hall_open(h, d, (char[]){c, '\0'});
        for (int step = 0; step < 12; step++) {
            const char *const *now = sides[random_below(&r, COUNT_OF(sides))];
            for (int side = 0; side < 2; side++)
                if (now[side][0])
                    hall_meet(h, now[side]);
            for (int i = 0; i < 20; i++) {
                char d = (char)('A' + random_below(&r, 4)), c = (char)('a' + random_below(&r, 3));
                hall_request(h, d, (char[]){c, '\0'},
                             random_below(&r, 3) ? FRAME_JOIN : FRAME_LEAVE,
                             groups[random_below(&r, COUNT_OF(groups))], "");
            }
            for (int side = 0; side < 2; side++)
                for (size_t i = 0; i < COUNT_OF(groups) && now[side][0]; i++)
                    check_agreement(h, now[side], groups[i]);
            hall_forget(h);
        }
        hall_free(h);
    }
}

#define IN_HALL(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_HALL(two_sides_with_one_group_know_all_members_in_two_sets),
        IN_HALL(a_group_of_one_side_hears_nothing_of_a_merge),
        IN_HALL(a_lost_daemon_takes_its_members_along_and_no_other_group_hears_of_it),
        IN_HALL(a_join_between_the_views_is_told_as_network_and_transition),
        IN_HALL(ids_go_on_in_a_group_that_was_founded_between_the_views),
        IN_HALL(an_interrupted_exchange_starts_over_with_those_that_are_left),
        IN_HALL(an_exchange_completed_in_the_transition_counts),
        IN_HALL(what_one_tells_of_a_view_that_has_ended_is_void),
        IN_HALL(thousands_of_members_come_through_a_merge),
        cmocka_unit_test(any_history_ends_in_agreement),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
