/* SPDX-License-Identifier: MIT
 *
 * What everybody must have in one order: members, sets, and the groups of whoever goes.
 */
#include "tests/support/test.h"

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

static void join(struct hall *h, char d, const char *client, const char *group)
{
    hall_request(h, d, client, FRAME_JOIN, group, "");
}

static void enter(struct hall *h, char d, const char *client, const char *group)
{
    hall_open(h, d, client);
    join(h, d, client, group);
}

static const char *const names[] = {"m", "zz", "Z", "a", "k9", "k", "_", "aa"};

/* -- who goes ------------------------------------------------------------------------------ */

static void who_departs_is_out_of_its_groups_in_byte_order_of_their_names(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "AB");
    hall_open(h, 'A', "stays");
    hall_open(h, 'B', "goes");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        join(h, 'A', "stays", names[i]);
        join(h, 'B', "goes", names[COUNT_OF(names) - 1 - i]);
    }
    hall_forget(h);
    hall_request(h, 'B', "goes", FRAME_KILL, "", "");
    assert_string_equal(h->told[0], "DZ1 D_1 Da1 Daa1 Dk1 Dk91 Dm1 Dzz1 ");
}

static void who_departs_while_daemons_are_lost_is_out_in_the_same_order(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "ABC");
    hall_open(h, 'A', "stays");
    hall_open(h, 'B', "goes");
    enter(h, 'C', "lost", "k");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        join(h, 'A', "stays", names[i]);
        join(h, 'B', "goes", names[i]);
    }
    hall_transitional(h, "AB");
    h->view[0].members = h->view[1].members = procset_minus(&h->view[0].members, &(struct procset){{4}});
    hall_forget(h);
    hall_request(h, 'B', "goes", FRAME_KILL, "", "");
    assert_string_equal(h->told[0], "DZ1 D_1 Da1 Daa1 Nk2/2 Tk Dk91 Dm1 Dzz1 ");
}

static void a_daemon_is_lost_to_its_groups_in_byte_order_of_their_names(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "ABC");
    hall_open(h, 'A', "stays");
    hall_open(h, 'B', "x");
    hall_open(h, 'C', "y");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        join(h, 'A', "stays", names[i]);
        join(h, i % 2 ? 'B' : 'C', i % 2 ? "x" : "y", names[i]);
    }
    hall_forget(h);
    hall_transitional(h, "A");
    assert_string_equal(h->told[0], "TZ T_ Ta Taa Tk Tk9 Tm Tzz ");
    hall_forget(h);
    hall_regular(h, "A");
    assert_string_equal(h->told[0], "NZ1/1 N_1/1 Na1/1 Naa1/1 Nk1/1 Nk91/1 Nm1/1 Nzz1/1 ");
}

static void groups_of_two_sides_come_together_in_byte_order_of_their_names(void **state)
{
    struct hall *h = *state;
    hall_open(h, 'A', "x");
    hall_open(h, 'B', "y");
    for (size_t i = 0; i < COUNT_OF(names); i++) {
        join(h, 'A', "x", names[i]);
        join(h, 'B', "y", names[i]);
    }
    hall_forget(h);
    hall_meet(h, "AB");
    assert_string_equal(h->told[0], "NZ2/2 N_2/2 Na2/2 Naa2/2 Nk2/2 Nk92/2 Nm2/2 Nzz2/2 ");
    assert_string_equal(h->told[1], h->told[0]);
}

/* -- sets ---------------------------------------------------------------------------------- */

/* By the id that the group had on each side: first by its daemon, which is an address and compared as
 * a number with a sign, ... */
static void sides_stand_in_the_order_of_the_daemons_in_their_old_ids(void **state)
{
    struct hall *h = *state;
    const uint32_t ids[] = {0x7f000001, 0xc0a80001, 0x0a000001, 0xc0a80000};
    for (int i = 0; i < HALL_DAEMONS; i++)
        h->conf->daemons[i].id = ids[i];
    for (char d = 'A'; d <= 'D'; d++)
        hall_meet(h, (char[]){d, 0}); /* the groups to come have those ids */
    enter(h, 'A', "a", "g");
    enter(h, 'B', "b", "g");
    enter(h, 'C', "c", "g");
    enter(h, 'D', "d", "g");
    hall_forget(h);
    hall_meet(h, "ABCD");
    assert_string_equal(h->sets[0], "g d/b/c/a 3 ");
    assert_string_equal(h->sets[1], "g d/b/c/a 1 ");
    assert_string_equal(h->sets[2], "g d/b/c/a 2 ");
    assert_string_equal(h->sets[3], "g d/b/c/a 0 ");
}

/* ... then by its time: B has kept the id of a view of A that A itself has left long ago. */
static void of_one_daemon_the_older_id_stands_first(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "AB");
    enter(h, 'B', "b", "g");
    hall_meet(h, "B");
    hall_meet(h, "A");
    enter(h, 'A', "a", "g");
    assert_int_equal(hall_id(h, 'A', "g").proc, hall_id(h, 'B', "g").proc);
    hall_forget(h);
    hall_meet(h, "AB");
    assert_string_equal(h->sets[0], "g b/a 1 ");
    assert_string_equal(h->sets[1], "g b/a 0 ");
}

/* A has no member of either: "g" is of two sides and begins anew, "h" of one and stays what it is. */
static void what_others_alone_have_comes_together_like_anything_else(void **state)
{
    struct hall *h = *state;
    for (char d = 'B'; d <= 'C'; d++) {
        hall_meet(h, (char[]){d, 0});
        enter(h, d, (char[]){(char)(d - 'A' + 'a'), 0}, "g");
    }
    join(h, 'C', "c", "h");
    struct group_view_id before = hall_id(h, 'C', "h");
    hall_forget(h);
    hall_meet(h, "ABC");
    assert_string_equal(h->told[1], "Ng2/2 ");
    for (char d = 'A'; d <= 'C'; d++) {
        struct group_view_id g = hall_id(h, d, "g"), kept = hall_id(h, d, "h");
        assert_string_equal(hall_members(h, d, "g"), "b@B c@C ");
        assert_int_equal(g.time, h->views);
        assert_int_equal(g.index, 1);
        assert_memory_equal(&kept, &before, sizeof before);
    }
}

static void while_daemons_are_lost_our_side_stands_first_and_who_joins_last(void **state)
{
    struct hall *h = *state;
    hall_meet(h, "ABCD");
    for (char d = 'D'; d >= 'A'; d--)
        enter(h, d, (char[]){(char)(d - 'A' + 'a'), 0}, "g");
    hall_open(h, 'B', "0");
    hall_forget(h);
    hall_transitional(h, "BD");
    h->view[1].members = h->view[3].members = (struct procset){{0xa}};
    join(h, 'B', "0", "g");
    assert_string_equal(h->sets[1], "g b d/a/c/0 0 g b d/a/c/0 3 ");
    assert_string_equal(h->sets[3], "g b d/a/c/0 0 ");
}

#define IN_HALL(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_HALL(who_departs_is_out_of_its_groups_in_byte_order_of_their_names),
        IN_HALL(who_departs_while_daemons_are_lost_is_out_in_the_same_order),
        IN_HALL(a_daemon_is_lost_to_its_groups_in_byte_order_of_their_names),
        IN_HALL(groups_of_two_sides_come_together_in_byte_order_of_their_names),
        IN_HALL(sides_stand_in_the_order_of_the_daemons_in_their_old_ids),
        IN_HALL(of_one_daemon_the_older_id_stands_first),
        IN_HALL(what_others_alone_have_comes_together_like_anything_else),
        IN_HALL(while_daemons_are_lost_our_side_stands_first_and_who_joins_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
