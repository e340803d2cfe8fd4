/* SPDX-License-Identifier: MIT
 *
 * Strangers: daemons that are not in our ring. The leader looks for them and courts those it hears
 * of; of two leaders the one with the smaller index goes on. It asks everybody concerned whether
 * they hear whom they would have to hear (PREPARE, HOPCHK, READY) while all rings keep turning;
 * only if all say yes is the new ring proposed. So an attempt that fails costs nobody anything.
 */
#include "daemon/membership/inside.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    COLLECT_US = 50 * USEC_MS, /* for more strangers to show up */
    READY_MIN_US = 60 * USEC_MS,
    PROBE_SOON_US = USEC_SECOND,
    RECENTLY_US = 60 * USEC_SECOND,
    REFERRED_MOST = 3, /* times running that somebody is referred to our leader, and nothing comes */
};

void merge_reset(struct core *c)
{
    free(c->preparing.heard);
    c->preparing = (struct preparing){0};
    disarm(c, T_PREP);
    disarm(c, T_HOPCHK);
    disarm(c, T_READY);
}

/* -- courting ------------------------------------------------------------------------------ */

static usec freshness(const struct core *c)
{
    return ms(c->conf->timeouts.alive + 2 * c->conf->timeouts.join);
}

/* Whom stranger i would bring, in *members; false: nobody for now. */
static bool is_candidate(const struct core *c, unsigned i, struct roster *members, usec now)
{
    const struct peer *peer = &c->peers[i];
    *members = (struct roster){0};
    if (i == c->self || in_ring(c, i) || now < peer->shunned_until || !peer->said_at ||
        now - peer->said_at > freshness(c) || !peer_lists(c, i, c->self))
        return false;
    if (peer->join_at && now - peer->join_at <= freshness(c)) {
        const struct join *j = peer->join;
        if (j->kind == JOIN_RING && j->engaged != c->self)
            return false;
        *members = j->members;
    } else if (peer_is_searching(c, i) && procset_has(&c->segment, i)) {
        roster_add(members, i, (uint32_t)peer->inc);
    }
    return !procset_empty(&members->in) && procset_first(&members->in) > c->self;
}

bool merge_may_come(const struct core *c, unsigned i, usec now)
{
    struct roster members;
    return is_candidate(c, i, &members, now);
}

void merge_on_stranger(struct core *c, unsigned i, const struct join *j, usec now)
{
    struct peer *peer = &c->peers[i];
    struct roster members;
    if (now < peer->shunned_until || c->state != CORE_OPER)
        return;
    uint16_t engaged = c->self;
    if (j && j->kind == JOIN_RING && i < c->self)
        engaged = (uint16_t)i;
    bool news = engaged != c->engaged || !peer_lists(c, i, c->self);
    c->engaged = engaged;
    bool unheard = j && j->kind == JOIN_RING && peer_missed_join(c, i, now);
    if (news || unheard || now - peer->joined_at >= ms(c->conf->timeouts.join))
        court(c, i, now);
    if (!is_candidate(c, i, &members, now))
        return;
    usec wait = usec_earlier(ms(c->conf->timeouts.join), COLLECT_US);
    if (c->deadlines[T_MERGE] == NEVER)
        arm(c, T_MERGE,
            now + wait > c->merge_hold_until ? now + wait : c->merge_hold_until);
}

/* Whom we heard while our ring was being made is not to be looked for later. */
void merge_greet(struct core *c, usec now)
{
    for (unsigned i = 0; i < (unsigned)c->procs; i++) {
        const struct peer *peer = &c->peers[i];
        bool joined = peer->join_at && now - peer->join_at <= freshness(c);
        if (i != c->self && !in_ring(c, i) && peer->said_at && now - peer->said_at <= freshness(c))
            merge_on_stranger(c, i, joined ? peer->join : NULL, now);
    }
}

/* Their leader and ours do not come together, however often it is told whom to ask: it may be that
 * they do not hear each other. It should know that we are here, and with whom. From that nothing
 * would follow for one with a larger index than our leader. */
static void speak_for_ring(struct core *c, unsigned leader, usec now)
{
    c->engaged = (uint16_t)leader;
    say_join(c, leader, JOIN_RING, now);
}

struct move oper_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned from = sender_of(p), leader = m->probe.leader;
    const struct ring_id *mine = ring_id(c->ring);
    see_epoch(c, m->probe.ring.epoch);
    if (in_ring(c, from)) {
        if (m->probe.ring.epoch > mine->epoch)
            return lose_ring(c, WHY_LATER_RING);
        return STAY;
    }
    if (in_ring(c, leader))
        return STAY;
    if (!leads(c)) {
        say_refer(c, leader, ring_leader(c->ring));
        if (from == leader && leader < ring_leader(c->ring) &&
            ++c->peers[from].referred > REFERRED_MOST)
            speak_for_ring(c, leader, now);
    } else if (now - c->peers[leader].joined_at >= USEC_MS && c->state == CORE_OPER &&
             now >= c->peers[leader].shunned_until) {
        court(c, leader, now);
        if (from == leader)
            note_unheard(c, from);
    }
    return STAY;
}

struct move oper_refer(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned to = m->refer.to;
    (void)p;
    if (leads(c) && to != c->self && !in_ring(c, to) && now >= c->peers[to].shunned_until &&
        now - c->peers[to].joined_at >= USEC_MS)
        court(c, to, now);
    return STAY;
}

/* -- looking for who is absent ------------------------------------------------------------- */

static usec probe_due(const struct core *c, unsigned i, usec now)
{
    const struct peer *peer = &c->peers[i];
    bool recent = now - c->born_at < RECENTLY_US ||
                  (peer->lost_at && now - peer->lost_at < RECENTLY_US);
    usec period = ms(c->conf->timeouts.lookup);
    if (recent || peer->shunned)
        period = usec_earlier(period, PROBE_SOON_US);
    usec last = peer->probed_at > c->entered_at ? peer->probed_at : c->entered_at;
    return last < peer->shunned_until ? peer->shunned_until : last + period;
}

void merge_arm_lookup(struct core *c, usec now)
{
    disarm(c, T_LOOKUP);
    if (c->state != CORE_OPER || !leads(c))
        return;
    for (unsigned i = 0; i < (unsigned)c->procs; i++)
        if (!in_ring(c, i))
            arm_by(c, T_LOOKUP, probe_due(c, i, now));
}

struct move oper_lookup(struct core *c, usec now)
{
    for (unsigned i = 0; i < (unsigned)c->procs; i++)
        if (!in_ring(c, i) && probe_due(c, i, now) <= now)
            say_probe(c, i, now);
    merge_arm_lookup(c, now);
    return STAY;
}

/* -- asking everybody ---------------------------------------------------------------------- */

static bool overlap(const struct roster *a, const struct roster *b)
{
    struct procset both = procset_both(&a->in, &b->in);
    return !procset_empty(&both);
}

static void add_all(struct roster *all, const struct roster *more)
{
    for procset_each(k, &more->in)
        roster_add(all, (unsigned)k, more->inc[k]);
}

/* Our ring and all who can come. False: nobody can. */
static bool collect_whole(const struct core *c, struct roster *all, usec now)
{
    bool any = false;
    *all = *ring_members(c->ring);
    for (unsigned i = 0; i < (unsigned)c->procs; i++) {
        struct roster more;
        if (!is_candidate(c, i, &more, now) || overlap(all, &more) ||
            have_bad_pair(c, &all->in, &more.in, now))
            continue;
        add_all(all, &more);
        any = true;
    }
    return any;
}

/* Those of our ring and of the others that go with each other, where it is certain by now who does
 * not. Only for a ring that is larger than each of them: so the largest ring grows each time, and
 * nobody goes to and fro. False: there is none. */
static bool collect_parts(const struct core *c, struct roster *all, usec now)
{
    int largest;
    *all = *ring_members(c->ring);
    largest = procset_count(&all->in);
    for (unsigned i = 0; i < (unsigned)c->procs; i++) {
        struct roster more;
        if (!is_candidate(c, i, &more, now) || overlap(all, &more))
            continue;
        add_all(all, &more);
        if (procset_count(&more.in) > largest)
            largest = procset_count(&more.in);
    }
    leave_out_bad_pairs(c, all, now);
    return procset_count(&all->in) > largest && procset_first(&all->in) == c->self &&
           !have_bad_pair(c, &all->in, &all->in, now);
}

static bool collect(const struct core *c, struct roster *all, usec now)
{
    return collect_whole(c, all, now) || collect_parts(c, all, now);
}

static void begin_checks(struct core *c, usec now)
{
    usec patience = 4 * pace_rotation(&c->pace);
    c->preparing.begun = now;
    arm(c, T_HOPCHK, now);
    arm(c, T_READY, now + (patience > READY_MIN_US ? patience : READY_MIN_US));
}

struct move merge_look(struct core *c, usec now)
{
    struct preparing *prep = &c->preparing;
    struct roster all;
    disarm(c, T_MERGE);
    if (!leads(c) || (prep->prep && prep->mine) || !collect(c, &all, now))
        return STAY;
    merge_reset(c);
    prep->prep = random_next(&c->random) | 1;
    prep->coordinator = c->self;
    prep->members = all;
    prep->mine = true;
    prep->heard = memory_new(PROCS_MAX * sizeof prep->heard[0]);
    for procset_each(i, &all.in)
        if (i != c->self)
            say_prepare(c, (unsigned)i);
    begin_checks(c, now);
    arm(c, T_PREP, now + ms(c->conf->timeouts.gather) / 2);
    return STAY;
}

struct move any_prepare(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct prepare *q = &m->prepare;
    struct preparing *prep = &c->preparing;
    uint16_t from = sender_of(p);
    if (!roster_has(&q->members, c->self, c->inc32) || q->prep == 0 ||
        (c->state == CORE_OPER && leads(c) && prep->mine && from > c->self))
        return STAY;
    if (would_tear_ring(c, from, &q->members.in))
        return STAY;
    if (prep->prep == q->prep) {
        if (prep->said_ready)
            say_ready(c, now);
        return STAY;
    }
    merge_reset(c);
    prep->prep = q->prep;
    prep->coordinator = from;
    prep->members = q->members;
    begin_checks(c, now);
    return STAY;
}

/* -- the checks ---------------------------------------------------------------------------- */

/* Members of the ring to be that are in our segment, without us. */
static struct procset neighbours(const struct core *c)
{
    struct procset s = procset_both(&c->preparing.members.in, &c->segment);
    procset_remove(&s, c->self);
    return s;
}

struct move merge_say_hopchk(struct core *c, usec now)
{
    const struct preparing *prep = &c->preparing;
    struct destination next =
        to_proc((unsigned)procset_successor(&prep->members.in, c->self));
    struct destination segment = {.kind = TO_SEGMENT};
    struct procset near = neighbours(c);
    say_hopchk(c, &next, prep->prep);
    if (!procset_empty(&near))
        say_hopchk(c, &segment, segment_tag(prep->prep));
    /* The coordinator's own question may have got lost, too. */
    if (prep->mine)
        for procset_each(i, &prep->members.in)
            if (i != c->self && !procset_has(&prep->ready, (unsigned)i))
                say_prepare(c, (unsigned)i);
    arm(c, T_HOPCHK, now + pace_resend(&c->pace));
    if (now - prep->begun > ms(c->conf->timeouts.gather))
        merge_reset(c); /* the coordinator has forgotten us */
    return STAY;
}

bool merge_hears(const struct core *c, unsigned i)
{
    const struct preparing *prep = &c->preparing;
    bool before = i == (unsigned)procset_predecessor(&prep->members.in, c->self);
    bool near = procset_has(&c->segment, i);
    if (before && !peer_has_hop_tag(c, i, prep->prep))
        return false;
    if (near && !peer_has_hop_tag(c, i, segment_tag(prep->prep)))
        return false;
    return before || near;
}

static bool hears_whom_it_must(const struct core *c)
{
    struct procset must = neighbours(c);
    procset_add(&must,
                (unsigned)procset_predecessor(&c->preparing.members.in, c->self));
    for procset_each(i, &must)
        if (!merge_hears(c, (unsigned)i))
            return false;
    return true;
}

struct move any_hopchk(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct forming *f = &c->forming;
    unsigned from = sender_of(p);
    peer_note_hop_tag(c, from, m->hopchk.tag);
    if (c->preparing.prep && !c->preparing.said_ready && hears_whom_it_must(c))
        arm(c, T_READY, now);
    if (c->state == CORE_RECOV && m->hopchk.tag == ring_id_tag(&f->ring) && !f->predecessor &&
        from == (unsigned)procset_predecessor(&f->members.in, c->self)) {
        f->predecessor = true;
        return recov_check(c, now);
    }
    return STAY;
}

/* -- the answers --------------------------------------------------------------------------- */

static struct procset strangers(const struct core *c)
{
    return procset_minus(&c->preparing.members.in, &ring_members(c->ring)->in);
}

/* Nothing comes of it: these strangers are left alone for a while; the others need not wait. */
static void shun_strangers(struct core *c, const struct procset *some, bool learnt, usec now)
{
    for procset_each(i, some)
        peer_shun(c, (unsigned)i, learnt, now);
    merge_reset(c);
    merge_arm_lookup(c, now);
    merge_greet(c, now);
}

/* Whom p should have heard and has not; NO_PROC: it has heard all. Two of our ring who do not hear
 * each other's data live with it already, and stay in one ring. */
static unsigned unheard_by(const struct core *c, unsigned p)
{
    const struct preparing *prep = &c->preparing;
    unsigned before = (unsigned)procset_predecessor(&prep->members.in, (int)p);
    int segment = c->conf->daemons[p].segment;
    if (!roster_has(&prep->heard[p], before, prep->members.inc[before]))
        return before;
    for procset_each(i, &prep->members.in)
        if ((unsigned)i != p && c->conf->daemons[i].segment == segment &&
            !(in_ring(c, p) && in_ring(c, (unsigned)i)) &&
            !roster_has(&prep->heard[p], (unsigned)i, prep->members.inc[i]))
            return (unsigned)i;
    return NO_PROC;
}

static struct move evaluate(struct core *c, usec now)
{
    struct preparing *prep = &c->preparing;
    bool fits = true, learnt = false;
    for procset_each(p, &prep->members.in) {
        unsigned missed = unheard_by(c, (unsigned)p);
        if (missed == NO_PROC)
            continue;
        if (!in_ring(c, (unsigned)p) || !in_ring(c, missed))
            learnt |= note_bad_pair(c, (unsigned)p, missed, now);
        fits = false;
    }
    if (!fits) {
        struct procset all = strangers(c);
        shun_strangers(c, &all, learnt, now);
        return STAY;
    }
    struct roster members = prep->members;
    for procset_each(i, &members.in) {
        c->forming.echo_rounds[i] = prep->rounds[i];
        c->peers[i].shunned = 0;
    }
    struct procset left_out = procset_minus(&ring_members(c->ring)->in, &members.in);
    for procset_each(i, &left_out)
        effects_note(&c->effects, NOTE_LEFT_OUT, (unsigned)i, NO_PROC, "%s", "");
    merge_reset(c);
    return form_propose(c, &members, ECHO_ROUND, WHY_MERGE, now);
}

static struct move on_ready(struct core *c, unsigned i, const struct ready *m, usec now)
{
    struct preparing *prep = &c->preparing;
    procset_add(&prep->ready, i);
    prep->rounds[i] = m->round;
    prep->heard[i] = m->heard;
    see_epoch(c, m->promised);
    return procset_equal(&prep->ready, &prep->members.in) ? evaluate(c, now) : STAY;
}

struct move oper_ready(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct preparing *prep = &c->preparing;
    if (prep->mine && m->ready.prep == prep->prep &&
        roster_has(&prep->members, sender_of(p), (uint32_t)p->header.incarnation))
        return on_ready(c, sender_of(p), &m->ready, now);
    return STAY;
}

struct move merge_say_ready(struct core *c, usec now)
{
    struct preparing *prep = &c->preparing;
    struct ready own = {.prep = prep->prep};
    disarm(c, T_READY);
    prep->said_ready = true;
    if (!prep->mine) {
        say_ready(c, now);
        return STAY;
    }
    for procset_each(i, &prep->members.in)
        if (i != c->self && merge_hears(c, (unsigned)i))
            roster_add(&own.heard, (unsigned)i, prep->members.inc[i]);
    return on_ready(c, c->self, &own, now);
}

/* Its answer has not come, but it is there: its HOPCHK has reached somebody who has answered, or it
 * is in the ring of one. */
static bool is_there_for_others(const struct core *c, unsigned i)
{
    const struct preparing *prep = &c->preparing;
    uint32_t inc = prep->members.inc[i];
    for procset_each(p, &prep->ready) {
        const struct peer *peer = &c->peers[p];
        if (roster_has(&prep->heard[p], i, inc) ||
            (p != c->self && peer->join_at && peer->join->kind == JOIN_RING &&
             roster_has(&peer->join->members, i, inc)))
            return true;
    }
    return false;
}

/* The strangers that did not answer, and the rings that they are in. All, if only members of our
 * own ring did not: anybody may have kept them from it. */
static struct procset silent_strangers(const struct core *c)
{
    struct procset all = strangers(c), silent = procset_minus(&all, &c->preparing.ready);
    if (procset_empty(&silent))
        return all;
    struct procset blamed = silent;
    for procset_each(i, &all) {
        const struct peer *peer = &c->peers[i];
        struct procset lost = {0};
        if (peer->join_at && peer->join->kind == JOIN_RING)
            lost = procset_both(&peer->join->members.in, &silent);
        if (!procset_empty(&lost))
            procset_add(&blamed, (unsigned)i);
    }
    return blamed;
}

struct move merge_give_up(struct core *c, usec now)
{
    const struct preparing *prep = &c->preparing;
    struct procset silent = silent_strangers(c);
    bool learnt = false;
    for procset_each(i, &prep->members.in)
        if (!procset_has(&prep->ready, (unsigned)i) && is_there_for_others(c, (unsigned)i))
            learnt |= note_bad_pair(c, c->self, (unsigned)i, now);
    shun_strangers(c, &silent, learnt, now);
    return STAY;
}
