/* SPDX-License-Identifier: MIT
 *
 * Ties: who gives way where two have the same claim. All must decide it alike, and nobody to and fro.
 */
#include "tests/support/test.h"

#include "tests/unit/membership/fleet.h"

enum { A, B, C, D };

/* A stranger that wants one of two for a ring of two gets none, for a ring of three it does. */
static void a_ring_is_torn_for_a_larger_one_only(void **state)
{
    struct fleet *f = fleet_new("ABCD");
    const struct procset equal = {{1 << A | 1 << C}}, larger = {{1 << A | 1 << B | 1 << C}};
    const struct procset whole = {{1 << A | 1 << C | 1 << D}};
    (void)state;
    fleet_cut_both(f, "AB", "CD", true);
    fleet_run(f, 3 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'C'), "CD");
    assert_true(would_tear_ring(f->cores[C], A, &equal));
    assert_false(would_tear_ring(f->cores[C], A, &larger));
    assert_false(would_tear_ring(f->cores[C], A, &whole));
    assert_false(would_tear_ring(f->cores[C], D, &equal)); /* one of its own may */
    fleet_free(f);
}

/* Only A and C hear each other across two rings: a ring of these two is no larger than those are. */
static void two_rings_of_two_are_not_given_up_for_another_of_two(void **state)
{
    struct fleet *f = fleet_new("ABCD");
    uint32_t views = 0;
    (void)state;
    fleet_cut_both(f, "AB", "CD", true);
    fleet_run(f, 3 * USEC_SECOND);
    fleet_cut_both(f, "A", "C", false);
    for (int i = A; i <= D; i++)
        views += core_views_installed(f->cores[i]);
    fleet_run(f, 120 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "AB");
    assert_string_equal(fleet_view(f, 'D'), "CD");
    for (int i = A; i <= D; i++)
        views -= core_views_installed(f->cores[i]);
    assert_int_equal(views, 0);
    fleet_free(f);
}

/* Found bad twice running, which is what counts. */
static void find_bad(struct core *c, unsigned a, unsigned b, usec now)
{
    assert_true(note_bad_pair(c, a, b, now));
    assert_true(note_bad_pair(c, a, b, now + 300 * USEC_MS));
}

static void of_two_that_do_not_go_together_the_one_behind_is_left_out(void **state)
{
    struct fleet *f = fleet_new("ABCD");
    struct roster members = {0};
    (void)state;
    for (unsigned i = A; i <= D; i++)
        roster_add(&members, i, f->cores[i]->inc32);
    find_bad(f->cores[A], B, C, f->now);
    pairs_leave_out(&f->cores[A]->pairs, &members, A, f->now + 301 * USEC_MS);
    assert_int_equal(members.in.bits[0], 1 << A | 1 << B | 1 << D);
    fleet_free(f);
}

static void who_goes_with_fewest_is_left_out_before_that(void **state)
{
    struct fleet *f = fleet_new("ABCD");
    struct roster members = {0};
    (void)state;
    for (unsigned i = A; i <= D; i++)
        roster_add(&members, i, f->cores[i]->inc32);
    find_bad(f->cores[A], B, C, f->now);
    find_bad(f->cores[A], B, D, f->now);
    pairs_leave_out(&f->cores[A]->pairs, &members, A, f->now + 301 * USEC_MS);
    assert_int_equal(members.in.bits[0], 1 << A | 1 << C | 1 << D);
    fleet_free(f);
}

static void of_two_leaders_the_smaller_goes_on_and_the_larger_is_engaged_to_it(void **state)
{
    struct fleet *f = fleet_new("ABCD");
    (void)state;
    fleet_cut_both(f, "AB", "CD", true);
    fleet_run(f, 12 * USEC_SECOND);
    struct join of_a = {.kind = JOIN_RING, .engaged = A}, of_c = {.kind = JOIN_RING, .engaged = C};
    court_on_stranger(f->cores[C], A, &of_a, f->now);
    court_on_stranger(f->cores[A], C, &of_c, f->now);
    assert_int_equal(f->cores[C]->engaged, A);
    assert_int_equal(f->cores[A]->engaged, A);
    fleet_free(f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_ring_is_torn_for_a_larger_one_only),
        cmocka_unit_test(two_rings_of_two_are_not_given_up_for_another_of_two),
        cmocka_unit_test(of_two_that_do_not_go_together_the_one_behind_is_left_out),
        cmocka_unit_test(who_goes_with_fewest_is_left_out_before_that),
        cmocka_unit_test(of_two_leaders_the_smaller_goes_on_and_the_larger_is_engaged_to_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
