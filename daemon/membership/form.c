/* SPDX-License-Identifier: MIT
 *
 * Making a ring, as its coordinator: PROPOSE until all have accepted, COMMIT the plan, INSTALL when
 * all have recovered. Whoever is silent or refuses is left out of the next proposal, so there are
 * at most as many as members.
 *
 *   F1  a proposal counts only if it shows that its receiver was heard a moment ago
 *   F2  a member is bound to one coordinator at a time
 *   F3  nobody accepts an epoch that is not above all it has accepted or proposed: what was
 *       abandoned can never come back
 *   F4  from ACCEPT on, an old ring changes only by the plan
 *   F6  a stale epoch is raised and everybody asked again; it excludes nobody
 *   F9  a plan counts only for the acceptance it was made from
 *   F10 before RECOVERED is said, the obligations of the plan are taken on
 *   F11 after INSTALL the coordinator is a member like any other
 */
#include "daemon/membership/say.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

static usec form_timeout(const struct core *c)
{
    return ms(conf_of(c)->timeouts.form);
}

/* -- PROPOSE ------------------------------------------------------------------------------- */

static struct ring_id next_ring(struct core *c)
{
    return (struct ring_id){.epoch = epochs_propose(&c->epochs, ring_id(c->ring)->epoch, c->wall_s),
                            .leader = self_of(c),
                            .nonce = (uint32_t)random_next(&c->random)};
}

static void propose_to_all(struct core *c)
{
    const struct forming *f = &c->forming;
    for procset_each(i, &f->members.in)
        if (i != self_of(c) && !procset_has(&f->lead.accepted, (unsigned)i))
            say_propose(c, (unsigned)i);
    /* Whoever leaves is told that we go on without it. */
    for procset_each(i, &c->leaving)
        if (f->row.echo == ECHO_TOKEN && !procset_has(&f->members.in, (unsigned)i))
            say_propose(c, (unsigned)i);
}

static struct move commit_all(struct core *c);

static struct move check_accepted(struct core *c)
{
    return procset_equal(&c->forming.lead.accepted, &c->forming.members.in) ? commit_all(c) : STAY;
}

struct move form_propose(struct core *c, const struct roster *members, enum echo_kind echo,
                         enum why why, usec now)
{
    struct forming *f = &c->forming;
    if (!coordinates(c)) {
        f->row.begun = now;
        f->row.raised = 0;
    }
    f->row.last = coordinates(c) ? f->ring : (struct ring_id){0};
    f->row.echo = echo;

    form_reset(c);
    preparing_reset(c);
    f->ring = next_ring(c);
    f->members = *members;
    f->lead.echo_tag = ring_id_tag(ring_id(c->ring));
    for procset_each(i, &members->in)
        f->lead.heard_at[i] = now;
    if (echo == ECHO_TOKEN)
        for procset_each(i, &members->in)
            f->row.echoes[i] = ring_round(c->ring);
    make_accept(c, &f->ring, &f->own.accept);
    coordinating_keep(&f->lead, self_of(c), &f->own.accept);
    return move_to(CORE_FORM_C, why);
}

struct move form_begin(struct core *c)
{
    propose_to_all(c);
    return check_accepted(c);
}

struct move form_c_resend(struct core *c, usec now)
{
    propose_to_all(c);
    c->forming.resend_wait = forming_resend_after(c->forming.resend_wait);
    arm(c, T_RESEND, now + c->forming.resend_wait);
    return STAY;
}

/* The same again without some of the members. */
static struct move propose_without(struct core *c, const struct procset *whom, enum why why,
                                   usec now)
{
    struct roster members = c->forming.members;
    for procset_each(i, whom) {
        if (i == self_of(c))
            continue;
        roster_remove(&members, (unsigned)i);
        say_form_ring(c, PACKET_ABORT, (unsigned)i, &c->forming.ring);
        c->peers[i].lost_at = now; /* it was near enough to be looked for again soon */
    }
    return form_propose(c, &members, c->forming.row.echo, why, now);
}

struct move form_c_late(struct core *c, usec now)
{
    struct procset rest = procset_minus(&c->forming.members.in, &c->forming.lead.accepted);
    for procset_each(i, &rest)
        if (in_ring(c, (unsigned)i))
            tell(c, EVENT_SUSPECT, (unsigned)i, 0);
    return propose_without(c, &rest, WHY_NOT_ACCEPTED, now);
}

struct move form_remove(struct core *c, const struct procset *whom, enum why why,
                                   usec now)
{
    struct roster members = *ring_members(c->ring);
    struct procset gone = procset_union(whom, &c->leaving);
    for procset_each(i, &gone)
        roster_remove(&members, (unsigned)i);
    if (!procset_empty(&members.in) && procset_first(&members.in) == self_of(c))
        return form_propose(c, &members, ECHO_TOKEN, why, now);
    return STAY;
}

/* -- the answers --------------------------------------------------------------------------- */

static bool is_from_member(const struct core *c, const struct received *p)
{
    return coordinates(c) &&
           roster_has(&c->forming.members, sender_of(p), (uint32_t)p->header.incarnation);
}

/* Somebody waits for a ring that we have given up: our ABORT got lost. Otherwise it would wait until
 * it takes us for dead, and meanwhile be bound to nothing. */
void form_answer_late(struct core *c, unsigned who, const struct ring_id *ring)
{
    if (ring->leader == self_of(c) && !ring_id_equal(ring, &c->forming.ring) &&
        !ring_id_equal(ring, ring_id(c->ring)))
        say_form_ring(c, PACKET_ABORT, who, ring);
}

struct move late_accept(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    form_answer_late(c, sender_of(p), &m->accept.ring);
    return STAY;
}

struct move late_recovered(struct core *c, const struct received *p, const union control *m,
                           usec now)
{
    (void)now;
    form_answer_late(c, sender_of(p), &m->recovered.ring);
    return STAY;
}

struct move form_accept(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    const struct accept *a = &m->accept;
    form_answer_late(c, sender_of(p), &a->ring);
    if (!is_from_member(c, p) || !ring_id_equal(&a->ring, &c->forming.ring))
        return STAY;
    enum why why = judge_accept(c, p, a);
    if (why) {
        doubt(c, why, p);
        return STAY;
    }
    epochs_see(&c->epochs, a->promised);
    coordinating_keep(&c->forming.lead, sender_of(p), a);
    return check_accepted(c);
}

static struct move abort_for(struct core *c, unsigned other)
{
    struct forming *f = &c->forming;
    for procset_each(i, &f->lead.accepted)
        if (i != self_of(c))
            say_form_ring(c, PACKET_ABORT, (unsigned)i, &f->ring);
    procset_add(&c->targets, other);
    return move_to(CORE_SEG, WHY_OTHER_COORDINATES);
}

static struct refusal_case case_of(const struct core *c, unsigned refuser, const struct refuse *r,
                                   usec now)
{
    unsigned busy_with = r->reason == REFUSE_BUSY ? r->busy.leader : NO_PROC;
    bool known = busy_with < (unsigned)procs_of(c);
    usec any_at = known ? c->peers[busy_with].any_at : 0;
    return (struct refusal_case){
        .reason = (enum refusal)r->reason,
        .raised = c->forming.row.raised,
        .self = self_of(c),
        .refuser = refuser,
        .busy_with = busy_with,
        .heard = any_at && now <= any_at + form_timeout(c),
        .asked = known && procset_has(&c->forming.members.in, busy_with),
        .misled = c->peers[refuser].misled,
    };
}

/* Asks the same again, with a larger epoch. */
static struct move raise_epoch(struct core *c, usec now)
{
    struct roster members = c->forming.members;
    c->forming.row.raised++;
    return form_propose(c, &members, c->forming.row.echo, WHY_STALE, now);
}

static struct move on_refusal(struct core *c, unsigned refuser, const struct refuse *r, usec now)
{
    struct refusal_case k = case_of(c, refuser, r, now);
    struct procset whom = procset_of(refuser);
    switch (coordinating_on_refusal(&k)) {
    case REFUSAL_RAISE:
        return raise_epoch(c, now);
    case REFUSAL_GIVE_WAY:
        c->peers[refuser].misled += !k.heard;
        return abort_for(c, k.busy_with);
    case REFUSAL_ASK_AGAIN:
        return STAY;
    case REFUSAL_LEAVE_OUT:
        break;
    }
    return propose_without(c, &whom, WHY_REFUSED, now);
}

struct move form_refuse(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct refuse *r = &m->refuse;
    if (!is_from_member(c, p) || !ring_id_equal(&r->ring, &c->forming.ring) ||
        procset_has(&c->forming.lead.accepted, sender_of(p)))
        return STAY;
    if (r->reason == REFUSE_STALE && r->promised < r->ring.epoch) {
        doubt(c, DOUBT_REFUSAL, p);
        return STAY;
    }
    epochs_see(&c->epochs, r->promised);
    return on_refusal(c, sender_of(p), r, now);
}

struct move form_leave(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct procset whom = procset_of(sender_of(p));
    (void)m;
    if (is_from_member(c, p))
        return propose_without(c, &whom, WHY_MEMBER_LEAVES, now);
    return STAY;
}

/* -- COMMIT -------------------------------------------------------------------------------- */

static void commit_to(struct core *c, unsigned i)
{
    struct commit m;
    plan_commit(c->forming.lead.plan, i, &m);
    say_commit(c, i, &m);
}

/* Their acceptances are here already, so it is for the log only. */
static void note_misfits(struct core *c)
{
    for procset_each(i, plan_misfits(c->forming.lead.plan)) {
        struct packet_header h = {.type = PACKET_ACCEPT, .sender = (uint16_t)i};
        doubt_packet(&c->effects, DOUBT_OLD_RING, &h);
    }
}

static struct move commit_all(struct core *c)
{
    struct forming *f = &c->forming;
    struct commit own;
    f->lead.plan = plan_new(&f->members, f->lead.accepts, 2 * c->max_gap);
    note_misfits(c);
    for procset_each(i, &f->members.in)
        if (i != self_of(c))
            commit_to(c, (unsigned)i);
    plan_commit(f->lead.plan, self_of(c), &own);
    return recov_begin(c, &own);
}

void form_recov_resend(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    (void)now;
    for procset_each(i, &f->members.in)
        if (i != self_of(c) && !procset_has(&f->lead.informed, (unsigned)i))
            commit_to(c, (unsigned)i);
}

/* -- RECOVERED and INSTALL ------------------------------------------------------------------ */

struct move form_check_complete(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    const struct procset *members = &f->members.in;
    if (!procset_equal(&f->lead.complete, members) || !procset_equal(&f->lead.linked, members))
        return STAY;
    for procset_each(i, members)
        if (i != self_of(c))
            say_form_ring(c, PACKET_INSTALL, (unsigned)i, &f->ring);
    return install(c, WHY_ALL_RECOVERED, now);
}

struct move form_recovered(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct forming *f = &c->forming;
    const struct recovered *r = &m->recovered;
    unsigned i = sender_of(p);
    form_answer_late(c, i, &r->ring);
    if (!is_from_member(c, p) || !ring_id_equal(&r->ring, &f->ring) ||
        r->nonce != f->lead.accepts[i]->nonce)
        return STAY;
    procset_add(&f->lead.informed, i);
    procset_add(&f->lead.complete, i);
    if (r->predecessor)
        procset_add(&f->lead.linked, i);
    return form_check_complete(c, now);
}

/* Each of those who have not heard their predecessor, and that one. */
static void note_unlinked(struct core *c, usec now)
{
    const struct procset *members = &c->forming.members.in;
    struct procset unlinked = procset_minus(members, &c->forming.lead.linked);
    for procset_each(i, &unlinked)
        note_bad_pair(c, (unsigned)i, (unsigned)procset_predecessor(members, i), now);
}

struct move form_recov_late(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    struct procset whom;
    enum why why = coordinating_leaves_out(&f->lead, &f->members.in, self_of(c), f->row.begun,
                                           form_timeout(c), now, &whom);
    if (why == WHY_NONE) {
        arm(c, T_FORM, now + form_timeout(c) / 2);
        return STAY;
    }
    if (why == WHY_NOT_LINKED)
        note_unlinked(c, now);
    return propose_without(c, &whom, why, now);
}
