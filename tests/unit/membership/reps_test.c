/* SPDX-License-Identifier: MIT
 *
 * Those who speak for their segments: {d0 d1}, {d2 d3} and {d4}. We are d2 and speak for d2 and d3; d0
 * and d4 have said by JOIN that they speak for theirs.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/membership/reps.h"
#include "tests/support/conf.h"

enum { D0, D1, D2, D3, D4, PEERS };

static const usec BEGAN = 1000 * (usec)USEC_SECOND, LOOKUP = 30 * (usec)USEC_SECOND;
static const struct procset OURS = {{1 << D2 | 1 << D3}};

static struct peer peers[PEERS];
static struct join joins[PEERS];

static uint32_t life_of(unsigned i)
{
    return 100 + i;
}

static void speak(unsigned rep, unsigned last)
{
    struct peer *p = &peers[rep];
    for (unsigned i = 0; i < PEERS; i++)
        roster_add(&p->said.heard, i, life_of(i));
    p->said_at = p->join_at = BEGAN;
    p->join = &joins[rep];
    joins[rep] = (struct join){.kind = JOIN_SEGMENT, .engaged = D0};
    for (unsigned i = rep; i <= last; i++) {
        roster_add(&joins[rep].members, i, life_of(i));
        joins[rep].sayings[i] = 200 + i;
    }
}

static struct hearing all_speak(void)
{
    memset(peers, 0, sizeof peers);
    for (unsigned i = 0; i < PEERS; i++) {
        peers[i].life.inc = i == D2 ? 0 : life_of(i);
        peers[i].saying = 300 + i;
    }
    speak(D0, D1);
    speak(D4, D4);
    return (struct hearing){
        .peers = peers, .count = PEERS, .self = D2, .inc = life_of(D2), .since = BEGAN};
}

static uint64_t chosen(const struct hearing *h, const struct pairs *pairs)
{
    const struct pairs none = {0};
    return reps_choose(h, &OURS, pairs ? pairs : &none, BEGAN).bits[0];
}

static void the_first_of_each_segment_that_was_in_the_ring_is_expected_to_speak(void **state)
{
    const struct procset all = {{0x1f}}, without_d0 = {{1 << D1 | 1 << D3 | 1 << D4}};
    struct conf *conf = test_conf("AB|CD|E");
    (void)state;
    assert_int_equal(reps_expected(conf, &all).bits[0], 1 << D0 | 1 << D2 | 1 << D4);
    assert_int_equal(reps_expected(conf, &without_d0).bits[0], 1 << D1 | 1 << D3 | 1 << D4);
    free(conf);
}

static void who_has_said_no_join_in_this_search_speaks_for_nobody(void **state)
{
    struct hearing h = all_speak();
    (void)state;
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2 | 1 << D4);
    peers[D4].join_at--;
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2);
    joins[D0].kind = JOIN_RING;
    assert_int_equal(chosen(&h, NULL), 1 << D2);
}

static void those_who_do_not_hear_each_other_are_not_chosen_together(void **state)
{
    struct hearing h = all_speak();
    (void)state;
    roster_remove(&peers[D4].said.heard, D0);
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2);
    roster_remove(&peers[D0].said.heard, D2);
    assert_int_equal(chosen(&h, NULL), 1 << D2 | 1 << D4);
}

static void those_whose_members_do_not_go_together_are_not_chosen_together(void **state)
{
    struct pairs ours = {0}, theirs = {0};
    struct hearing h = all_speak();
    (void)state;
    pairs_note(&ours, D1, D3, LOOKUP, BEGAN);
    assert_int_equal(chosen(&h, &ours), 1 << D2 | 1 << D4);
    pairs_note(&theirs, D1, D4, LOOKUP, BEGAN);
    assert_int_equal(chosen(&h, &theirs), 1 << D0 | 1 << D2);
}

static void what_a_rep_itself_says_of_pairs_counts_too_in_either_order(void **state)
{
    struct hearing h = all_speak();
    (void)state;
    joins[D0].bad_count = 1;
    joins[D0].bad[0] = (struct bad_pair){D1, D3};
    assert_int_equal(chosen(&h, NULL), 1 << D2 | 1 << D4);
    joins[D0].bad_count = 0;
    joins[D4].bad_count = 1;
    joins[D4].bad[0] = (struct bad_pair){D3, D4};
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2);
    joins[D4].bad[0] = (struct bad_pair){D1, D4};
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2);
    joins[D4].bad[0] = (struct bad_pair){D0, D1}; /* that is theirs to settle */
    assert_int_equal(chosen(&h, NULL), 1 << D0 | 1 << D2 | 1 << D4);
}

static void all_agree_when_each_who_is_expected_has_answered_and_engages_to_the_first(void **state)
{
    const struct procset expected = {{1 << D0 | 1 << D4}}, reps = {{1 << D0 | 1 << D2 | 1 << D4}};
    struct hearing h = all_speak();
    (void)state;
    assert_true(reps_agree(&h, &expected, &reps));
    joins[D4].engaged = D4;
    assert_false(reps_agree(&h, &expected, &reps));
    joins[D4].engaged = D0;
    joins[D4].kind = JOIN_RING;
    assert_false(reps_agree(&h, &expected, &reps));
    joins[D4].kind = JOIN_SEGMENT;
    roster_remove(&peers[D4].said.heard, D2);
    assert_false(reps_agree(&h, &expected, &reps));
}

static void they_have_all_when_nobody_of_the_configuration_is_missing(void **state)
{
    const struct procset reps = {{1 << D0 | 1 << D2 | 1 << D4}}, two = {{1 << D0 | 1 << D2}}, d2 = {{1 << D2}};
    struct hearing h = all_speak();
    (void)state;
    assert_true(reps_have_all(&h, &OURS, &reps));
    assert_false(reps_have_all(&h, &OURS, &two)); /* d4 does not go with them */
    assert_false(reps_have_all(&h, &d2, &reps)); /* d3 is not here yet */
    joins[D4].engaged = D4;
    assert_false(reps_have_all(&h, &OURS, &reps));
    joins[D4].engaged = D0;
    roster_remove(&joins[D0].members, D1);
    assert_false(reps_have_all(&h, &OURS, &reps));
}

static void a_ring_has_our_members_and_those_of_who_is_engaged_to_us(void **state)
{
    const struct procset reps = {{1 << D0 | 1 << D2 | 1 << D4}};
    struct hearing h = all_speak();
    struct roster members;
    uint32_t echoes[PROCS_MAX] = {0};
    (void)state;
    joins[D4].engaged = D2;
    reps_members(&h, &OURS, &reps, &members, echoes);
    assert_int_equal(members.in.bits[0], 1 << D2 | 1 << D3 | 1 << D4);
    assert_int_equal(members.inc[D2], life_of(D2));
    assert_int_equal(members.inc[D3], life_of(D3));
    assert_int_equal(members.inc[D4], life_of(D4));
    assert_int_equal(echoes[D3], 300 + D3); /* as it was heard here, and there */
    assert_int_equal(echoes[D4], 200 + D4);
}

static void who_is_claimed_twice_comes_in_once_as_we_know_it(void **state)
{
    const struct procset reps = {{1 << D2 | 1 << D4}};
    struct hearing h = all_speak();
    struct roster members;
    uint32_t echoes[PROCS_MAX] = {0};
    (void)state;
    joins[D4].engaged = D2;
    roster_add(&joins[D4].members, D3, life_of(D3) + 1);
    reps_members(&h, &OURS, &reps, &members, echoes);
    assert_int_equal(members.inc[D3], life_of(D3));
    assert_int_equal(echoes[D3], 300 + D3);
    peers[D3].life.inc = 0; /* nothing is known of it here */
    reps_members(&h, &OURS, &reps, &members, echoes);
    assert_int_equal(members.inc[D3], life_of(D3) + 1);
}

static void a_smaller_leader_courts_us_while_it_says_so_and_hears_us(void **state)
{
    const usec join = 250 * USEC_MS;
    struct hearing h = all_speak();
    (void)state;
    assert_false(reps_is_courted(&h, join, BEGAN)); /* it looks for a ring itself */
    joins[D0].kind = JOIN_RING;
    assert_true(reps_is_courted(&h, join, BEGAN));
    assert_true(reps_is_courted(&h, join, BEGAN + 2 * join));
    assert_false(reps_is_courted(&h, join, BEGAN + 2 * join + 1));
    peers[D0].shunning.until = BEGAN + 1;
    assert_false(reps_is_courted(&h, join, BEGAN));
    assert_true(reps_is_courted(&h, join, BEGAN + 1));
    roster_remove(&peers[D0].said.heard, D2);
    assert_false(reps_is_courted(&h, join, BEGAN + 1));
}

static void a_larger_leader_does_not_court_us(void **state)
{
    struct hearing h = all_speak();
    (void)state;
    joins[D4].kind = JOIN_RING;
    assert_false(reps_is_courted(&h, 250 * USEC_MS, BEGAN));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_of_each_segment_that_was_in_the_ring_is_expected_to_speak),
        cmocka_unit_test(who_has_said_no_join_in_this_search_speaks_for_nobody),
        cmocka_unit_test(those_who_do_not_hear_each_other_are_not_chosen_together),
        cmocka_unit_test(those_whose_members_do_not_go_together_are_not_chosen_together),
        cmocka_unit_test(what_a_rep_itself_says_of_pairs_counts_too_in_either_order),
        cmocka_unit_test(all_agree_when_each_who_is_expected_has_answered_and_engages_to_the_first),
        cmocka_unit_test(they_have_all_when_nobody_of_the_configuration_is_missing),
        cmocka_unit_test(a_ring_has_our_members_and_those_of_who_is_engaged_to_us),
        cmocka_unit_test(who_is_claimed_twice_comes_in_once_as_we_know_it),
        cmocka_unit_test(a_smaller_leader_courts_us_while_it_says_so_and_hears_us),
        cmocka_unit_test(a_larger_leader_does_not_court_us),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
