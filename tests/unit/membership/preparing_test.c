/* SPDX-License-Identifier: MIT
 *
 * A dry run of a merge: segments {d0 d1 d2} and {d3 d4}. We are d1 and lead {d1 d2}; d0 is alone, and d3
 * leads {d3 d4}. The ring to be has all five.
 */
#include "tests/support/test.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/membership/preparing.h"
#include "tests/support/conf.h"

enum { D0, D1, D2, D3, D4, DAEMONS, PREP = 4711, GATHER = 1250 * USEC_MS };

static const struct procset OURS = {{1 << D1 | 1 << D2}};

static struct peer peers[DAEMONS];
static struct join ring_of_d3;
static struct preparing prep;

static uint32_t life_of(unsigned i)
{
    return 100 + i;
}

/* All hear all, and all have answered. */
static int begin(void **state)
{
    static struct trial t;
    memset(peers, 0, sizeof peers);
    memset(&ring_of_d3, 0, sizeof ring_of_d3);
    prep = (struct preparing){.prep = PREP, .coordinator = D1, .mine = true};
    prep.heard = memory_new(PROCS_MAX * sizeof prep.heard[0]);
    for (unsigned i = 0; i < DAEMONS; i++) {
        roster_add(&prep.members, i, life_of(i));
        procset_add(&prep.ready, i);
        for (unsigned k = 0; k < DAEMONS; k++)
            roster_add(&prep.heard[i], k, life_of(k));
        peer_note_hop_tag(&peers[i], PREP);
        peer_note_hop_tag(&peers[i], segment_tag(PREP));
    }
    ring_of_d3.kind = JOIN_RING;
    roster_add(&ring_of_d3.members, D3, life_of(D3));
    roster_add(&ring_of_d3.members, D4, life_of(D4));
    peers[D3].join_at = 1;
    peers[D3].join = &ring_of_d3;
    t = (struct trial){.prep = &prep, .conf = test_conf("ABC|DE"), .peers = peers, .ring = &OURS,
                       .self = D1};
    *state = &t;
    return 0;
}

static int end(void **state)
{
    struct trial *t = *state;
    preparing_end(&prep);
    free((void *)t->conf);
    return 0;
}

static void forget_tags(unsigned i)
{
    memset(peers[i].hop_tags, 0, sizeof peers[i].hop_tags);
}

static void one_listens_for_four_rotations_and_not_less_than_sixty_milliseconds(void **state)
{
    (void)state;
    assert_int_equal(preparing_patience(0, GATHER), 60 * USEC_MS);
    assert_int_equal(preparing_patience(15 * USEC_MS, GATHER), 60 * USEC_MS);
    assert_int_equal(preparing_patience(20 * USEC_MS, GATHER), 80 * USEC_MS);
}

static void whoever_has_known_slow_rotations_only_answers_before_the_trial_ends(void **state)
{
    (void)state;
    assert_int_equal(preparing_limit(GATHER), 625 * USEC_MS);
    assert_in_range(preparing_patience(200 * USEC_MS, GATHER), 60 * USEC_MS, 400 * USEC_MS);
    assert_true(preparing_patience(0, 100 * USEC_MS) < preparing_limit(100 * USEC_MS));
}

static void a_member_has_to_hear_its_predecessor_and_its_segment(void **state)
{
    struct trial *t = *state;
    assert_int_equal(preparing_neighbours(t).bits[0], 1 << D0 | 1 << D2);
    assert_int_equal(preparing_heard(t).in.bits[0], 1 << D0 | 1 << D2);
    forget_tags(D3); /* nobody asks for that */
    assert_true(preparing_hears_all(t));
    t->self = D3; /* its predecessor is of the other segment */
    assert_int_equal(preparing_neighbours(t).bits[0], 1 << D4);
    assert_int_equal(preparing_heard(t).in.bits[0], 1 << D2 | 1 << D4);
    assert_int_equal(preparing_heard(t).inc[D2], life_of(D2));
}

static void the_predecessor_must_be_heard_at_our_own_address_the_segment_at_its_own(void **state)
{
    struct trial *t = *state;
    forget_tags(D0);
    peer_note_hop_tag(&peers[D0], segment_tag(PREP));
    assert_int_equal(preparing_heard(t).in.bits[0], 1 << D2);
    assert_false(preparing_hears_all(t));
    forget_tags(D0);
    peer_note_hop_tag(&peers[D0], PREP);
    assert_false(preparing_hears_all(t));
    peer_note_hop_tag(&peers[D0], segment_tag(PREP));
    assert_true(preparing_hears_all(t));
    forget_tags(D2);
    peer_note_hop_tag(&peers[D2], segment_tag(PREP)); /* it does not come before us */
    assert_true(preparing_hears_all(t));
    t->self = D3;
    forget_tags(D2);
    peer_note_hop_tag(&peers[D2], PREP); /* it is not of our segment */
    assert_true(preparing_hears_all(t));
}

static void what_was_said_in_another_trial_does_not_count(void **state)
{
    struct trial *t = *state;
    prep.prep++;
    assert_false(preparing_hears_all(t));
    assert_int_equal(preparing_heard(t).in.bits[0], 0);
}

/* -- as the coordinator ------------------------------------------------------------------------ */

static void who_has_heard_all_whom_it_should_has_missed_nobody(void **state)
{
    const struct trial *t = *state;
    for (unsigned i = 0; i < DAEMONS; i++)
        assert_int_equal(preparing_unheard_by(t, i), NO_PROC);
    roster_remove(&prep.heard[D4], D1); /* of another segment, and not before it */
    assert_int_equal(preparing_unheard_by(t, D4), NO_PROC);
}

static void who_does_not_hear_its_predecessor_or_one_of_its_segment_is_found(void **state)
{
    const struct trial *t = *state;
    roster_remove(&prep.heard[D0], D2);
    assert_int_equal(preparing_unheard_by(t, D0), D2);
    roster_remove(&prep.heard[D0], D4); /* before it */
    assert_int_equal(preparing_unheard_by(t, D0), D4);
    roster_add(&prep.heard[D3], D2, life_of(D2) + 1); /* in another life */
    assert_int_equal(preparing_unheard_by(t, D3), D2);
}

static void two_of_our_ring_live_with_it_already(void **state)
{
    struct trial *t = *state;
    roster_remove(&prep.heard[D1], D2);
    assert_int_equal(preparing_unheard_by(t, D1), NO_PROC);
    const struct procset without_d2 = {{1 << D1}};
    t->ring = &without_d2;
    assert_int_equal(preparing_unheard_by(t, D1), D2);
    const struct procset without_d1 = {{1 << D2}};
    t->ring = &without_d1;
    assert_int_equal(preparing_unheard_by(t, D1), D2);
}

static void who_has_not_answered_is_there_if_another_one_has_heard_it(void **state)
{
    struct trial *t = *state;
    prep.ready = (struct procset){{1 << D1 | 1 << D2}};
    assert_true(preparing_is_there(t, D0));
    roster_remove(&prep.heard[D1], D0);
    assert_true(preparing_is_there(t, D0));
    roster_remove(&prep.heard[D2], D0);
    assert_false(preparing_is_there(t, D0));
}

static void or_if_it_is_in_the_ring_of_one_who_has(void **state)
{
    struct trial *t = *state;
    prep.ready = (struct procset){{1 << D3}};
    roster_remove(&prep.heard[D3], D4);
    assert_true(preparing_is_there(t, D4));
    ring_of_d3.members.inc[D4]++;
    assert_false(preparing_is_there(t, D4));
    ring_of_d3.members.inc[D4]--;
    ring_of_d3.kind = JOIN_SEGMENT;
    assert_false(preparing_is_there(t, D4));
    ring_of_d3.kind = JOIN_RING;
    peers[D3].join_at = 0;
    assert_false(preparing_is_there(t, D4));
}

static void strangers_that_did_not_answer_are_blamed_and_the_rings_that_they_are_in(void **state)
{
    struct trial *t = *state;
    assert_int_equal(preparing_strangers(t).bits[0], 1 << D0 | 1 << D3 | 1 << D4);
    procset_remove(&prep.ready, D0);
    assert_int_equal(preparing_blamed(t).bits[0], 1 << D0);
    procset_add(&prep.ready, D0);
    procset_remove(&prep.ready, D4);
    assert_int_equal(preparing_blamed(t).bits[0], 1 << D3 | 1 << D4);
    procset_remove(&ring_of_d3.members.in, D4);
    assert_int_equal(preparing_blamed(t).bits[0], 1 << D4);
}

static void all_strangers_are_blamed_if_only_members_of_our_own_ring_did_not_answer(void **state)
{
    struct trial *t = *state;
    procset_remove(&prep.ready, D2);
    assert_int_equal(preparing_blamed(t).bits[0], 1 << D0 | 1 << D3 | 1 << D4);
}

#define IN_TRIAL(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_listens_for_four_rotations_and_not_less_than_sixty_milliseconds),
        cmocka_unit_test(whoever_has_known_slow_rotations_only_answers_before_the_trial_ends),
        IN_TRIAL(a_member_has_to_hear_its_predecessor_and_its_segment),
        IN_TRIAL(the_predecessor_must_be_heard_at_our_own_address_the_segment_at_its_own),
        IN_TRIAL(what_was_said_in_another_trial_does_not_count),
        IN_TRIAL(who_has_heard_all_whom_it_should_has_missed_nobody),
        IN_TRIAL(who_does_not_hear_its_predecessor_or_one_of_its_segment_is_found),
        IN_TRIAL(two_of_our_ring_live_with_it_already),
        IN_TRIAL(who_has_not_answered_is_there_if_another_one_has_heard_it),
        IN_TRIAL(or_if_it_is_in_the_ring_of_one_who_has),
        IN_TRIAL(strangers_that_did_not_answer_are_blamed_and_the_rings_that_they_are_in),
        IN_TRIAL(all_strangers_are_blamed_if_only_members_of_our_own_ring_did_not_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
