/* SPDX-License-Identifier: MIT
 *
 * Whether a proposal, and what follows from it, is believed: the rules of form.c for members, each broken
 * by one packet. C is asked, A is who asks. What holds for who asks: proposing_test.c.
 */
#include "tests/support/test.h"

#include "tests/unit/membership/fleet.h"

enum { A, B, C, DAEMONS, NONCE = 77 };

/* As an honest one would be, of so much more than what C has promised. */
static union control proposal(const struct fleet *f, uint16_t leader, uint64_t above)
{
    const struct core *c = f->cores[C];
    union control m = {.propose = {.ring = {.epoch = c->epochs.promised + above, .leader = leader,
                                            .nonce = NONCE},
                                   .members = fleet_roster(f),
                                   .echo = ECHO_SAYING,
                                   .echoed = c->sayings.last}};
    for (unsigned i = 0; i < leader; i++)
        roster_remove(&m.propose.members, i);
    return m;
}

static bool is_bound_to(const struct fleet *f, const union control *m)
{
    const struct core *c = f->cores[C];
    return c->state == CORE_FORM_M && ring_id_equal(&c->forming.ring, &m->propose.ring);
}

static void refresh_saying(struct fleet *f)
{
    sayings_next(&f->cores[C]->sayings, f->now);
}

/* -- PROPOSE ------------------------------------------------------------------------------- */

static void who_was_heard_a_moment_ago_may_be_asked(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    assert_true(is_bound_to(f, &m));
}

static void a_proposal_that_shows_a_saying_of_long_ago_is_not_believed(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_run(f, 5 * USEC_SECOND); /* no packet is under way so long */
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void a_proposal_that_shows_a_saying_that_never_was_is_not_believed(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    m.propose.echoed += 1000;
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void a_proposal_of_another_ring_is_not_shown_near_by_its_token(void **state)
{
    struct fleet *f = *state;
    union control m = proposal(f, A, 2);
    m.propose.echo = ECHO_TOKEN;
    m.propose.echoed = ring_round(f->cores[C]->ring);
    m.propose.tag = ring_id_tag(ring_id(f->cores[C]->ring)) + 1;
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
    m.propose.tag--;
    m.propose.echoed -= 1000;
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
    m.propose.echoed += 1000;
    fleet_handle(f, C, any_propose, A, &m);
    assert_true(is_bound_to(f, &m));
}

static void a_proposal_that_is_not_above_what_was_promised_is_refused(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 0);
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void a_proposal_to_a_former_life_is_refused(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    m.propose.members.inc[C]++;
    fleet_handle(f, C, any_propose, A, &m);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void who_is_bound_is_bound_until_its_coordinator_is_silent(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control first = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &first);
    union control second = proposal(f, B, 2);
    fleet_handle(f, C, any_propose, B, &second);
    assert_true(is_bound_to(f, &first));
    f->cores[C]->forming.own.coordinator_at = f->now - ms(f->conf->timeouts.form) / 2 + 1;
    fleet_handle(f, C, any_propose, B, &second);
    assert_true(is_bound_to(f, &first));
    f->cores[C]->forming.own.coordinator_at--; /* half of FormTimeout */
    fleet_handle(f, C, any_propose, B, &second);
    assert_true(is_bound_to(f, &second));
}

/* F2: a coordinator that raises its epoch, or leaves somebody out, cannot have heard a saying since. */
static void a_coordinator_replaces_its_own_proposal_without_showing_that_we_are_near(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control first = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &first);
    union control next = proposal(f, A, 2);
    next.propose.echoed += 1000; /* never was */
    next.propose.supersedes = first.propose.ring;
    next.propose.supersedes.nonce++;
    fleet_handle(f, C, any_propose, A, &next);
    assert_true(is_bound_to(f, &first));
    next.propose.supersedes.nonce--;
    fleet_handle(f, C, any_propose, A, &next);
    assert_true(is_bound_to(f, &next));
}

static void nobody_replaces_the_proposal_of_another(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control first = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &first);
    union control next = proposal(f, B, 2);
    next.propose.echoed += 1000;
    next.propose.supersedes = first.propose.ring;
    f->cores[C]->forming.own.coordinator_at = 0; /* it is not bound any more */
    fleet_handle(f, C, any_propose, B, &next);
    assert_true(is_bound_to(f, &first));
}

/* C has left the attempt: what A says of it now is as old as anything. */
static void a_proposal_that_was_given_up_is_not_replaced(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control first = proposal(f, A, 2), abort = {.form_ring = {.ring = first.propose.ring}};
    fleet_handle(f, C, any_propose, A, &first);
    fleet_handle(f, C, form_abort, A, &abort);
    union control next = proposal(f, A, 2);
    next.propose.echoed += 1000;
    next.propose.supersedes = first.propose.ring;
    fleet_handle(f, C, any_propose, A, &next);
    assert_int_equal(f->cores[C]->state, CORE_SEG);
}

static void a_coordinator_takes_back_its_own_proposal_only(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2), abort = {.form_ring = {.ring = m.propose.ring}};
    fleet_handle(f, C, any_propose, A, &m);
    fleet_handle(f, C, form_abort, B, &abort);
    assert_true(is_bound_to(f, &m));
    abort.form_ring.ring.nonce++;
    fleet_handle(f, C, form_abort, A, &abort);
    assert_true(is_bound_to(f, &m));
    abort.form_ring.ring.nonce--;
    fleet_handle(f, C, form_abort, A, &abort);
    assert_int_equal(f->cores[C]->state, CORE_SEG);
}

/* -- COMMIT and INSTALL -------------------------------------------------------------------- */

static union control plan_for(const struct fleet *f, const union control *m)
{
    const struct core *c = f->cores[C];
    return (union control){.commit = {.ring = m->propose.ring,
                                      .nonce = c->forming.own.accept.nonce,
                                      .members = m->propose.members,
                                      .packet_size = 1400,
                                      .old_ring = *ring_id(c->ring),
                                      .together = {{7}},
                                      .obligations = {{7}}}};
}

static void a_plan_counts_for_the_acceptance_it_was_made_from_only(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    union control right = plan_for(f, &m), wrong = right;
    wrong.commit.nonce++;
    fleet_handle(f, C, form_commit, A, &wrong);
    wrong = right;
    wrong.commit.ring.nonce++;
    fleet_handle(f, C, form_commit, A, &wrong);
    wrong = right;
    wrong.commit.old_ring.nonce++;
    fleet_handle(f, C, form_commit, A, &wrong);
    wrong = right;
    procset_remove(&wrong.commit.together, C);
    fleet_handle(f, C, form_commit, A, &wrong);
    fleet_handle(f, C, form_commit, B, &right);
    assert_true(is_bound_to(f, &m));
    fleet_handle(f, C, form_commit, A, &right);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
}

/* So many packets of the old ring are missing here. */
static union control recover(struct fleet *f, uint32_t missing)
{
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    union control plan = plan_for(f, &m);
    plan.commit.present.from = f->cores[C]->forming.own.accept.high;
    plan.commit.present.count = missing;
    for (uint32_t i = 1; i <= missing; i++)
        seqmap_add(&plan.commit.present, plan.commit.present.from + i);
    fleet_handle(f, C, form_commit, A, &plan);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    return m;
}

static void a_ring_is_installed_that_was_planned_and_no_other(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 0), install_it = {.form_ring = {.ring = m.propose.ring}};
    install_it.form_ring.ring.epoch -= 2;
    fleet_handle(f, C, recov_install, A, &install_it);
    install_it.form_ring.ring.epoch += 2;
    fleet_handle(f, C, recov_install, B, &install_it);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    fleet_handle(f, C, recov_install, A, &install_it);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void nothing_is_installed_while_packets_are_missing(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 1), install_it = {.form_ring = {.ring = m.propose.ring}};
    fleet_handle(f, C, recov_install, A, &install_it);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    assert_false(f->cores[C]->forming.own.recovered);
}

/* F8: C cannot go on without what somebody else has, and is alive. */
static unsigned signs_of_life;

static void count_signs(union control *m, unsigned type)
{
    signs_of_life += type == PACKET_RNACK && m->rnack.attempt == 0 && m->rnack.missing.count > 0;
}

static void who_waits_for_packets_tells_its_coordinator_that_it_lives(void **state)
{
    struct fleet *f = *state;
    signs_of_life = 0;
    f->liar = 'C';
    f->lie = count_signs;
    recover(f, 1);
    fleet_cut(f, "AB", "C", true);
    fleet_run(f, 200 * USEC_MS);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    assert_true(signs_of_life >= 3); /* none for a quarter of FormTimeout would be taken for its death */
}

/* F11: INSTALL was lost, and the new ring turns. */
static void hear_token(struct fleet *f, const struct ring_id *ring, int from, uint64_t inc)
{
    union control m = {.token = {.ring = *ring, .hop = 1, .round = 1, .aru_setter = NO_PROC}};
    struct received p = {.header = {.type = PACKET_TOKEN, .sender = (uint16_t)from, .receiver = C,
                                    .incarnation = inc}};
    struct move move = recov_token(f->cores[C], &p, &m, f->now);
    states_move(f->cores[C], move, f->now);
}

static void a_token_of_the_ring_to_be_is_as_good_as_install(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 0);
    struct ring_id ring = m.propose.ring;
    uint64_t life = core_incarnation(f->cores[B]);
    hear_token(f, &ring, B, life + 1);
    ring.nonce++;
    hear_token(f, &ring, B, life);
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    hear_token(f, &m.propose.ring, B, life);
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void a_token_of_the_ring_to_be_is_nothing_to_one_that_has_not_recovered(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 1);
    hear_token(f, &m.propose.ring, B, core_incarnation(f->cores[B]));
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
}

/* True: it is to be heard in the state that C comes to, which is to say that it is kept. */
static bool hear_data(struct fleet *f, uint64_t tag, int from)
{
    uint8_t body[DATA_HEADER + 64] = {0};
    struct data_header h = {.tag = tag, .seq = 1, .parts = 1};
    struct part part = {.flags = PART_WHOLE, .len = 1, .bytes = (uint8_t[]){'x'}};
    struct received p = {.header = {.type = PACKET_DATA, .sender = (uint16_t)from, .receiver = C,
                                    .incarnation = core_incarnation(f->cores[from]),
                                    .body_len = (uint16_t)(DATA_HEADER + data_part_size(true, 1))},
                         .body = body};
    data_encode_header(body, &h);
    data_put_part(body + DATA_HEADER, &part);
    struct move move = recov_data(f->cores[C], &p, NULL, f->now);
    states_move(f->cores[C], move, f->now);
    return move.hear;
}

static void a_packet_of_the_ring_to_be_is_as_good_as_install_and_is_kept(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 0);
    assert_false(hear_data(f, ring_id_tag(&m.propose.ring) + 1, B));
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
    assert_true(hear_data(f, ring_id_tag(&m.propose.ring), B));
    assert_int_equal(f->cores[C]->state, CORE_OPER);
}

static void a_packet_of_the_ring_to_be_is_nothing_to_one_that_has_not_recovered(void **state)
{
    struct fleet *f = *state;
    union control m = recover(f, 1);
    assert_false(hear_data(f, ring_id_tag(&m.propose.ring), B));
    assert_int_equal(f->cores[C]->state, CORE_RECOV);
}

/* F12: C hears nobody any more. It is not let go before FormTimeout has passed since its coordinator
 * said something, keeps what it has and owes, and suspects who was silent. */
static void wait_in_vain(struct fleet *f, enum core_state in)
{
    struct core *c = f->cores[C];
    struct ring_id old = *ring_id(c->ring);
    usec form = ms(f->conf->timeouts.form);
    struct procset owed = c->obligations;
    fleet_cut(f, "AB", "C", true);
    fleet_run(f, form / 2);
    c->forming.own.coordinator_at = f->now; /* a word of it */
    fleet_run(f, form - 1);
    assert_int_equal(c->state, in);
    assert_false(procset_has(&c->suspects, A));
    fleet_run(f, 1);
    assert_int_equal(c->state, CORE_SEG);
    assert_true(procset_has(&c->suspects, A));
    assert_true(ring_id_equal(ring_id(c->ring), &old));
    assert_true(procset_equal(&c->obligations, &owed));
}

static void who_has_accepted_waits_for_its_coordinator_no_longer_than_form_timeout(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    wait_in_vain(f, CORE_FORM_M);
}

static void who_recovers_waits_for_its_coordinator_no_longer_than_form_timeout(void **state)
{
    struct fleet *f = *state;
    recover(f, 0);
    wait_in_vain(f, CORE_RECOV);
}

/* -- what has been given up ---------------------------------------------------------------- */

/* The ABORT that should have told it got lost, or whoever proposed has begun another life. */
static void who_waits_for_a_proposal_that_was_given_up_is_told_so_at_once(void **state)
{
    struct fleet *f = *state;
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    assert_true(is_bound_to(f, &m));
    fleet_run(f, 50 * USEC_MS);
    assert_false(is_bound_to(f, &m));
}

static void who_recovers_for_a_ring_that_was_given_up_is_told_so_at_once(void **state)
{
    struct fleet *f = *state;
    recover(f, 0);
    fleet_run(f, 50 * USEC_MS);
    assert_int_not_equal(f->cores[C]->state, CORE_RECOV);
}

/* C has restarted and is in the ring again. An ALIVE of its former life comes late, which could prove
 * that life if it had not ended: it lists A, and a saying that A has said a moment ago. */
static void a_packet_of_a_life_that_has_ended_counts_no_more(void **state)
{
    struct fleet *f = *state;
    const struct core *a = f->cores[A];
    uint64_t former = core_incarnation(f->cores[C]);
    union control m;
    memset(&m, 0, sizeof m);
    fleet_kill(f, 'C');
    fleet_start(f, 'C');
    fleet_run(f, 3 * USEC_SECOND);
    assert_string_equal(fleet_view(f, 'A'), "ABC");
    uint32_t present = (uint32_t)core_incarnation(f->cores[C]), views = core_views_installed(a);

    sayings_next(&f->cores[A]->sayings, f->now);
    m.alive = (struct alive){.state = CORE_SEG, .saying = 1000};
    roster_add(&m.alive.heard, A, a->inc32);
    m.alive.heard_sayings[A] = a->sayings.last;
    fleet_hear(f, 'C', 'A', former, PACKET_ALIVE, &m);
    assert_int_equal(peer_inc32(a, C), present);
    fleet_run(f, 1 * USEC_SECOND);
    assert_int_equal(core_views_installed(a), views);
}

/* -- what holds from one step to the next ---------------------------------------------------- */

/* F10 and F12: what was owed once is owed in the next attempt, too. F4: each acceptance is another. */
static void an_attempt_that_fails_leaves_what_was_owed_in_it(void **state)
{
    struct fleet *f = *state;
    struct core *c = f->cores[C];
    assert_true(procset_empty(&c->obligations));
    union control first = recover(f, 0), abort = {.form_ring = {.ring = first.propose.ring}};
    uint32_t nonce = c->forming.own.accept.nonce;
    assert_int_equal(procset_count(&c->obligations), DAEMONS);
    fleet_handle(f, C, form_abort, A, &abort);
    assert_int_equal(c->state, CORE_SEG);
    refresh_saying(f);
    union control second = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &second);
    assert_true(is_bound_to(f, &second));
    assert_int_equal(procset_count(&c->forming.own.accept.obligations), DAEMONS);
    assert_int_not_equal(c->forming.own.accept.nonce, nonce);
}

/* F10: who says that it has recovered has all that there is. */
static void nothing_is_owed_before_all_packets_are_here(void **state)
{
    struct fleet *f = *state;
    recover(f, 1);
    assert_true(procset_empty(&f->cores[C]->obligations));
}

static void an_acceptance_is_said_again_until_the_plan_comes(void **state)
{
    struct fleet *f = *state;
    struct core *c = f->cores[C];
    refresh_saying(f);
    union control m = proposal(f, A, 2);
    fleet_handle(f, C, any_propose, A, &m);
    fleet_said(f, C, PACKET_ACCEPT, NULL);
    states_move(c, form_m_resend(c, f->now), f->now);
    struct procset to = fleet_said(f, C, PACKET_ACCEPT, NULL);
    assert_int_equal(procset_count(&to), 1);
    assert_true(procset_has(&to, A));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        IN_FLEET(who_was_heard_a_moment_ago_may_be_asked),
        IN_FLEET(a_proposal_that_shows_a_saying_of_long_ago_is_not_believed),
        IN_FLEET(a_proposal_that_shows_a_saying_that_never_was_is_not_believed),
        IN_FLEET(a_proposal_of_another_ring_is_not_shown_near_by_its_token),
        IN_FLEET(a_proposal_that_is_not_above_what_was_promised_is_refused),
        IN_FLEET(a_proposal_to_a_former_life_is_refused),
        IN_FLEET(who_is_bound_is_bound_until_its_coordinator_is_silent),
        IN_FLEET(a_coordinator_replaces_its_own_proposal_without_showing_that_we_are_near),
        IN_FLEET(nobody_replaces_the_proposal_of_another),
        IN_FLEET(a_proposal_that_was_given_up_is_not_replaced),
        IN_FLEET(a_coordinator_takes_back_its_own_proposal_only),
        IN_FLEET(a_plan_counts_for_the_acceptance_it_was_made_from_only),
        IN_FLEET(a_ring_is_installed_that_was_planned_and_no_other),
        IN_FLEET(nothing_is_installed_while_packets_are_missing),
        IN_FLEET(who_waits_for_packets_tells_its_coordinator_that_it_lives),
        IN_FLEET(a_token_of_the_ring_to_be_is_as_good_as_install),
        IN_FLEET(a_token_of_the_ring_to_be_is_nothing_to_one_that_has_not_recovered),
        IN_FLEET(a_packet_of_the_ring_to_be_is_as_good_as_install_and_is_kept),
        IN_FLEET(a_packet_of_the_ring_to_be_is_nothing_to_one_that_has_not_recovered),
        IN_FLEET(who_has_accepted_waits_for_its_coordinator_no_longer_than_form_timeout),
        IN_FLEET(who_recovers_waits_for_its_coordinator_no_longer_than_form_timeout),
        IN_FLEET(who_waits_for_a_proposal_that_was_given_up_is_told_so_at_once),
        IN_FLEET(who_recovers_for_a_ring_that_was_given_up_is_told_so_at_once),
        IN_FLEET(a_packet_of_a_life_that_has_ended_counts_no_more),
        IN_FLEET(an_attempt_that_fails_leaves_what_was_owed_in_it),
        IN_FLEET(nothing_is_owed_before_all_packets_are_here),
        IN_FLEET(an_acceptance_is_said_again_until_the_plan_comes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
