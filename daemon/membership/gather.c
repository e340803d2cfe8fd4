/* SPDX-License-Identifier: MIT
 *
 * SEG, REPD, GATHER: who is there? First inside the segment, by ALIVE to its address; then the
 * smallest of those who hear each other speaks for them and finds the others by JOIN.
 *
 * Who counts is who has proven to hear us: it lists our present life among those it has heard. A
 * set in which everybody hears everybody is built in order of indices, the same wherever the same
 * was heard, so that a link which works in one direction only cannot keep the others busy.
 */
#include "daemon/membership/inside.h"

enum { QUIET_SAYINGS = 3, QUIET_MIN_US = 30 * USEC_MS, ASKED_IN_VAIN = 2 /* times */ };

/* When we say something again: soon at first, for the first answers are what matters. */
static usec next_saying(unsigned said, uint32_t period_ms)
{
    static const uint32_t early_ms[] = {5, 10, 20, 40, 80};
    if (said - 1 < sizeof early_ms / sizeof early_ms[0])
        return ms(early_ms[said - 1]);
    return ms(period_ms);
}

/* Silence after which somebody does not count any more. */
static usec quiet_time(const struct core *c, uint32_t limit_ms, usec now)
{
    usec t = 4 * pace_rotation(&c->pace) + QUIET_MIN_US;
    return usec_earlier(t * pace_health(&c->pace, now), ms(limit_ms));
}

/* The state has lasted as long as it may. */
static bool is_over(const struct core *c, uint32_t limit_ms, usec now)
{
    return now >= c->entered_at + ms(limit_ms);
}

/* Of the old ring's members those that the configuration still has. */
static struct procset old_members(const struct core *c)
{
    struct procset old = ring_members(c->ring)->in;
    for (unsigned i = FIRST_GHOST; i < PROCS_MAX; i++)
        procset_remove(&old, i);
    return old;
}

/* -- SEG ----------------------------------------------------------------------------------- */

static void say_we_are_here(struct core *c, usec now)
{
    c->alives_said++;
    say_alive_to_segment(c, now);
    arm(c, T_ALIVE, now + next_saying(c->alives_said, conf_of(c)->timeouts.alive));
}

struct move seg_say_alive(struct core *c, usec now)
{
    say_we_are_here(c, now);
    return STAY;
}

struct move seg_start(struct core *c, usec now)
{
    (void)c;
    (void)now;
    return move_to(CORE_SEG, WHY_START);
}

struct move gather_begin_seg(struct core *c, usec now)
{
    struct procset old = old_members(c);
    procset_remove(&old, self_of(c));
    c->gather_began = now;
    c->alives_said = 0;
    struct procset segment = segment_of(c);
    c->expected = procset_both(&old, &segment);
    c->expected = procset_minus(&c->expected, &c->suspects);
    arm(c, T_SEG, now + ms(conf_of(c)->timeouts.seg));
    arm(c, T_QUIET, now + quiet_time(c, conf_of(c)->timeouts.seg, now));
    say_we_are_here(c, now);
    return !has_neighbours(c) ? seg_decide(c, now) /* nobody else can be here */ : STAY;
}

static bool is_mutual(const struct core *c, unsigned i)
{
    return peer_heard_since(&c->peers[i], c->gather_began) && peer_lists(c, i, self_of(c));
}

/* a hears b, and the other way round, for all that was said. */
static bool hear_each_other(const struct core *c, unsigned a, unsigned b)
{
    if (a == self_of(c))
        return is_mutual(c, b);
    if (b == self_of(c))
        return is_mutual(c, a);
    return peer_lists(c, a, b) && peer_lists(c, b, a);
}

/* Those of candidates who all hear each other, taken in order of indices; we are one. */
static struct procset mutual_set(const struct core *c, const struct procset *candidates)
{
    struct procset chosen = {{0}};
    for procset_each(i, candidates) {
        bool fits = i == self_of(c) || is_mutual(c, (unsigned)i);
        for procset_each(k, &chosen)
            fits = fits && hear_each_other(c, (unsigned)i, (unsigned)k);
        if (fits)
            procset_add(&chosen, (unsigned)i);
    }
    return chosen;
}

static bool all_answered(const struct core *c)
{
    for procset_each(i, &c->expected)
        if (!is_mutual(c, (unsigned)i))
            return false;
    return !procset_empty(&c->expected);
}

static struct move be_represented(struct core *c, uint16_t rep)
{
    c->rep = rep;
    return move_to(CORE_REPD, WHY_SPOKEN_FOR);
}

struct move seg_decide(struct core *c, usec now)
{
    struct procset candidates = procset_of(self_of(c));
    struct procset segment = segment_of(c);
    for procset_each(i, &segment)
        if (peer_is_searching(&c->peers[i]))
            procset_add(&candidates, (unsigned)i);
    /* After a reload others may load their file a little later. */
    bool early = !is_over(c, conf_of(c)->timeouts.seg, now) && !all_answered(c) &&
                 has_neighbours(c);
    if (early && (c->alives_said < QUIET_SAYINGS || c->reloaded)) {
        arm(c, T_QUIET, c->deadlines[T_ALIVE] + 1);
        return STAY;
    }
    c->group = mutual_set(c, &candidates);
    procset_add(&c->group, self_of(c));
    unsigned first = (unsigned)procset_first(&c->group);
    return first == self_of(c) ? move_to(CORE_GATHER, WHY_SMALLEST_HERE)
                            : be_represented(c, (uint16_t)first);
}

/* Somebody new was heard: those who are missing get as much time again. */
static void be_patient(struct core *c, uint32_t limit_ms, usec now)
{
    arm(c, T_QUIET, now + quiet_time(c, limit_ms, now));
}

struct move seg_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    bool news = !is_mutual(c, i);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    procset_remove(&c->suspects, i); /* it speaks, so it lives */
    if (news)
        be_patient(c, conf_of(c)->timeouts.seg, now);
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS); /* let it hear us */
    return all_answered(c) ? seg_decide(c, now) : STAY;
}

/* A representative of our segment that counts us in speaks for us; of another, it is to hear of us
 * later, and that it need only wait. */
struct move seg_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!peer_said(c, i, &m->join.alive, now))
        return STAY;
    peer_note_join(&c->peers[i], &m->join, now);
    if (in_our_segment(c, i) && m->join.kind == JOIN_SEGMENT && i < self_of(c) &&
        roster_has(&m->join.members, self_of(c), c->inc32))
        return be_represented(c, (uint16_t)i);
    if (in_our_segment(c, i))
        return STAY;
    procset_add(&c->targets, i);
    if (m->join.kind == JOIN_SEGMENT)
        say_refer(c, i, self_of(c));
    return STAY;
}

struct move seg_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    procset_add(&c->targets, sender_of(p));
    if (m->probe.leader < procs_of(c))
        procset_add(&c->targets, m->probe.leader);
    epochs_see(&c->epochs, m->probe.ring.epoch);
    return STAY;
}

struct move seg_refer(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)p;
    (void)now;
    procset_add(&c->targets, m->refer.to);
    return STAY;
}

/* -- REPD ---------------------------------------------------------------------------------- */

/* d1 speaks for d2 as long as it looks for a ring for both. Once d1 is in a ring again, d2 is not in
 * it: then what d1 says is that it courts d2, which may come to nothing again and again while one of
 * them stands still now and then, and d2 must not wait without a ring for as long as that goes on. */
static void on_rep_speaks(struct core *c, unsigned i, usec now)
{
    if (i == c->rep && peer_is_searching(&c->peers[i]))
        arm(c, T_REP, now + ms(conf_of(c)->timeouts.rep));
}

struct move repd_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    procset_remove(&c->suspects, i);
    on_rep_speaks(c, i, now);
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS);
    return STAY;
}

struct move repd_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!peer_said(c, i, &m->join.alive, now))
        return STAY;
    peer_note_join(&c->peers[i], &m->join, now);
    on_rep_speaks(c, i, now);
    if (!in_our_segment(c, i))
        say_refer(c, i, c->rep);
    return STAY;
}

struct move repd_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    epochs_see(&c->epochs, m->probe.ring.epoch);
    say_refer(c, sender_of(p), c->rep);
    return STAY;
}

struct move repd_give_up(struct core *c, usec now)
{
    procset_add(&c->suspects, c->rep);
    (void)now;
    return move_to(CORE_SEG, WHY_SPEAKER_SILENT);
}

/* -- GATHER -------------------------------------------------------------------------------- */

/* Of the old ring's members those of other segments that may be there. */
static struct procset old_members_elsewhere(const struct core *c)
{
    struct procset old = old_members(c);
    struct procset segment = segment_of(c);
    old = procset_minus(&old, &segment);
    return procset_minus(&old, &c->suspects);
}

/* Who should speak for another segment has not answered. It may be cut off, and somebody else there
 * may not: then that one speaks, or says who does. */
static void ask_all_old_members(struct core *c)
{
    struct procset old = old_members_elsewhere(c);
    c->targets = procset_union(&c->targets, &old);
}

static void say_for_whom_we_speak(struct core *c, usec now)
{
    if (c->joins_said == ASKED_IN_VAIN && !all_answered(c))
        ask_all_old_members(c);
    c->joins_said++;
    for procset_each(i, &c->targets)
        say_join(c, (unsigned)i, JOIN_SEGMENT, now);
    arm(c, T_JOIN, now + next_saying(c->joins_said, conf_of(c)->timeouts.join));
}

struct move gather_say_join(struct core *c, usec now)
{
    say_for_whom_we_speak(c, now);
    return STAY;
}

/* Of each other segment that had members in the old ring, the one who should speak for it. */
static struct procset expected_reps(const struct core *c)
{
    struct procset reps = {{0}}, old = old_members_elsewhere(c);
    int last_segment = -1;
    for procset_each(i, &old) {
        if (conf_of(c)->daemons[i].segment != last_segment)
            procset_add(&reps, (unsigned)i);
        last_segment = conf_of(c)->daemons[i].segment;
    }
    return reps;
}

static bool at_boot(const struct core *c)
{
    return ring_id(c->ring)->epoch == 0;
}

struct move gather_begin(struct core *c, usec now)
{
    c->joins_said = 0;
    c->waiting = false;
    c->engaged = self_of(c);
    c->expected = expected_reps(c);
    c->targets = procset_union(&c->targets, &c->expected);
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++)
        if (at_boot(c) || (c->peers[i].join_at && c->peers[i].join_at >= c->gather_began))
            procset_add(&c->targets, i);
    struct procset segment = segment_of(c);
    c->targets = procset_minus(&c->targets, &segment);
    arm(c, T_GATHER, now + ms(conf_of(c)->timeouts.gather));
    arm(c, T_QUIET, now + quiet_time(c, conf_of(c)->timeouts.gather, now));
    say_for_whom_we_speak(c, now);
    /* Alone in the segment, nobody expected and nobody to ask: there is nothing to wait for. */
    return procset_empty(&c->targets) ? gather_decide(c, now) : STAY;
}

/* A JOIN of this gathering by somebody who, like us, speaks for a segment. */
static const struct join *join_of(const struct core *c, unsigned i)
{
    const struct peer *peer = &c->peers[i];
    bool fresh = peer->join_at && peer->join_at >= c->gather_began;
    return fresh && peer->join->kind == JOIN_SEGMENT ? peer->join : NULL;
}

static const struct procset *members_of(const struct core *c, unsigned rep)
{
    return rep == self_of(c) ? &c->group : &join_of(c, rep)->members.in;
}

/* A representative says itself that two of its and another's members do not go together. */
static bool tells_bad_pair(const struct core *c, unsigned rep, const struct procset *a,
                           const struct procset *b)
{
    const struct join *j = rep == self_of(c) ? NULL : join_of(c, rep);
    for (int k = 0; j && k < j->bad_count; k++)
        if ((procset_has(a, j->bad[k].a) && procset_has(b, j->bad[k].b)) ||
            (procset_has(a, j->bad[k].b) && procset_has(b, j->bad[k].a)))
            return true;
    return false;
}

static bool is_split(const struct core *c, unsigned a, unsigned b, usec now)
{
    const struct procset *of_a = members_of(c, a), *of_b = members_of(c, b);
    return pairs_between(&c->pairs, of_a, of_b, now) || tells_bad_pair(c, a, of_a, of_b) ||
           tells_bad_pair(c, b, of_a, of_b);
}

/* The representatives, we among them, that all hear each other and whose members go together. */
static struct procset chosen_reps(const struct core *c, usec now)
{
    struct procset candidates = procset_of(self_of(c)), fit = {{0}};
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++)
        if (i != self_of(c) && join_of(c, i))
            procset_add(&candidates, i);
    struct procset mutual = mutual_set(c, &candidates);
    for procset_each(i, &mutual) {
        bool fits = i == self_of(c) || !is_split(c, (unsigned)i, self_of(c), now);
        for procset_each(k, &fit)
            fits = fits && !is_split(c, (unsigned)i, (unsigned)k, now);
        if (fits)
            procset_add(&fit, (unsigned)i);
    }
    procset_add(&fit, self_of(c));
    return fit;
}

/* Everybody expected has answered, and would form the same ring. */
static bool all_agree(const struct core *c, const struct procset *reps)
{
    if (!all_answered(c))
        return false;
    for procset_each(i, &c->expected)
        if (!join_of(c, (unsigned)i))
            return false;
    for procset_each(i, reps) {
        const struct join *j = i == self_of(c) ? NULL : join_of(c, (unsigned)i);
        if (j && j->engaged != procset_first(reps))
            return false;
    }
    return true;
}

static void add_members(struct core *c, struct roster *all, unsigned rep)
{
    const struct join *j = rep == self_of(c) ? NULL : join_of(c, rep);
    for procset_each(i, members_of(c, rep)) {
        uint32_t inc = j ? j->members.inc[i] : peer_inc32(c, (unsigned)i);
        if (inc && !procset_has(&all->in, (unsigned)i)) {
            roster_add(all, (unsigned)i, inc);
            c->forming.echo_rounds[i] = j ? j->rounds[i] : c->peers[i].round;
        }
    }
}

/* We are the smallest: the ring of all who are engaged to us. */
static struct move propose_ring(struct core *c, const struct procset *reps, usec now)
{
    struct roster members = {0};
    add_members(c, &members, self_of(c));
    for procset_each(i, reps)
        if (i != self_of(c) && join_of(c, (unsigned)i)->engaged == self_of(c))
            add_members(c, &members, (unsigned)i);
    if (procset_first(&members.in) != self_of(c)) /* it will speak for us, or for itself */
        return move_to(CORE_SEG, WHY_NOT_SMALLEST);
    return form_propose(c, &members, ECHO_ROUND, WHY_GATHERED, now);
}

/* A leader of a running ring courts us: it will ask us in, which costs nobody a change of view. */
static bool is_courted(const struct core *c, usec now)
{
    for (unsigned i = 0; i < self_of(c); i++) {
        const struct peer *peer = &c->peers[i];
        if (peer->join_at && peer->join_at >= c->gather_began && peer->join->kind == JOIN_RING &&
            now - peer->join_at <= 2 * ms(conf_of(c)->timeouts.join) && peer_lists(c, i, self_of(c)) &&
            !is_shunned(&peer->shunning, now))
            return true;
    }
    return false;
}

struct move gather_decide(struct core *c, usec now)
{
    struct procset reps = chosen_reps(c, now);
    unsigned first = (unsigned)procset_first(&reps);
    bool end = is_over(c, conf_of(c)->timeouts.gather, now);
    bool nobody = procset_empty(&c->targets);
    bool soon = !nobody && !all_agree(c, &reps) && (c->joins_said < QUIET_SAYINGS || c->reloaded);
    if (!end && (soon || is_courted(c, now))) {
        arm(c, T_QUIET, c->deadlines[T_JOIN] + 1);
        return STAY;
    }
    disarm(c, T_QUIET);
    if (first == self_of(c))
        return propose_ring(c, &reps, now);
    c->waiting = true;
    c->engaged = (uint16_t)first;
    arm(c, T_GATHER, c->entered_at + ms(conf_of(c)->timeouts.gather) +
                         ms(conf_of(c)->timeouts.form) / 2);
    return STAY;
}

struct move gather_give_up(struct core *c, usec now)
{
    if (!c->waiting)
        return gather_decide(c, now);
    procset_add(&c->suspects, c->engaged);
    return move_to(CORE_SEG, WHY_NOT_ASKED);
}

struct move gather_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    if (is_mutual(c, i) && i > self_of(c) && peer_is_searching(&c->peers[i]))
        procset_add(&c->group, i); /* late, but here: we speak for it too */
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS);
    return STAY;
}

struct move gather_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    bool news = !is_mutual(c, i);
    if (!peer_said(c, i, &m->join.alive, now))
        return STAY;
    peer_note_join(&c->peers[i], &m->join, now);
    if (in_our_segment(c, i))
        return STAY; /* two speak for one segment: each forms its own ring, which then merge */
    procset_remove(&c->suspects, i);
    if (!procset_has(&c->targets, i) || !m->join.alive.heard.inc[self_of(c)] ||
        must_repeat_join(c, i, now))
        say_join(c, i, JOIN_SEGMENT, now);
    procset_add(&c->targets, i);
    if (c->waiting)
        return STAY;
    struct procset reps = chosen_reps(c, now);
    unsigned first = (unsigned)procset_first(&reps);
    if (first != c->engaged) {
        c->engaged = (uint16_t)first;
        say_for_whom_we_speak(c, now); /* tell everybody whom we are engaged to */
    }
    if (news)
        be_patient(c, conf_of(c)->timeouts.gather, now);
    return all_agree(c, &reps) ? gather_decide(c, now) : STAY;
}

struct move gather_refer(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned from = sender_of(p), to = m->refer.to;
    /* Who refers is not who speaks for its segment, or not yet: it is there. */
    if (procset_has(&c->expected, from)) {
        if (!c->waiting)
            be_patient(c, conf_of(c)->timeouts.gather, now);
        procset_remove(&c->expected, from);
        if (to != self_of(c) && !in_our_segment(c, to))
            procset_add(&c->expected, to);
    }
    if (to == self_of(c) || in_our_segment(c, to) || procset_has(&c->targets, to))
        return STAY;
    procset_add(&c->targets, to);
    say_join(c, to, JOIN_SEGMENT, now);
    return STAY;
}

struct move gather_probe(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned whom[] = {sender_of(p), m->probe.leader};
    epochs_see(&c->epochs, m->probe.ring.epoch);
    for (int k = 0; k < 2; k++) {
        if (in_our_segment(c, whom[k]) || procset_has(&c->targets, whom[k]))
            continue;
        procset_add(&c->targets, whom[k]);
        say_join(c, whom[k], JOIN_SEGMENT, now);
    }
    return STAY;
}

/* -- what the old ring still says ---------------------------------------------------------- */

struct move stopped_data(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)m;
    ring_on_data(c->ring, p, now);
    return STAY;
}

struct move stopped_suspect(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct suspect *s = &m->suspect;
    struct destination to = to_proc(sender_of(p));
    if (!ring_id_equal(&s->ring, ring_id(c->ring)))
        return STAY;
    if (s->index == self_of(c))
        say_alive(c, &to, now);
    else if (!peer_heard_since(&c->peers[s->index], c->gather_began))
        procset_remove(&c->expected, s->index);
    return STAY;
}

struct move stopped_leave(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    if (!ring_id_equal(&m->leave.ring, ring_id(c->ring)))
        return STAY;
    procset_remove(&c->expected, sender_of(p));
    procset_add(&c->suspects, sender_of(p));
    return STAY;
}
