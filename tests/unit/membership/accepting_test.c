/* SPDX-License-Identifier: MIT
 *
 * A ring that is being made, as a member sees it: F1 and F2 of form.c, when a ring is given up for
 * another, and who sends what is missing.
 */
#include "tests/support/test.h"

#include "daemon/membership/accepting.h"
#include "daemon/membership/forming.h"

enum { D0, D1, D2, D3, D4 };

static const usec START = 1000 * (usec)USEC_SECOND, PATIENCE = 625 * USEC_MS;

static void a_round_of_the_token_is_near_if_it_is_at_most_two_away(void **state)
{
    (void)state;
    assert_false(accepting_is_near(97, 100));
    assert_true(accepting_is_near(98, 100));
    assert_true(accepting_is_near(100, 100));
    assert_true(accepting_is_near(102, 100));
    assert_false(accepting_is_near(103, 100));
    assert_true(accepting_is_near(UINT32_MAX, 1)); /* rounds wrap */
    assert_false(accepting_is_near(UINT32_MAX - 1, 1));
}

/* -- F2 -------------------------------------------------------------------------------------- */

static void who_is_bound_to_nobody_may_accept_anything(void **state)
{
    const struct bond none = {.heard_at = START};
    (void)state;
    assert_false(bond_forbids(&none, D0, D2, PATIENCE, START));
    assert_false(bond_forbids(&none, D4, D2, PATIENCE, START));
}

static void who_is_bound_stays_so_until_its_coordinator_is_silent(void **state)
{
    const struct bond bond = {.any = true, .leader = D1, .heard_at = START};
    (void)state;
    assert_true(bond_forbids(&bond, D0, D2, PATIENCE, START + PATIENCE - 1));
    assert_false(bond_forbids(&bond, D0, D2, PATIENCE, START + PATIENCE));
}

static void the_same_coordinator_may_ask_again(void **state)
{
    const struct bond bond = {.any = true, .leader = D1, .heard_at = START};
    (void)state;
    assert_false(bond_forbids(&bond, D1, D2, PATIENCE, START));
}

static void a_proposal_of_our_own_gives_way_to_a_smaller_leader_only(void **state)
{
    const struct bond own = {.any = true, .own = true};
    (void)state;
    assert_false(bond_forbids(&own, D1, D2, PATIENCE, START));
    assert_true(bond_forbids(&own, D3, D2, PATIENCE, START));
}

static void what_all_have_accepted_gives_way_to_nobody(void **state)
{
    const struct bond own = {.any = true, .own = true, .committed = true};
    (void)state;
    assert_true(bond_forbids(&own, D1, D2, PATIENCE, START));
    assert_true(bond_forbids(&own, D3, D2, PATIENCE, START));
}

/* -- a ring that turns ------------------------------------------------------------------------ */

/* d2 and d3 are in a ring; d0, a stranger, asks d2. */
static void a_ring_is_torn_for_a_larger_one_only(void **state)
{
    const struct procset mine = {{1 << D2 | 1 << D3}};
    const struct procset equal = {{1 << D0 | 1 << D2}}, smaller = {{1 << D2}};
    const struct procset larger = {{1 << D0 | 1 << D1 | 1 << D2}};
    const struct procset whole = {{1 << D0 | 1 << D2 | 1 << D3}};
    (void)state;
    assert_true(accepting_tears_ring(&mine, D0, &equal));
    assert_true(accepting_tears_ring(&mine, D0, &smaller));
    assert_false(accepting_tears_ring(&mine, D0, &larger));
    assert_false(accepting_tears_ring(&mine, D0, &whole));
    assert_false(accepting_tears_ring(&mine, D0, &mine)); /* nobody is left out */
    assert_false(accepting_tears_ring(&mine, D3, &equal)); /* one of its own may */
}

/* -- what is missing -------------------------------------------------------------------------- */

static void somebody_else_is_asked_when_nothing_has_come_for_two_looks(void **state)
{
    struct lack l = {0};
    (void)state;
    assert_false(lack_look(&l, 5));
    assert_false(lack_look(&l, 5));
    assert_true(lack_look(&l, 5));
    assert_int_equal(l.attempt, 1);
    assert_false(lack_look(&l, 5));
    assert_true(lack_look(&l, 5));
    assert_int_equal(l.attempt, 2);
}

static void as_long_as_something_comes_nobody_else_is_asked(void **state)
{
    struct lack l = {0};
    (void)state;
    for (uint32_t missing = 10; missing > 0; missing--) {
        assert_false(lack_look(&l, missing));
        assert_false(lack_look(&l, missing));
    }
    assert_int_equal(l.attempt, 0);
}

static struct seqmap range(uint64_t from, uint32_t count)
{
    struct seqmap m = {.from = from, .count = count};
    for (uint32_t i = 1; i <= count; i++)
        seqmap_add(&m, from + i);
    return m;
}

/* Which of 20 packets self sends, a bit each. */
static uint32_t share_of(unsigned self, uint8_t attempt)
{
    const struct procset holders = {{1 << D0 | 1 << D2 | 1 << D3}};
    struct seqmap missing = range(100, 20), share = {.from = 100, .count = 20};
    uint32_t bits = 0;
    accepting_share(&share, &missing, &holders, self, attempt);
    for (uint32_t i = 0; i < 20; i++)
        bits |= (uint32_t)seqmap_has(&share, 101 + i) << i;
    return bits;
}

static void at_each_attempt_each_missing_packet_has_one_who_sends_it(void **state)
{
    (void)state;
    for (uint8_t attempt = 1; attempt < 10; attempt++) {
        uint32_t a = share_of(D0, attempt), b = share_of(D2, attempt), c = share_of(D3, attempt);
        assert_int_equal(a | b | c, 0xfffff);
        assert_int_equal((a & b) | (a & c) | (b & c), 0);
    }
}

static void at_the_next_attempt_it_is_another_one_until_all_were_asked(void **state)
{
    (void)state;
    assert_int_equal(share_of(D0, 1) & share_of(D0, 2), 0);
    assert_int_equal(share_of(D0, 1) | share_of(D0, 2) | share_of(D0, 3), 0xfffff);
    assert_int_equal(share_of(D0, 1), share_of(D0, 4));
}

static void what_is_not_missing_is_not_sent(void **state)
{
    const struct procset me = {{1 << D1}};
    struct seqmap missing = {.from = 100, .count = 20}, share = missing;
    (void)state;
    seqmap_add(&missing, 103);
    seqmap_add(&missing, 120);
    accepting_share(&share, &missing, &me, D1, 1);
    assert_int_equal(seqmap_size(&share), 2);
    assert_true(seqmap_has(&share, 103) && seqmap_has(&share, 120));
}

static void what_is_not_answered_is_said_again_after_longer_and_longer_waits(void **state)
{
    (void)state;
    assert_int_equal(forming_resend_after(10 * USEC_MS), 15 * USEC_MS);
    assert_int_equal(forming_resend_after(60 * USEC_MS), 90 * USEC_MS);
    assert_int_equal(forming_resend_after(90 * USEC_MS), 100 * USEC_MS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_round_of_the_token_is_near_if_it_is_at_most_two_away),
        cmocka_unit_test(who_is_bound_to_nobody_may_accept_anything),
        cmocka_unit_test(who_is_bound_stays_so_until_its_coordinator_is_silent),
        cmocka_unit_test(the_same_coordinator_may_ask_again),
        cmocka_unit_test(a_proposal_of_our_own_gives_way_to_a_smaller_leader_only),
        cmocka_unit_test(what_all_have_accepted_gives_way_to_nobody),
        cmocka_unit_test(a_ring_is_torn_for_a_larger_one_only),
        cmocka_unit_test(somebody_else_is_asked_when_nothing_has_come_for_two_looks),
        cmocka_unit_test(as_long_as_something_comes_nobody_else_is_asked),
        cmocka_unit_test(at_each_attempt_each_missing_packet_has_one_who_sends_it),
        cmocka_unit_test(at_the_next_attempt_it_is_another_one_until_all_were_asked),
        cmocka_unit_test(what_is_not_missing_is_not_sent),
        cmocka_unit_test(what_is_not_answered_is_said_again_after_longer_and_longer_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
