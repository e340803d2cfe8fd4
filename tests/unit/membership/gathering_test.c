/* SPDX-License-Identifier: MIT
 *
 * Who hears whom, and how long one looks for who is there.
 */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/membership/gathering.h"
#include "daemon/membership/hearing.h"

enum { D0, D1, D2, D3, D4, PEERS };

static const usec BEGAN = 1000 * (usec)USEC_SECOND;

/* -- times ---------------------------------------------------------------------------------- */

static void what_is_said_first_is_said_again_soon_and_then_once_in_a_period(void **state)
{
    static const unsigned waits[] = {5, 10, 20, 40, 80, 250, 250};
    (void)state;
    for (unsigned said = 1; said <= COUNT_OF(waits); said++)
        assert_int_equal(gathering_next_saying(said, 250 * USEC_MS), waits[said - 1] * USEC_MS);
    assert_int_equal(gathering_next_saying(1000, 250 * USEC_MS), 250 * USEC_MS);
}

static void who_is_silent_for_four_rotations_and_thirty_milliseconds_does_not_count(void **state)
{
    (void)state;
    assert_int_equal(gathering_quiet_time(0, 1, USEC_SECOND), 30 * USEC_MS);
    assert_int_equal(gathering_quiet_time(10 * USEC_MS, 1, USEC_SECOND), 70 * USEC_MS);
}

static void who_runs_late_has_more_patience_with_others_but_not_more_than_there_is(void **state)
{
    (void)state;
    assert_int_equal(gathering_quiet_time(10 * USEC_MS, 3, USEC_SECOND), 210 * USEC_MS);
    assert_int_equal(gathering_quiet_time(10 * USEC_MS, 4, 250 * USEC_MS), 250 * USEC_MS);
}

/* -- hearing -------------------------------------------------------------------------------- */

static uint32_t life_of(unsigned i)
{
    return 100 + i;
}

static struct peer peers[PEERS];

/* Five daemons, of which all have spoken and hear each other; we are d1. */
static struct hearing all_hear_all(void)
{
    memset(peers, 0, sizeof peers);
    for (unsigned i = 0; i < PEERS; i++) {
        peers[i].life.inc = i == D1 ? 0 : life_of(i) + (5ull << 32);
        peers[i].said_at = i == D1 ? 0 : BEGAN;
        for (unsigned k = 0; k < PEERS; k++)
            roster_add(&peers[i].said.heard, k, life_of(k));
    }
    return (struct hearing){
        .peers = peers, .count = PEERS, .self = D1, .inc = life_of(D1), .since = BEGAN};
}

static void deafen(unsigned i, unsigned to)
{
    roster_remove(&peers[i].said.heard, to);
}

static uint64_t set_of(const struct hearing *h, uint64_t candidates)
{
    const struct procset all = {{candidates}};
    return hearing_set(h, &all).bits[0];
}

static void who_spoke_before_the_search_or_hears_us_not_does_not_count(void **state)
{
    struct hearing h = all_hear_all();
    (void)state;
    assert_true(hearing_mutual(&h, D2));
    peers[D2].said_at--;
    assert_false(hearing_mutual(&h, D2));
    deafen(D3, D1);
    assert_false(hearing_mutual(&h, D3));
    h.inc++; /* it has heard another life of ours */
    assert_false(hearing_mutual(&h, D4));
}

static void all_have_answered_when_there_are_some_and_each_has(void **state)
{
    const struct procset two = {{1 << D0 | 1 << D3}}, none = {{0}};
    struct hearing h = all_hear_all();
    (void)state;
    assert_true(hearing_all(&h, &two));
    assert_false(hearing_all(&h, &none)); /* nobody expected: the time decides */
    deafen(D3, D1);
    assert_false(hearing_all(&h, &two));
}

static void those_who_all_hear_each_other_are_taken_in_order(void **state)
{
    struct hearing h = all_hear_all();
    (void)state;
    assert_int_equal(set_of(&h, 0x1f), 0x1f);
    assert_int_equal(set_of(&h, 1 << D1 | 1 << D4), 1 << D1 | 1 << D4);
    deafen(D0, D3); /* of two the one in front is taken, whichever is deaf */
    deafen(D4, D2);
    assert_int_equal(set_of(&h, 0x1f), 1 << D0 | 1 << D1 | 1 << D2);
    assert_int_equal(set_of(&h, 0x1e), 1 << D1 | 1 << D2 | 1 << D3);
}

static void nobody_is_taken_whom_we_do_not_hear_and_we_always_are(void **state)
{
    struct hearing h = all_hear_all();
    (void)state;
    deafen(D0, D1);
    peers[D4].said_at = 0;
    assert_int_equal(set_of(&h, 0x1f), 1 << D1 | 1 << D2 | 1 << D3);
    deafen(D2, D1);
    deafen(D3, D1);
    assert_int_equal(set_of(&h, 0x1f), 1 << D1);
}

static void who_is_heard_in_another_life_is_not_heard(void **state)
{
    struct hearing h = all_hear_all();
    (void)state;
    peers[D2].life.inc++;
    assert_int_equal(set_of(&h, 0x1f), 0x1f & ~(1 << D2));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_said_first_is_said_again_soon_and_then_once_in_a_period),
        cmocka_unit_test(who_is_silent_for_four_rotations_and_thirty_milliseconds_does_not_count),
        cmocka_unit_test(who_runs_late_has_more_patience_with_others_but_not_more_than_there_is),
        cmocka_unit_test(who_spoke_before_the_search_or_hears_us_not_does_not_count),
        cmocka_unit_test(all_have_answered_when_there_are_some_and_each_has),
        cmocka_unit_test(those_who_all_hear_each_other_are_taken_in_order),
        cmocka_unit_test(nobody_is_taken_whom_we_do_not_hear_and_we_always_are),
        cmocka_unit_test(who_is_heard_in_another_life_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
