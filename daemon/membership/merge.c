/* SPDX-License-Identifier: MIT
 *
 * A merge: of two leaders that have heard of each other (court.c) the one with the smaller index
 * goes on. It asks everybody concerned whether they hear whom they would have to hear (PREPARE,
 * HOPCHK, READY) while all rings keep turning; only if all say yes is the new ring proposed. So an
 * attempt that fails costs nobody anything.
 */
#include "daemon/membership/say.h"

#include "daemon/base/memory.h"

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

/* Our ring and all who can come. False: nobody can, or two of our own do not hear each other both ways
 * any more, so that a trial with both is in vain: d1 leads {1, 2, 3} and d3's link to it has broken for
 * what is no token. Then collect_parts leaves out d3 for others. */
static bool collect_whole(const struct core *c, struct roster *all, usec now)
{
    bool any = false;
    *all = *ring_members(c->ring);
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        struct roster more;
        if (!court_candidate(c, i, &more, now) || overlap(all, &more) ||
            pairs_between(&c->pairs, &all->in, &more.in, now))
            continue;
        add_all(all, &more);
        any = true;
    }
    return any && !pairs_between(&c->pairs, &all->in, &all->in, now);
}

/* Of members those that make a ring larger: not d4 and d7, which hold up each ring of ours that they
 * come into. They may come along, but d5 does not have to go for them, again and again. */
static int count_for_larger(const struct core *c, const struct procset *members, usec now)
{
    usec lookup = ms(conf_of(c)->timeouts.lookup);
    int n = 0;
    for procset_each(i, members)
        n += in_ring(c, (unsigned)i) || !is_evicted_often(&c->peers[i].shunning, lookup, now);
    return n;
}

/* Those of our ring and of the others that go with each other, where it is certain by now who does
 * not. Only for a ring that is larger than each of them: so the largest ring grows each time, and
 * nobody goes to and fro. False: there is none. */
static bool collect_parts(const struct core *c, struct roster *all, usec now)
{
    int largest;
    *all = *ring_members(c->ring);
    largest = procset_count(&all->in);
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        struct roster more;
        if (!court_candidate(c, i, &more, now) || overlap(all, &more))
            continue;
        add_all(all, &more);
        if (procset_count(&more.in) > largest)
            largest = procset_count(&more.in);
    }
    pairs_leave_out(&c->pairs, all, self_of(c), now);
    return count_for_larger(c, &all->in, now) > largest && procset_first(&all->in) == self_of(c) &&
           !pairs_between(&c->pairs, &all->in, &all->in, now);
}

static bool collect(const struct core *c, struct roster *all, usec now)
{
    return collect_whole(c, all, now) || collect_parts(c, all, now);
}

static void begin_checks(struct core *c, usec now)
{
    usec gather = ms(conf_of(c)->timeouts.gather);
    c->preparing.begun = now;
    arm(c, T_HOPCHK, now);
    arm(c, T_READY, now + preparing_patience(pace_rotation(&c->pace), gather));
}

struct move merge_look(struct core *c, usec now)
{
    struct preparing *prep = &c->preparing;
    struct roster all;
    if (!leads(c) || (prep->prep && prep->mine) || !collect(c, &all, now))
        return STAY;
    preparing_reset(c);
    prep->prep = random_next(&c->random) | 1;
    prep->coordinator = self_of(c);
    prep->members = all;
    prep->mine = true;
    prep->heard = memory_new(PROCS_MAX * sizeof prep->heard[0]);
    for procset_each(i, &all.in)
        if (i != self_of(c))
            say_prepare(c, (unsigned)i);
    begin_checks(c, now);
    arm(c, T_PREP, now + preparing_limit(ms(conf_of(c)->timeouts.gather)));
    return STAY;
}

struct move any_prepare(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct prepare *q = &m->prepare;
    struct preparing *prep = &c->preparing;
    struct trial t = trial_of(c);
    uint16_t from = sender_of(p);
    if (!roster_has(&q->members, self_of(c), c->inc32) || q->prep == 0 ||
        (c->state == CORE_OPER && leads(c) && prep->mine && from > self_of(c)))
        return STAY;
    if (would_tear_ring(c, from, &q->members.in))
        return STAY;
    if (prep->prep == q->prep) {
        if (prep->said_ready) {
            struct roster heard = preparing_heard(&t);
            say_ready(c, &heard, now);
        }
        return STAY;
    }
    preparing_reset(c);
    prep->prep = q->prep;
    prep->coordinator = from;
    prep->members = q->members;
    begin_checks(c, now);
    return STAY;
}

/* -- the checks ---------------------------------------------------------------------------- */

struct move merge_say_hopchk(struct core *c, usec now)
{
    const struct preparing *prep = &c->preparing;
    struct destination next =
        to_proc((unsigned)procset_successor(&prep->members.in, self_of(c)));
    struct destination segment = {.kind = TO_SEGMENT};
    struct trial t = trial_of(c);
    struct procset near = preparing_neighbours(&t);
    say_hopchk(c, &next, prep->prep);
    if (!procset_empty(&near))
        say_hopchk(c, &segment, segment_tag(prep->prep));
    /* The coordinator's own question may have got lost, too. */
    if (prep->mine)
        for procset_each(i, &prep->members.in)
            if (i != self_of(c) && !procset_has(&prep->ready, (unsigned)i))
                say_prepare(c, (unsigned)i);
    arm(c, T_HOPCHK, now + pace_resend(&c->pace));
    if (now - prep->begun > ms(conf_of(c)->timeouts.gather))
        preparing_reset(c); /* the coordinator has forgotten us */
    return STAY;
}

struct move any_hopchk(struct core *c, const struct received *p, const union control *m, usec now)
{
    struct forming *f = &c->forming;
    struct trial t = trial_of(c);
    unsigned from = sender_of(p);
    peer_note_hop_tag(&c->peers[from], m->hopchk.tag);
    if (c->preparing.prep && !c->preparing.said_ready && preparing_hears_all(&t))
        arm(c, T_READY, now);
    if (c->state == CORE_RECOV && m->hopchk.tag == ring_id_tag(&f->ring) && !f->own.predecessor &&
        from == (unsigned)procset_predecessor(&f->members.in, self_of(c))) {
        f->own.predecessor = true;
        return recov_check(c, now);
    }
    return STAY;
}

/* -- the answers --------------------------------------------------------------------------- */

/* Nothing comes of it: these strangers are left alone for a while; the others need not wait. */
static void shun_strangers(struct core *c, const struct procset *some, bool learnt, usec now)
{
    for procset_each(i, some)
        peer_shun(c, (unsigned)i, learnt, now);
    preparing_reset(c);
    court_arm_lookup(c, now);
    court_greet(c, now);
}

static struct move evaluate(struct core *c, usec now)
{
    struct preparing *prep = &c->preparing;
    struct trial t = trial_of(c);
    bool fits = true, learnt = false;
    for procset_each(p, &prep->members.in) {
        unsigned missed = preparing_unheard_by(&t, (unsigned)p);
        if (missed == NO_PROC)
            continue;
        if (!in_ring(c, (unsigned)p) || !in_ring(c, missed))
            learnt |= note_bad_pair(c, (unsigned)p, missed, now);
        fits = false;
    }
    if (!fits) {
        struct procset all = preparing_strangers(&t);
        shun_strangers(c, &all, learnt, now);
        return STAY;
    }
    struct roster members = prep->members;
    for procset_each(i, &members.in) {
        c->forming.row.echoes[i] = prep->sayings[i];
        c->peers[i].shunning.times = 0;
    }
    struct procset left_out = procset_minus(&ring_members(c->ring)->in, &members.in);
    for procset_each(i, &left_out)
        tell(c, EVENT_LEFT_OUT, (unsigned)i, 0);
    preparing_reset(c);
    return form_propose(c, &members, ECHO_SAYING, WHY_MERGE, now);
}

static struct move on_ready(struct core *c, unsigned i, const struct ready *m, usec now)
{
    struct preparing *prep = &c->preparing;
    procset_add(&prep->ready, i);
    prep->sayings[i] = m->saying;
    prep->heard[i] = m->heard;
    epochs_see(&c->epochs, m->promised);
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
    struct trial t = trial_of(c);
    struct ready own = {.prep = prep->prep, .heard = preparing_heard(&t)};
    prep->said_ready = true;
    if (!prep->mine) {
        say_ready(c, &own.heard, now);
        return STAY;
    }
    return on_ready(c, self_of(c), &own, now);
}

struct move merge_give_up(struct core *c, usec now)
{
    const struct preparing *prep = &c->preparing;
    struct trial t = trial_of(c);
    struct procset blamed = preparing_blamed(&t);
    bool learnt = false;
    for procset_each(i, &prep->members.in)
        if (!procset_has(&prep->ready, (unsigned)i) && preparing_is_there(&t, (unsigned)i))
            learnt |= note_bad_pair(c, self_of(c), (unsigned)i, now);
    shun_strangers(c, &blamed, learnt, now);
    return STAY;
}
