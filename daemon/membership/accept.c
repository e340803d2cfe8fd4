/* SPDX-License-Identifier: MIT
 *
 * Making a ring, as a member: accept one proposal, take over the plan, bring the packets of the old
 * ring together, install. The rules F1 to F11 stand in form.c.
 */
#include "daemon/membership/say.h"

enum { BURST_US = USEC_MS };

static usec form_timeout(const struct core *c)
{
    return ms(conf_of(c)->timeouts.form);
}

/* -- ACCEPT -------------------------------------------------------------------------------- */

static bool is_busy(const struct core *c)
{
    return c->state == CORE_FORM_C || c->state == CORE_FORM_M || c->state == CORE_RECOV;
}

/* The proposal replaces the one we are bound to. */
static bool supersedes(const struct core *c, const struct propose *q)
{
    return is_busy(c) && !coordinates(c) && ring_id_equal(&q->supersedes, &c->forming.ring) &&
           q->ring.leader == c->forming.ring.leader;
}

/* F1: it shows that we were heard a moment ago. */
static bool is_near(const struct core *c, const struct propose *q, usec now)
{
    if (supersedes(c, q))
        return true;
    if (q->echo == ECHO_SAYING)
        return is_recent_saying(c, q->echoed, now);
    return q->tag == ring_id_tag(ring_id(c->ring)) &&
           accepting_is_near(q->echoed, ring_round(c->ring));
}

/* F2: whom we are bound to has not let us down. */
static bool is_bound(const struct core *c, const struct propose *q, usec now)
{
    struct bond bond = {.any = is_busy(c),
                        .own = coordinates(c),
                        .committed = c->state == CORE_RECOV,
                        .leader = c->forming.ring.leader,
                        .heard_at = c->forming.own.coordinator_at};
    return bond_forbids(&bond, q->ring.leader, self_of(c), form_timeout(c) / 2, now);
}

bool would_tear_ring(const struct core *c, unsigned from, const struct procset *members)
{
    return c->state == CORE_OPER &&
           accepting_tears_ring(&ring_members(c->ring)->in, from, members);
}

static struct move accept_proposal(struct core *c, const struct propose *q, usec now)
{
    struct forming *f = &c->forming;
    if (coordinates(c) && c->state == CORE_FORM_C)
        for procset_each(i, &f->lead.accepted)
            if (i != self_of(c) && i != q->ring.leader)
                say_form_ring(c, PACKET_ABORT, (unsigned)i, &f->ring);
    form_reset(c);
    preparing_reset(c);
    epochs_accept(&c->epochs, q->ring.epoch);
    f->ring = q->ring;
    f->members = q->members;
    f->own.coordinator_at = now;
    make_accept(c, &f->ring, &f->own.accept);
    return move_to(CORE_FORM_M, WHY_ACCEPTED);
}

struct move any_propose(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct propose *q = &m->propose;
    uint16_t from = sender_of(p);
    if (!procset_has(&q->members.in, self_of(c)))
        return STAY;
    if (!roster_has(&q->members, self_of(c), c->inc32) ||
        would_tear_ring(c, from, &q->members.in)) {
        say_refuse(c, from, &q->ring, REFUSE_NOT_ME);
        return STAY;
    }
    if (is_busy(c) && ring_id_equal(&q->ring, &c->forming.ring)) {
        if (c->state == CORE_FORM_M)
            say_accept(c);
        return STAY;
    }
    if (!is_near(c, q, now))
        return STAY;
    if (!epochs_allow(&c->epochs, q->ring.epoch))
        say_refuse(c, from, &q->ring, REFUSE_STALE);
    else if (is_bound(c, q, now))
        say_refuse(c, from, &q->ring, REFUSE_BUSY);
    else
        return accept_proposal(c, q, now);
    return STAY;
}

struct move form_m_resend(struct core *c, usec now)
{
    say_accept(c);
    c->forming.resend_wait = forming_resend_after(c->forming.resend_wait);
    arm(c, T_RESEND, now + c->forming.resend_wait);
    return STAY;
}

/* The coordinator has not been heard for FormTimeout. */
static struct move check_coordinator(struct core *c, usec now)
{
    usec limit = c->forming.own.coordinator_at + form_timeout(c);
    if (now < limit) {
        arm(c, T_FORM, limit);
        return STAY;
    }
    procset_add(&c->suspects, c->forming.ring.leader);
    return move_to(CORE_SEG, WHY_COORDINATOR_SILENT);
}

struct move form_m_late(struct core *c, usec now)
{
    return check_coordinator(c, now);
}

struct move form_abort(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    if (!coordinates(c) && sender_of(p) == c->forming.ring.leader &&
        ring_id_equal(&m->form_ring.ring, &c->forming.ring))
        return move_to(CORE_SEG, WHY_WITHDRAWN);
    return STAY;
}

/* -- the plan ------------------------------------------------------------------------------ */

struct move form_commit(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct commit *q = &m->commit;
    if (coordinates(c) || sender_of(p) != c->forming.ring.leader ||
        !ring_id_equal(&q->ring, &c->forming.ring) || q->nonce != c->forming.own.accept.nonce ||
        !ring_id_equal(&q->old_ring, ring_id(c->ring)))
        return STAY;
    enum why why = c->state == CORE_FORM_M ? judge_commit(c, q) : NO_DOUBT;
    if (why)
        doubt(c, why, p);
    else if (c->state == CORE_FORM_M)
        return recov_begin(c, q);
    else
        arm(c, T_RESEND, now); /* it does not know yet that we have it */
    return STAY;
}

struct move recov_check(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    if (!ring_is_complete(c->ring))
        return STAY;
    if (!f->own.recovered)
        c->obligations = procset_union(&c->obligations, &f->own.owed);
    f->own.recovered = true;
    if (!coordinates(c)) {
        say_recovered(c);
        return STAY;
    }
    procset_add(&f->lead.informed, self_of(c));
    procset_add(&f->lead.complete, self_of(c));
    if (f->own.predecessor)
        procset_add(&f->lead.linked, self_of(c));
    return form_check_complete(c, now);
}

/* Packets are missing and none have come for a while: somebody else is to send them. */
static void ask_for_missing(struct core *c)
{
    struct forming *f = &c->forming;
    struct destination to = {.kind = TO_SET, .set = f->own.together};
    struct seqmap missing;
    ring_missing(c->ring, &missing);
    if (lack_look(&f->own.lack, seqmap_size(&missing)))
        say_rnack(c, &to, f->own.lack.attempt);
    if (coordinates(c))
        return;
    to = to_proc(f->ring.leader);
    say_rnack(c, &to, 0); /* a sign of life: we are not dead, we wait */
}

struct move recov_resend(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    struct destination next = to_proc((unsigned)procset_successor(&f->members.in, self_of(c)));
    if (next.proc != self_of(c))
        say_hopchk(c, &next, ring_id_tag(&f->ring));
    if (coordinates(c))
        form_recov_resend(c, now);
    if (!f->own.recovered)
        ask_for_missing(c);
    else if (!coordinates(c))
        say_recovered(c);
    f->resend_wait = forming_resend_after(f->resend_wait);
    arm(c, T_RESEND, now + f->resend_wait);
    return STAY;
}

struct move recov_pace(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    int burst = conf_of(c)->personal_window > 0 ? conf_of(c)->personal_window : 1;
    if (ring_resend(c->ring, &f->own.share, &f->own.together, burst) == burst)
        arm(c, T_PACE, now + BURST_US);
    return STAY;
}

/* Whoever comes along from the old ring may have it, but for the one who asks. */
struct move recov_rnack(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct forming *f = &c->forming;
    const struct rnack *q = &m->rnack;
    if (!ring_id_equal(&q->ring, &f->ring) ||
        !roster_has(&f->members, sender_of(p), (uint32_t)p->header.incarnation))
        return STAY;
    if (coordinates(c))
        procset_add(&f->lead.informed, sender_of(p));
    if (q->attempt == 0 || !procset_has(&f->own.together, sender_of(p)))
        return STAY;
    if (q->missing.from != f->own.share.from || q->missing.count != f->own.share.count) {
        doubt(c, DOUBT_PLAN, p);
        return STAY;
    }
    struct procset all = f->own.together;
    procset_add(&all, self_of(c));
    procset_remove(&all, sender_of(p));
    accepting_share(&f->own.share, &q->missing, &all, self_of(c), q->attempt);
    arm(c, T_PACE, now);
    return STAY;
}

struct move recov_late(struct core *c, usec now)
{
    if (coordinates(c))
        return form_recov_late(c, now);
    return check_coordinator(c, now);
}

/* -- INSTALL ------------------------------------------------------------------------------- */

struct move recov_install(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct forming *f = &c->forming;
    if (!coordinates(c) && sender_of(p) == f->ring.leader && f->own.recovered &&
        ring_id_equal(&m->form_ring.ring, &f->ring))
        return install(c, WHY_INSTALLED, now);
    return STAY;
}

/* The new ring turns already: our INSTALL got lost. */
static bool turns_already(const struct core *c, const struct received *p, uint64_t tag)
{
    const struct forming *f = &c->forming;
    return !coordinates(c) && f->own.recovered && tag == ring_id_tag(&f->ring) &&
           roster_has(&f->members, sender_of(p), (uint32_t)p->header.incarnation);
}

struct move recov_token(struct core *c, const struct received *p, const union control *m, usec now)
{
    if (turns_already(c, p, ring_id_tag(&m->token.ring)))
        return and_hear(install(c, WHY_TURNS_ALREADY, now));
    return STAY;
}

struct move recov_data(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct data_header h;
    (void)m;
    if (!data_decode(&h, p->body, p->header.body_len))
        doubt(c, DOUBT_BODY, p);
    else if (turns_already(c, p, h.tag))
        return and_hear(install(c, WHY_TURNS_ALREADY, now));
    else if (ring_on_recovered(c->ring, p))
        return recov_check(c, now);
    return STAY;
}
