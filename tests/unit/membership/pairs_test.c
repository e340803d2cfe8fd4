/* SPDX-License-Identifier: MIT
 *
 * Who does not hear whom: for how long a pair that was found counts, and who is left out for it.
 */
#include "tests/support/test.h"

#include "daemon/membership/pairs.h"

enum { D0, D1, D2, D3, D4 };

static const usec LOOKUP = 30 * (usec)USEC_SECOND, START = 100 * (usec)USEC_SECOND;

static bool count_for(const struct pairs *p, unsigned a, unsigned b, usec now)
{
    struct procset one = procset_of(a), other = procset_of(b);
    return pairs_between(p, &one, &other, now);
}

/* Finds the pair as soon as it has run out, and expects that it then counts for so long. */
static usec find_again(struct pairs *p, usec now, usec wait)
{
    assert_int_not_equal(pairs_note(p, D1, D2, LOOKUP, now), 0);
    assert_true(count_for(p, D1, D2, now + wait - 1));
    assert_false(count_for(p, D1, D2, now + wait));
    return now + wait;
}

static void each_time_running_a_pair_counts_for_longer(void **state)
{
    struct pairs p = {0};
    usec now = START;
    (void)state;
    now = find_again(&p, now, 250 * USEC_MS);
    now = find_again(&p, now, 2 * USEC_SECOND);
    now = find_again(&p, now, 4 * USEC_SECOND);
    now = find_again(&p, now, 8 * USEC_SECOND);
    now = find_again(&p, now, LOOKUP / 2);
    find_again(&p, now, LOOKUP / 2);
}

static void a_lookup_timeout_shorter_than_the_first_wait_halves_it(void **state)
{
    struct pairs p = {0};
    (void)state;
    pairs_note(&p, D1, D2, 100 * USEC_MS, START);
    assert_true(count_for(&p, D1, D2, START + 50 * USEC_MS - 1));
    assert_false(count_for(&p, D1, D2, START + 50 * USEC_MS));
}

static void what_is_found_while_it_counts_is_no_news(void **state)
{
    struct pairs p = {0};
    (void)state;
    assert_int_equal(pairs_note(&p, D1, D2, LOOKUP, START), 1);
    assert_int_equal(pairs_note(&p, D2, D1, LOOKUP, START + 250 * USEC_MS - 1), 0);
    assert_int_equal(pairs_note(&p, D2, D1, LOOKUP, START + 250 * USEC_MS), 2);
    assert_int_equal(pairs_note(&p, D2, D2, LOOKUP, START), 0); /* everybody hears itself */
    assert_int_equal(p.count, 1);
}

static void a_pair_that_was_not_found_for_a_lookup_timeout_begins_anew(void **state)
{
    const usec over = START + 250 * USEC_MS;
    struct pairs p = {0}, other;
    (void)state;
    pairs_note(&p, D1, D2, LOOKUP, START);
    other = p;
    assert_int_equal(pairs_note(&p, D1, D2, LOOKUP, over + LOOKUP), 2);
    assert_int_equal(pairs_note(&other, D1, D2, LOOKUP, over + LOOKUP + 1), 1);
    assert_false(count_for(&other, D1, D2, over + LOOKUP + 1 + 250 * USEC_MS));
}

static void a_pair_is_the_same_in_either_order_and_concerns_no_third(void **state)
{
    const struct procset left = {{1 << D0 | 1 << D2}}, right = {{1 << D1 | 1 << D3}};
    const struct procset others = {{1 << D0 | 1 << D3 | 1 << D4}};
    struct pairs p = {0};
    (void)state;
    pairs_note(&p, D2, D1, LOOKUP, START);
    assert_true(pairs_between(&p, &left, &right, START));
    assert_true(pairs_between(&p, &right, &left, START));
    assert_false(pairs_between(&p, &left, &others, START));
    assert_false(pairs_between(&p, &left, &left, START));
}

static void those_that_count_are_listed_the_smaller_first(void **state)
{
    struct bad_pair list[BAD_PAIRS_MAX];
    struct pairs p = {0};
    (void)state;
    pairs_note(&p, D2, D1, LOOKUP, START);
    pairs_note(&p, D3, D4, LOOKUP, START + 100 * USEC_MS);
    assert_int_equal(pairs_list(&p, list, START + 250 * USEC_MS - 1), 2);
    assert_int_equal(list[0].a, D1);
    assert_int_equal(list[0].b, D2);
    assert_int_equal(pairs_list(&p, list, START + 250 * USEC_MS), 1);
    assert_int_equal(list[0].a, D3);
    assert_int_equal(list[0].b, D4);
}

static void one_too_many_takes_the_place_of_the_first_to_run_out(void **state)
{
    struct pairs p = {0};
    (void)state;
    pairs_note(&p, D1, D2, LOOKUP, START + 1);
    pairs_note(&p, D3, D4, LOOKUP, START);
    for (unsigned i = 0; i < BAD_PAIRS_MAX - 1; i++)
        pairs_note(&p, D0, 10 + i, LOOKUP, START + 2);
    assert_int_equal(p.count, BAD_PAIRS_MAX);
    assert_true(count_for(&p, D1, D2, START + 2));
    assert_false(count_for(&p, D3, D4, START + 2));
    assert_true(count_for(&p, D0, 10 + BAD_PAIRS_MAX - 2, START + 2));
}

static void a_place_that_is_taken_keeps_nothing_of_who_had_it(void **state)
{
    struct pairs p = {0};
    (void)state;
    for (unsigned i = 0; i < BAD_PAIRS_MAX; i++)
        pairs_note(&p, D0, 10 + i, LOOKUP, START);
    assert_int_equal(pairs_note(&p, D1, D2, LOOKUP, START + 1), 1);
}

/* -- who is left out ------------------------------------------------------------------------ */

/* So many times running, and it counts at LATER. */
static const usec LATER = 110 * (usec)USEC_SECOND;

static void find_times(struct pairs *p, unsigned a, unsigned b, unsigned times)
{
    usec now = LATER - 300 * USEC_MS * (usec)(times - 1);
    for (unsigned n = 1; n <= times; n++, now += 300 * USEC_MS)
        assert_int_equal(pairs_note(p, a, b, LOOKUP, now), n);
}

static uint64_t left_of(const struct pairs *p, unsigned self)
{
    struct roster members = {0};
    for (unsigned i = D0; i <= D4; i++)
        roster_add(&members, i, i + 1);
    pairs_leave_out(p, &members, self, LATER);
    return members.in.bits[0];
}

static void nobody_is_left_out_for_what_may_have_been_a_pause(void **state)
{
    struct pairs p = {0};
    (void)state;
    find_times(&p, D1, D2, 1);
    assert_int_equal(left_of(&p, D0), 0x1f);
    assert_true(count_for(&p, D1, D2, LATER));
}

static void of_two_that_are_as_bad_the_larger_is_left_out_but_never_who_asks(void **state)
{
    struct pairs p = {0};
    (void)state;
    find_times(&p, D1, D2, 2);
    assert_int_equal(left_of(&p, D0), 0x1f & ~(1 << D2));
    assert_int_equal(left_of(&p, D2), 0x1f & ~(1 << D1));
    p = (struct pairs){0};
    find_times(&p, D0, D2, 2);
    assert_int_equal(left_of(&p, D2), 0x1f & ~(1 << D0));
}

static void who_goes_with_fewest_is_left_out_first(void **state)
{
    struct pairs p = {0};
    (void)state;
    find_times(&p, D1, D3, 2);
    find_times(&p, D1, D4, 2);
    assert_int_equal(left_of(&p, D0), 0x1f & ~(1 << D1));
}

static void nobody_is_left_out_for_what_has_run_out(void **state)
{
    struct pairs p = {0};
    struct roster members = {0};
    (void)state;
    find_times(&p, D1, D2, 2);
    roster_add(&members, D1, 1);
    roster_add(&members, D2, 1);
    pairs_leave_out(&p, &members, D0, LATER + 2 * USEC_SECOND);
    assert_int_equal(procset_count(&members.in), 2);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_time_running_a_pair_counts_for_longer),
        cmocka_unit_test(a_lookup_timeout_shorter_than_the_first_wait_halves_it),
        cmocka_unit_test(what_is_found_while_it_counts_is_no_news),
        cmocka_unit_test(a_pair_that_was_not_found_for_a_lookup_timeout_begins_anew),
        cmocka_unit_test(a_pair_is_the_same_in_either_order_and_concerns_no_third),
        cmocka_unit_test(those_that_count_are_listed_the_smaller_first),
        cmocka_unit_test(one_too_many_takes_the_place_of_the_first_to_run_out),
        cmocka_unit_test(a_place_that_is_taken_keeps_nothing_of_who_had_it),
        cmocka_unit_test(nobody_is_left_out_for_what_may_have_been_a_pause),
        cmocka_unit_test(of_two_that_are_as_bad_the_larger_is_left_out_but_never_who_asks),
        cmocka_unit_test(who_goes_with_fewest_is_left_out_first),
        cmocka_unit_test(nobody_is_left_out_for_what_has_run_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
