/* SPDX-License-Identifier: MIT
 *
 * In which life another daemon is: what is believed with proof and without, and for how long a life
 * that has ended stays ended.
 */
#include "tests/support/test.h"

#include "daemon/membership/lives.h"

enum { FIRST = 0x11, SECOND = 0x22, THIRD = 0x33 };

static const usec START = 1000 * (usec)USEC_SECOND, PAST = 20 * (usec)USEC_SECOND;
static const struct evidence NOTHING = {0}, PROOF = {.proof = true};
static const struct evidence SILENCE = {.fell_silent = true}, IN_USE = {.goes_on = true};

static struct life proven(uint64_t inc)
{
    return (struct life){.inc = inc, .proven = true};
}

/* It proves another life, so the present one ends. */
static void restart(struct life *l, uint64_t inc, usec now)
{
    assert_int_equal(life_judge(l, inc, &PROOF, now), LIFE_BEGINS);
    life_take_up(l, inc, LIFE_BEGINS);
    assert_true(life_prove(l, now));
}

static void the_first_life_that_is_heard_of_needs_no_proof(void **state)
{
    struct life l = {0};
    (void)state;
    assert_int_equal(life_judge(&l, FIRST, &NOTHING, START), LIFE_BEGINS);
    life_take_up(&l, FIRST, LIFE_BEGINS);
    assert_int_equal(life_judge(&l, FIRST, &NOTHING, START), LIFE_PRESENT);
    assert_false(l.proven);
    assert_false(life_prove(&l, START)); /* nothing has ended by that */
    assert_true(l.proven);
}

static void another_life_is_believed_on_proof_or_when_the_present_one_is_silent(void **state)
{
    const struct life l = proven(FIRST);
    (void)state;
    assert_int_equal(life_judge(&l, SECOND, &NOTHING, START), LIFE_UNPROVEN);
    assert_int_equal(life_judge(&l, SECOND, &IN_USE, START), LIFE_UNPROVEN);
    assert_int_equal(life_judge(&l, SECOND, &SILENCE, START), LIFE_BEGINS);
    assert_int_equal(life_judge(&l, SECOND, &PROOF, START), LIFE_BEGINS);
}

static void lives_are_told_apart_by_all_their_bits(void **state)
{
    const struct life l = proven(FIRST);
    (void)state;
    assert_int_equal(life_judge(&l, FIRST + (1ull << 32), &NOTHING, START), LIFE_UNPROVEN);
}

static void a_life_ends_with_the_proof_of_the_next_one(void **state)
{
    struct life l = proven(FIRST);
    (void)state;
    life_take_up(&l, SECOND, LIFE_BEGINS);
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START), LIFE_BEGINS); /* not ended yet */
    assert_true(life_prove(&l, START));
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START), LIFE_ENDED);
    assert_int_equal(life_judge(&l, FIRST, &SILENCE, START), LIFE_ENDED);
    assert_false(life_prove(&l, START)); /* once */
}

static void a_life_without_proof_ends_nothing(void **state)
{
    struct life l = proven(FIRST);
    (void)state;
    life_take_up(&l, SECOND, LIFE_BEGINS);
    life_take_up(&l, FIRST, LIFE_BEGINS); /* what came of the second had long been under way */
    assert_false(life_prove(&l, START));
    assert_int_equal(life_judge(&l, SECOND, &PROOF, START), LIFE_BEGINS);
}

static void of_three_lives_the_last_proven_one_ends(void **state)
{
    struct life l = proven(FIRST);
    (void)state;
    life_take_up(&l, SECOND, LIFE_BEGINS);
    life_take_up(&l, THIRD, LIFE_BEGINS);
    assert_true(life_prove(&l, START));
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START), LIFE_ENDED);
    assert_int_equal(life_judge(&l, SECOND, &PROOF, START), LIFE_BEGINS);
}

static void a_life_stays_ended_as_long_as_packets_can_be_under_way(void **state)
{
    struct life l = proven(FIRST);
    (void)state;
    restart(&l, SECOND, START);
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START + PAST - 1), LIFE_ENDED);
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START + PAST), LIFE_BEGINS);
    assert_int_equal(life_judge(&l, FIRST, &NOTHING, START + PAST), LIFE_UNPROVEN);
}

static void the_last_four_lives_are_known_to_have_ended(void **state)
{
    struct life l = proven(1);
    (void)state;
    for (uint64_t inc = 2; inc <= 6; inc++)
        restart(&l, inc, START + inc);
    for (uint64_t inc = 2; inc <= 5; inc++) {
        assert_int_equal(life_judge(&l, inc, &PROOF, START + PAST), LIFE_ENDED);
        assert_int_equal(life_judge(&l, inc, &PROOF, START + PAST + inc + 1), LIFE_BEGINS);
    }
    assert_int_equal(life_judge(&l, 1, &PROOF, START + PAST), LIFE_BEGINS);
}

/* d1 was taken for restarted, but is in our ring in the life before: that one goes on. */
static void a_life_that_is_in_use_has_not_ended_after_all(void **state)
{
    struct life l = proven(FIRST);
    (void)state;
    restart(&l, SECOND, START);
    restart(&l, THIRD, START);
    assert_int_equal(life_judge(&l, FIRST, &IN_USE, START), LIFE_GOES_ON);
    life_take_up(&l, FIRST, LIFE_GOES_ON);
    assert_int_equal(life_judge(&l, FIRST, &NOTHING, START), LIFE_PRESENT);
    assert_false(life_prove(&l, START)); /* the one it was taken for is not ended by that */
    assert_int_equal(life_judge(&l, THIRD, &PROOF, START), LIFE_BEGINS);
    assert_int_equal(life_judge(&l, SECOND, &PROOF, START), LIFE_ENDED); /* but that one was proven */
    life_take_up(&l, THIRD, LIFE_BEGINS);
    assert_int_equal(life_judge(&l, FIRST, &PROOF, START), LIFE_BEGINS);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_life_that_is_heard_of_needs_no_proof),
        cmocka_unit_test(another_life_is_believed_on_proof_or_when_the_present_one_is_silent),
        cmocka_unit_test(lives_are_told_apart_by_all_their_bits),
        cmocka_unit_test(a_life_ends_with_the_proof_of_the_next_one),
        cmocka_unit_test(a_life_without_proof_ends_nothing),
        cmocka_unit_test(of_three_lives_the_last_proven_one_ends),
        cmocka_unit_test(a_life_stays_ended_as_long_as_packets_can_be_under_way),
        cmocka_unit_test(the_last_four_lives_are_known_to_have_ended),
        cmocka_unit_test(a_life_that_is_in_use_has_not_ended_after_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
