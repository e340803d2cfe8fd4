/* SPDX-License-Identifier: MIT
 *
 * Who makes a ring: whom it asks, which answers count, when it makes the plan and when the ring begins.
 * The rules are those of form.c; A asks B and C. What holds for who is asked: belief_test.c.
 */
#include "tests/support/test.h"

#include "daemon/base/memory.h"
#include "tests/unit/membership/fleet.h"

enum { A, B, C, DAEMONS, NONCE = 77 };

/* Of what it coordinates; the old ring is the one that all are in. */
static union control acceptance(const struct core *a, unsigned from)
{
    return (union control){.accept = {.ring = a->forming.ring,
                                      .nonce = NONCE + from,
                                      .old_ring = a->forming.own.accept.old_ring,
                                      .aru = a->forming.own.accept.aru,
                                      .high = a->forming.own.accept.high,
                                      .stable = a->forming.own.accept.stable,
                                      .have = a->forming.own.accept.have,
                                      .packet_size = 1400}};
}

/* Who proposes to all that it is the smallest of, and has the acceptances of the next so many. */
static struct core *coordinate_as(struct fleet *f, unsigned who, unsigned accepted)
{
    struct core *c = f->cores[who];
    struct roster members = fleet_roster(f);
    for (unsigned i = 0; i < who; i++)
        roster_remove(&members, i);
    states_move(c, form_propose(c, &members, ECHO_TOKEN, WHY_MERGE, f->now), f->now);
    for (unsigned i = who + 1; i <= who + accepted; i++) {
        union control m = acceptance(c, i);
        fleet_handle(f, who, form_accept, i, &m);
    }
    return c;
}

static struct core *coordinate(struct fleet *f, unsigned accepted)
{
    return coordinate_as(f, A, accepted);
}

/* -- PROPOSE ------------------------------------------------------------------------------- */

/* F5. */
static void who_has_not_answered_is_asked_again_and_nobody_else(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 1);
    struct procset to = fleet_said(f, A, PACKET_PROPOSE, NULL);
    assert_int_equal(procset_count(&to), 2);
    states_move(a, form_c_resend(a, f->now), f->now);
    to = fleet_said(f, A, PACKET_PROPOSE, NULL);
    assert_int_equal(procset_count(&to), 1);
    assert_true(procset_has(&to, C));
}

/* B takes its own proposal back when it hears of A's, and C is free a moment later. */
static void who_is_bound_to_a_member_of_the_ring_to_be_is_asked_again(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 0);
    struct ring_id ring = a->forming.ring;
    union control m = {
        .refuse = {.ring = ring, .reason = REFUSE_BUSY, .busy = {.epoch = 1, .leader = B}}};
    fleet_handle(f, A, form_refuse, C, &m);
    assert_true(ring_id_equal(&a->forming.ring, &ring));
    m.refuse.busy.leader = C;
    fleet_handle(f, A, form_refuse, C, &m); /* it coordinates itself, and cannot be stopped */
    assert_false(procset_has(&a->forming.members.in, C));
}

/* F6: nobody is left out for it, or two healthy rings would never come together. */
static void a_stale_epoch_is_raised_above_what_was_promised_and_all_are_asked_again(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 1);
    struct ring_id first = a->forming.ring;
    struct procset members = a->forming.members.in;
    union control m = {.refuse = {.ring = first, .reason = REFUSE_STALE, .promised = first.epoch + 10}};
    fleet_said(f, A, PACKET_PROPOSE, NULL);
    fleet_handle(f, A, form_refuse, C, &m);
    assert_int_equal(a->state, CORE_FORM_C);
    assert_true(a->forming.ring.epoch > first.epoch + 10);
    assert_true(ring_id_equal(&a->forming.row.last, &first));
    assert_true(procset_equal(&a->forming.members.in, &members));
    struct procset to = fleet_said(f, A, PACKET_PROPOSE, NULL);
    assert_true(procset_has(&to, B) && procset_has(&to, C));
}

/* F6: the next proposal says which one it takes the place of. */
static void who_has_not_accepted_in_time_is_left_out_but_never_who_asks(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 1);
    struct ring_id first = a->forming.ring;
    states_move(a, form_c_late(a, f->now), f->now);
    assert_int_equal(a->state, CORE_FORM_C);
    assert_true(ring_id_equal(&a->forming.row.last, &first));
    assert_int_equal(a->forming.ring.epoch, first.epoch + 2);
    assert_true(procset_has(&a->forming.members.in, B));
    assert_false(procset_has(&a->forming.members.in, C));
    states_move(a, form_c_late(a, f->now), f->now);
    assert_string_equal(fleet_view(f, 'A'), "A");
}

/* A's proposal, which shows that B was heard a moment ago. */
static union control proposal_to(struct fleet *f, unsigned to, uint16_t leader)
{
    struct core *c = f->cores[to];
    sayings_next(&c->sayings, f->now);
    union control m = {.propose = {.ring = {.epoch = c->epochs.promised + 2, .leader = leader,
                                            .nonce = NONCE},
                                   .members = fleet_roster(f),
                                   .echo = ECHO_SAYING,
                                   .echoed = c->sayings.last}};
    return m;
}

/* F2: whoever has accepted is told at once, and need not wait until it takes us for dead. */
static void who_asks_gives_way_to_a_smaller_one_and_takes_its_proposal_back(void **state)
{
    static union control said[DAEMONS];
    struct fleet *f = *state;
    struct core *b = f->cores[B];
    coordinate_as(f, B, 0); /* and C has accepted, but a fourth has not */
    union control own = {.form_ring = {.ring = b->forming.ring}};
    procset_add(&b->forming.lead.accepted, C);
    union control m = proposal_to(f, B, A);
    fleet_handle(f, B, any_propose, A, &m);
    assert_int_equal(b->state, CORE_FORM_M);
    assert_true(ring_id_equal(&b->forming.ring, &m.propose.ring));
    struct procset to = fleet_said(f, B, PACKET_ABORT, said);
    assert_int_equal(procset_count(&to), 1);
    assert_true(procset_has(&to, C));
    assert_true(ring_id_equal(&said[C].form_ring.ring, &own.form_ring.ring));
}

/* F2. */
static void who_asks_gives_way_neither_to_a_larger_one_nor_when_all_have_accepted(void **state)
{
    static union control said[DAEMONS];
    struct fleet *f = *state;
    struct core *b = coordinate_as(f, B, 0);
    union control of_c = proposal_to(f, B, C);
    fleet_handle(f, B, any_propose, C, &of_c);
    assert_int_equal(b->state, CORE_FORM_C);
    union control m = acceptance(b, C);
    fleet_handle(f, B, form_accept, C, &m);
    assert_int_equal(b->state, CORE_RECOV);
    union control of_a = proposal_to(f, B, A);
    fleet_handle(f, B, any_propose, A, &of_a);
    assert_int_equal(b->state, CORE_RECOV);
    struct procset to = fleet_said(f, B, PACKET_REFUSE, said);
    assert_true(procset_has(&to, A) && procset_has(&to, C));
    assert_int_equal(said[A].refuse.reason, REFUSE_BUSY);
    assert_int_equal(said[A].refuse.busy.leader, B);
}

/* -- ACCEPT, and the plan ------------------------------------------------------------------ */

static void only_acceptances_of_this_proposal_count(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 0);
    union control m = acceptance(a, B);
    m.accept.ring.epoch -= 2;
    fleet_handle(f, A, form_accept, B, &m);
    assert_int_equal(procset_count(&a->forming.lead.accepted), 1);
    m.accept.ring.epoch += 2;
    fleet_handle(f, A, form_accept, B, &m);
    assert_int_equal(procset_count(&a->forming.lead.accepted), 2);
}

/* C has a packet of the old ring that the others miss. */
static union control acceptance_with_one_more(const struct core *a)
{
    union control m = acceptance(a, C);
    m.accept.have = (struct seqmap){.from = m.accept.aru, .count = 1};
    m.accept.high = m.accept.aru + 1;
    seqmap_add(&m.accept.have, m.accept.high);
    return m;
}

/* F7: the plan is of all acceptances, and each is told what it is to do by its own. */
static void the_plan_is_made_when_the_last_one_has_accepted_and_each_is_told_its_part(void **state)
{
    static union control said[DAEMONS];
    struct fleet *f = *state;
    struct core *a = coordinate(f, 1);
    struct procset to = fleet_said(f, A, PACKET_COMMIT, NULL);
    assert_true(procset_empty(&to));
    assert_int_equal(a->state, CORE_FORM_C);

    union control m = acceptance_with_one_more(a);
    fleet_handle(f, A, form_accept, C, &m);
    assert_int_equal(a->state, CORE_RECOV);
    to = fleet_said(f, A, PACKET_COMMIT, said);
    assert_int_equal(procset_count(&to), 2);
    for (unsigned i = B; i <= C; i++) {
        const struct commit *plan = &said[i].commit;
        assert_true(procset_has(&to, i));
        assert_true(ring_id_equal(&plan->ring, &a->forming.ring));
        assert_int_equal(plan->nonce, NONCE + i);
        assert_int_equal(procset_count(&plan->members.in), DAEMONS);
        assert_int_equal(procset_count(&plan->together), DAEMONS);
        assert_true(ring_id_equal(&plan->old_ring, &m.accept.old_ring));
        assert_true(seqmap_has(&plan->present, m.accept.high));
        assert_int_equal(seqmap_has(&plan->resend, m.accept.high), i == C);
    }
    assert_false(ring_is_complete(a->ring)); /* it waits for that packet like any member */
}

static void only_recoveries_by_this_plan_count(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 2);
    assert_int_equal(a->state, CORE_RECOV);
    union control m = {.recovered = {.ring = a->forming.ring, .nonce = NONCE + B + 1000}};
    fleet_handle(f, A, form_recovered, B, &m);
    assert_false(procset_has(&a->forming.lead.complete, B));
    m.recovered.nonce = NONCE + B;
    m.recovered.ring.nonce++;
    fleet_handle(f, A, form_recovered, B, &m);
    assert_false(procset_has(&a->forming.lead.complete, B));
    m.recovered.ring.nonce--;
    fleet_handle(f, A, form_recovered, B, &m);
    assert_true(procset_has(&a->forming.lead.complete, B));
    fleet_handle(f, A, form_recovered, C, &m); /* the nonce of another */
    assert_false(procset_has(&a->forming.lead.complete, C));
}

static void only_answers_to_this_trial_count(void **state)
{
    struct fleet *f = *state;
    struct core *a = f->cores[A];
    a->preparing.prep = 5;
    a->preparing.mine = true;
    a->preparing.members = fleet_roster(f);
    a->preparing.heard = memory_new(PROCS_MAX * sizeof a->preparing.heard[0]);
    union control m = {.ready = {.prep = 4}};
    fleet_handle(f, A, oper_ready, B, &m);
    assert_true(procset_empty(&a->preparing.ready));
    m.ready.prep = 5;
    fleet_handle(f, A, oper_ready, B, &m);
    assert_true(procset_has(&a->preparing.ready, B));
}

/* -- INSTALL ------------------------------------------------------------------------------- */

/* F11: and all hear whom the token comes from. */
static void a_ring_begins_when_all_have_recovered_and_hear_their_predecessors(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate(f, 2);
    union control hop = {.hopchk = {.tag = ring_id_tag(&a->forming.ring)}};
    union control m = {.recovered = {.ring = a->forming.ring, .predecessor = true}};
    assert_int_equal(a->state, CORE_RECOV);
    m.recovered.nonce = NONCE + B;
    fleet_handle(f, A, form_recovered, B, &m);
    assert_int_equal(a->state, CORE_RECOV); /* C has not */
    m.recovered.nonce = NONCE + C;
    m.recovered.predecessor = false;
    fleet_handle(f, A, form_recovered, C, &m);
    fleet_handle(f, A, any_hopchk, C, &hop);
    assert_int_equal(a->state, CORE_RECOV); /* C does not hear B */
    m.recovered.predecessor = true;
    fleet_handle(f, A, form_recovered, C, &m);
    assert_int_equal(a->state, CORE_OPER);
}

/* All have accepted, and then A hears nobody any more; so it will go on without them. */
static struct core *coordinate_and_be_cut_off(struct fleet *f)
{
    struct core *a = coordinate(f, 2);
    fleet_cut_both(f, "A", "BC", true);
    fleet_run(f, ms(f->conf->timeouts.form) / 2 - USEC_MS); /* when it looks who is silent */
    assert_int_equal(a->state, CORE_RECOV);
    return a;
}

static void nobody_is_left_out_of_a_ring_that_has_begun(void **state)
{
    struct fleet *f = *state;
    struct core *a = coordinate_and_be_cut_off(f);
    union control hop = {.hopchk = {.tag = ring_id_tag(&a->forming.ring)}};
    fleet_handle(f, A, any_hopchk, C, &hop);
    for (unsigned i = B; i <= C; i++) {
        union control m = {.recovered = {.ring = a->forming.ring, .nonce = NONCE + i, .predecessor = true}};
        fleet_handle(f, A, form_recovered, i, &m);
    }
    fleet_run(f, 2 * USEC_MS);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
}

static void who_is_silent_before_it_begins_is_left_out(void **state)
{
    struct fleet *f = *state;
    coordinate_and_be_cut_off(f);
    fleet_run(f, 2 * USEC_MS);
    assert_string_equal(fleet_view(f, 'A'), "A");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FLEET(who_has_not_answered_is_asked_again_and_nobody_else),
        IN_FLEET(who_is_bound_to_a_member_of_the_ring_to_be_is_asked_again),
        IN_FLEET(a_stale_epoch_is_raised_above_what_was_promised_and_all_are_asked_again),
        IN_FLEET(who_has_not_accepted_in_time_is_left_out_but_never_who_asks),
        IN_FLEET(who_asks_gives_way_to_a_smaller_one_and_takes_its_proposal_back),
        IN_FLEET(who_asks_gives_way_neither_to_a_larger_one_nor_when_all_have_accepted),
        IN_FLEET(only_acceptances_of_this_proposal_count),
        IN_FLEET(the_plan_is_made_when_the_last_one_has_accepted_and_each_is_told_its_part),
        IN_FLEET(only_recoveries_by_this_plan_count),
        IN_FLEET(only_answers_to_this_trial_count),
        IN_FLEET(a_ring_begins_when_all_have_recovered_and_hear_their_predecessors),
        IN_FLEET(nobody_is_left_out_of_a_ring_that_has_begun),
        IN_FLEET(who_is_silent_before_it_begins_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
