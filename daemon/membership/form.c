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
#include "daemon/membership/inside.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    RESEND_MAX_US = 100 * USEC_MS,
    RAISED_MOST = 32, /* times running that an epoch is raised; once is what it takes */
    MISLED_MOST = 3,  /* times that we give way to somebody whom we do not hear */
};

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
        if (i != self_of(c) && !procset_has(&f->accepted, (unsigned)i))
            say_propose(c, (unsigned)i);
    /* Whoever leaves is told that we go on without it. */
    for procset_each(i, &c->leaving)
        if (f->echo == ECHO_TOKEN && !procset_has(&f->members.in, (unsigned)i))
            say_propose(c, (unsigned)i);
}

static struct move commit_all(struct core *c);

static struct move check_accepted(struct core *c)
{
    return procset_equal(&c->forming.accepted, &c->forming.members.in) ? commit_all(c) : STAY;
}

static void keep_accept(struct core *c, unsigned i, const struct accept *a)
{
    struct forming *f = &c->forming;
    if (!f->accepts[i])
        f->accepts[i] = memory_new(sizeof *f->accepts[i]);
    *f->accepts[i] = *a;
    procset_add(&f->accepted, i);
}

struct move form_propose(struct core *c, const struct roster *members, enum echo_kind echo,
                         enum why why, usec now)
{
    struct forming *f = &c->forming;
    struct ring_id supersedes = coordinates(c) ? f->ring : (struct ring_id){0};
    usec first_begun = coordinates(c) ? f->first_begun : now;
    unsigned raised = coordinates(c) ? f->raised : 0;

    form_reset(c);
    preparing_reset(c);
    f->ring = next_ring(c);
    f->supersedes = supersedes;
    f->members = *members;
    f->echo = echo;
    f->echo_tag = ring_id_tag(ring_id(c->ring));
    f->begun = now;
    f->first_begun = first_begun;
    f->raised = raised;
    for procset_each(i, &members->in)
        f->heard_at[i] = now;
    if (echo == ECHO_TOKEN)
        for procset_each(i, &members->in)
            f->echo_rounds[i] = ring_round(c->ring);
    make_accept(c, &f->ring, &f->accept);
    keep_accept(c, self_of(c), &f->accept);
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
    c->forming.resend_wait = usec_earlier(c->forming.resend_wait * 3 / 2, RESEND_MAX_US);
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
    return form_propose(c, &members, c->forming.echo, why, now);
}

struct move form_c_late(struct core *c, usec now)
{
    struct procset rest = procset_minus(&c->forming.members.in, &c->forming.accepted);
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
    keep_accept(c, sender_of(p), a);
    return check_accepted(c);
}

static struct move abort_for(struct core *c, unsigned other)
{
    struct forming *f = &c->forming;
    for procset_each(i, &f->accepted)
        if (i != self_of(c))
            say_form_ring(c, PACKET_ABORT, (unsigned)i, &f->ring);
    procset_add(&c->targets, other);
    return move_to(CORE_SEG, WHY_OTHER_COORDINATES);
}

/* The smaller one is there, for all we know: so it will make the ring, or take part in ours. */
static bool gives_way(struct core *c, unsigned refuser, const struct ring_id *busy, usec now)
{
    if (busy->leader >= self_of(c))
        return false;
    const struct peer *smaller = &c->peers[busy->leader];
    return (smaller->any_at && now - smaller->any_at <= form_timeout(c)) ||
           c->peers[refuser].misled++ < MISLED_MOST;
}

/* Whom it is bound to is asked into our ring, too: that one takes its own proposal back for ours, or
 * refuses itself. */
static bool is_for_a_member(const struct core *c, unsigned refuser, const struct ring_id *busy)
{
    return busy->leader < procs_of(c) && busy->leader != refuser &&
           procset_has(&c->forming.members.in, busy->leader);
}

struct move form_refuse(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct refuse *r = &m->refuse;
    struct forming *f = &c->forming;
    struct procset whom = procset_of(sender_of(p));
    if (!is_from_member(c, p) || !ring_id_equal(&r->ring, &c->forming.ring) ||
        procset_has(&c->forming.accepted, sender_of(p)))
        return STAY;
    if (r->reason == REFUSE_STALE && r->promised < r->ring.epoch) {
        doubt(c, DOUBT_REFUSAL, p);
        return STAY;
    }
    epochs_see(&c->epochs, r->promised);
    if (r->reason == REFUSE_STALE && f->raised < RAISED_MOST) {
        f->raised++;
        return form_propose(c, &f->members, f->echo, WHY_STALE, now);
    }
    if (r->reason == REFUSE_BUSY && gives_way(c, sender_of(p), &r->busy, now))
        return abort_for(c, r->busy.leader);
    if (r->reason == REFUSE_BUSY && is_for_a_member(c, sender_of(p), &r->busy))
        return STAY; /* we ask again */
    return propose_without(c, &whom, WHY_REFUSED, now);
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
    plan_commit(c->forming.plan, i, &m);
    say_commit(c, i, &m);
}

/* Their acceptances are here already, so it is for the log only. */
static void note_misfits(struct core *c)
{
    for procset_each(i, plan_misfits(c->forming.plan)) {
        struct packet_header h = {.type = PACKET_ACCEPT, .sender = (uint16_t)i};
        doubt_packet(&c->effects, DOUBT_OLD_RING, &h);
    }
}

static struct move commit_all(struct core *c)
{
    struct forming *f = &c->forming;
    struct commit own;
    f->plan = plan_new(&f->members, f->accepts, 2 * c->max_gap);
    note_misfits(c);
    for procset_each(i, &f->members.in)
        if (i != self_of(c))
            commit_to(c, (unsigned)i);
    plan_commit(f->plan, self_of(c), &own);
    return recov_begin(c, &own);
}

void form_recov_resend(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    (void)now;
    for procset_each(i, &f->members.in)
        if (i != self_of(c) && !procset_has(&f->informed, (unsigned)i))
            commit_to(c, (unsigned)i);
}

/* -- RECOVERED and INSTALL ------------------------------------------------------------------ */

struct move form_check_complete(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    const struct procset *members = &f->members.in;
    if (!procset_equal(&f->complete, members) || !procset_equal(&f->linked, members))
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
        r->nonce != f->accepts[i]->nonce)
        return STAY;
    procset_add(&f->informed, i);
    procset_add(&f->complete, i);
    if (r->predecessor)
        procset_add(&f->linked, i);
    return form_check_complete(c, now);
}

/* Members that have not been heard for a quarter of the time a phase may take. */
static struct procset silent_members(const struct core *c, usec now)
{
    struct procset silent = {{0}};
    for procset_each(i, &c->forming.members.in)
        if (i != self_of(c) && now - c->forming.heard_at[i] > form_timeout(c) / 4)
            procset_add(&silent, (unsigned)i);
    return silent;
}

/* All have everything, but somebody does not hear its predecessor: those two do not go together. */
static struct move drop_unlinked(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    struct procset unlinked = procset_minus(&f->members.in, &f->linked), whom = {{0}};
    for procset_each(i, &unlinked) {
        int before = procset_predecessor(&f->members.in, i);
        note_bad_pair(c, (unsigned)i, (unsigned)before, now);
        procset_add(&whom, (unsigned)(before > i ? before : i));
    }
    procset_remove(&whom, self_of(c));
    return propose_without(c, &whom, WHY_NOT_LINKED, now);
}

/* After all patience: the largest of those who have not recovered; of the others, where it is only
 * us who has not. */
static struct move drop_one(struct core *c, usec now)
{
    struct procset rest = procset_minus(&c->forming.members.in, &c->forming.complete);
    procset_remove(&rest, self_of(c));
    if (procset_empty(&rest))
        rest = c->forming.members.in;
    struct procset whom = procset_of((unsigned)procset_predecessor(&rest, 0));
    return propose_without(c, &whom, WHY_NOT_REACHED, now);
}

struct move form_recov_late(struct core *c, usec now)
{
    struct forming *f = &c->forming;
    struct procset silent = silent_members(c, now);
    if (!procset_empty(&silent))
        return propose_without(c, &silent, WHY_FELL_SILENT, now);
    if (procset_equal(&f->complete, &f->members.in))
        return drop_unlinked(c, now);
    if (now >= f->first_begun + 3 * form_timeout(c))
        return drop_one(c, now);
    arm(c, T_FORM, now + form_timeout(c) / 2);
    return STAY;
}
