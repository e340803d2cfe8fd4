/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "libspread/wire/frame.h"
#include "tests/unit/groups/hall.h"

static int begin(void **state)
{
    struct hall *h = hall_new();
    hall_open(h, 'A', "a");
    hall_open(h, 'A', "b");
    hall_open(h, 'B', "c");
    hall_meet(h, "AB");
    hall_forget(h);
    *state = h;
    return 0;
}

static int end(void **state)
{
    hall_free(*state);
    return 0;
}

static void join(struct hall *h, char d, const char *client)
{
    hall_request(h, d, client, FRAME_JOIN, "g", "");
}

static void members_stand_in_the_order_of_daemons_and_names_everywhere(void **state)
{
    struct hall *h = *state;
    join(h, 'B', "c");
    join(h, 'A', "b");
    join(h, 'A', "a");
    assert_string_equal(hall_members(h, 'A', "g"), "a@A b@A c@B ");
    assert_string_equal(hall_members(h, 'B', "g"), "a@A b@A c@B ");
    assert_string_equal(h->told[1], "Jg1 Jg2 Jg3 ");
    assert_string_equal(h->told[0], "Jg2 Jg3 Jg3 ");
}

static void a_second_join_of_the_same_client_is_nothing(void **state)
{
    struct hall *h = *state;
    join(h, 'A', "a");
    struct group_view_id id = hall_id(h, 'A', "g");
    join(h, 'A', "a");
    assert_string_equal(h->told[0], "Jg1 ");
    assert_int_equal(hall_id(h, 'A', "g").index, id.index);
}

static void every_change_has_the_next_id_of_the_same_view(void **state)
{
    struct hall *h = *state;
    join(h, 'A', "a");
    struct group_view_id first = hall_id(h, 'A', "g"), next;
    join(h, 'B', "c");
    next = hall_id(h, 'B', "g");
    assert_int_equal(next.index, first.index + 1);
    assert_int_equal(next.time, first.time);
    assert_int_equal(next.proc, first.proc);
    hall_request(h, 'B', "c", FRAME_LEAVE, "g", "");
    assert_int_equal(hall_id(h, 'A', "g").index, first.index + 2);
}

static void who_leaves_hears_it_alone_and_the_others_hear_the_leave(void **state)
{
    struct hall *h = *state;
    join(h, 'A', "a");
    join(h, 'B', "c");
    hall_forget(h);
    hall_request(h, 'B', "c", FRAME_LEAVE, "g", "");
    assert_string_equal(h->told[0], "Lg1 ");
    assert_string_equal(h->told[1], "Sg ");
    hall_request(h, 'B', "c", FRAME_LEAVE, "g", ""); /* it is in there no more */
    assert_string_equal(h->told[1], "Sg ");
}

static void a_departure_ends_every_membership_of_the_client(void **state)
{
    struct hall *h = *state;
    join(h, 'A', "a");
    join(h, 'B', "c");
    hall_request(h, 'B', "c", FRAME_JOIN, "alone", "");
    hall_forget(h);
    hall_request(h, 'B', "c", FRAME_KILL, "", "");
    assert_string_equal(h->told[0], "Dg1 ");
    assert_string_equal(h->told[1], "");
    assert_string_equal(hall_members(h, 'A', "alone"), "");
    assert_int_equal(groups_count(h->groups[0]), 1);
    hall_request(h, 'B', "c", FRAME_KILL, "", ""); /* once more: nobody by that name */
    join(h, 'B', "c");                             /* a join that comes after its departure */
    assert_string_equal(hall_members(h, 'B', "g"), "a@A ");
}

static void a_message_reaches_each_local_member_once_and_no_one_else(void **state)
{
    struct hall *h = *state;
    join(h, 'A', "a");
    join(h, 'B', "c");
    hall_forget(h);
    hall_request(h, 'A', "b", FRAME_AGREED, "g", "x"); /* who sends need not be a member */
    assert_string_equal(h->told[0], "mx ");
    assert_string_equal(h->told[1], "mx ");
    hall_request(h, 'A', "a", FRAME_AGREED | FRAME_SELF_DISCARD, "g", "y");
    assert_string_equal(h->told[0], "mx ");
    assert_string_equal(h->told[1], "mx my ");
    hall_request(h, 'A', "a", FRAME_AGREED, "#c#B", "z");
    hall_request(h, 'A', "a", FRAME_AGREED, "#nobody#B", "z");
    hall_request(h, 'A', "a", FRAME_AGREED, "empty", "z");
    assert_string_equal(h->told[1], "mx my mz ");
}

/* They come and go in all orders. */
static void who_wants_no_notices_gets_messages_alone(void **state)
{
    struct hall *h = *state;
    hall_open_silent(h, 'A', "p");
    hall_open_silent(h, 'A', "q");
    join(h, 'A', "p");
    assert_string_equal(h->told[0], "");
    join(h, 'A', "a");
    join(h, 'A', "q");
    join(h, 'A', "b");
    assert_string_equal(h->told[0], "Jg2 Jg3 Jg4 Jg4 ");
    hall_forget(h);
    hall_request(h, 'A', "p", FRAME_LEAVE, "g", "");
    assert_string_equal(h->told[0], "Lg3 Lg3 ");
    hall_forget(h);
    hall_request(h, 'A', "a", FRAME_KILL, "", "");
    assert_string_equal(h->told[0], "Dg2 ");
    hall_forget(h);
    hall_request(h, 'B', "c", FRAME_AGREED, "g", "x");
    assert_string_equal(h->told[0], "mx mx ");
    hall_forget(h);
    join(h, 'A', "p");
    hall_request(h, 'A', "q", FRAME_LEAVE, "g", "");
    assert_string_equal(h->told[0], "Jg3 Lg2 ");
    hall_forget(h);
    hall_request(h, 'A', "b", FRAME_KILL, "", "");
    join(h, 'B', "c");
    hall_request(h, 'B', "c", FRAME_AGREED, "g", "y");
    assert_string_equal(h->told[0], "my ");
}

static void a_muted_client_is_a_member_until_its_departure(void **state)
{
    struct hall *h = *state;
    struct name who = name_private("a", "A");
    join(h, 'A', "a");
    join(h, 'B', "c");
    hall_forget(h);
    groups_mute(h->groups[0], &who);
    hall_request(h, 'B', "c", FRAME_SAFE, "g", "x");
    assert_string_equal(h->told[0], "");
    assert_string_equal(hall_members(h, 'A', "g"), "a@A c@B ");
}

/* A raw client makes them, and the other side must believe that they are there. */
static void groups_with_names_that_no_library_gives_come_together(void **state)
{
    struct hall *h = *state;
    hall_transitional(h, "A");
    hall_regular(h, "A");
    hall_transitional(h, "B");
    hall_regular(h, "B");
    hall_order(h, 100);
    hall_request(h, 'A', "a", FRAME_JOIN, "a b", "");
    hall_request(h, 'A', "b", FRAME_JOIN, "\xff\x80", "");
    hall_request(h, 'B', "c", FRAME_JOIN, "\xff\x80", "");
    hall_meet(h, "AB");
    assert_string_equal(hall_members(h, 'B', "a b"), "a@A ");
    assert_string_equal(hall_members(h, 'A', "\xff\x80"), "b@A c@B ");
    assert_string_equal(hall_members(h, 'B', "\xff\x80"), "b@A c@B ");
}

#define IN_HALL(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_HALL(members_stand_in_the_order_of_daemons_and_names_everywhere),
        IN_HALL(a_second_join_of_the_same_client_is_nothing),
        IN_HALL(every_change_has_the_next_id_of_the_same_view),
        IN_HALL(who_leaves_hears_it_alone_and_the_others_hear_the_leave),
        IN_HALL(a_departure_ends_every_membership_of_the_client),
        IN_HALL(a_message_reaches_each_local_member_once_and_no_one_else),
        IN_HALL(who_wants_no_notices_gets_messages_alone),
        IN_HALL(a_muted_client_is_a_member_until_its_departure),
        IN_HALL(groups_with_names_that_no_library_gives_come_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
