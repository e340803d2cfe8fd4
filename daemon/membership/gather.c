/* SPDX-License-Identifier: MIT
 *
 * GATHER: we speak for our segment, and find those who speak for others by JOIN. The smallest of those
 * that hear each other proposes a ring (reps.h).
 */
#include "daemon/membership/say.h"
#include "daemon/membership/search.h"

enum { ASKED_IN_VAIN = 2 /* times */ };

/* Of the old ring's members those of other segments that may be there. */
static struct procset old_members_elsewhere(const struct core *c)
{
    struct procset old = old_members(c), segment = segment_of(c);
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
    struct gathering *g = &c->gathering;
    struct hearing h = hearing_of(c);
    if (g->joins_said == ASKED_IN_VAIN && !hearing_all(&h, &g->expected))
        ask_all_old_members(c);
    g->joins_said++;
    for procset_each(i, &c->targets)
        say_join(c, (unsigned)i, JOIN_SEGMENT, now);
    arm(c, T_JOIN, now + gathering_next_saying(g->joins_said, ms(conf_of(c)->timeouts.join)));
}

struct move gather_say_join(struct core *c, usec now)
{
    say_for_whom_we_speak(c, now);
    return STAY;
}

static bool at_boot(const struct core *c)
{
    return ring_id(c->ring)->epoch == 0;
}

struct move gather_begin(struct core *c, usec now)
{
    struct gathering *g = &c->gathering;
    struct procset old = old_members_elsewhere(c), segment = segment_of(c);
    g->engaged = self_of(c);
    g->expected = reps_expected(conf_of(c), &old);
    c->targets = procset_union(&c->targets, &g->expected);
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++)
        if (at_boot(c) || (c->peers[i].join_at && c->peers[i].join_at >= g->began))
            procset_add(&c->targets, i);
    c->targets = procset_minus(&c->targets, &segment);
    arm(c, T_GATHER, now + ms(conf_of(c)->timeouts.gather));
    await_quiet(c, conf_of(c)->timeouts.gather, now);
    say_for_whom_we_speak(c, now);
    /* Alone in the segment, nobody expected and nobody to ask: there is nothing to wait for. */
    return procset_empty(&c->targets) ? gather_decide(c, now) : STAY;
}

static struct procset chosen_reps(const struct core *c, usec now)
{
    struct hearing h = hearing_of(c);
    return reps_choose(&h, &c->gathering.group, &c->pairs, now);
}

static bool all_agree(const struct core *c, const struct procset *reps)
{
    struct hearing h = hearing_of(c);
    return reps_agree(&h, &c->gathering.expected, reps) || reps_have_all(&h, &c->gathering.group, reps);
}

static bool is_courted(const struct core *c, usec now)
{
    struct hearing h = hearing_of(c);
    return reps_is_courted(&h, ms(conf_of(c)->timeouts.join), now);
}

/* We are the smallest: the ring of all who are engaged to us. */
static struct move propose_ring(struct core *c, const struct procset *reps, usec now)
{
    struct hearing h = hearing_of(c);
    struct roster members;
    reps_members(&h, &c->gathering.group, reps, &members, c->forming.row.echoes);
    if (procset_first(&members.in) != self_of(c)) /* it will speak for us, or for itself */
        return move_to(CORE_SEG, WHY_NOT_SMALLEST);
    return form_propose(c, &members, ECHO_SAYING, WHY_GATHERED, now);
}

struct move gather_decide(struct core *c, usec now)
{
    struct gathering *g = &c->gathering;
    struct procset reps = chosen_reps(c, now);
    unsigned first = (unsigned)procset_first(&reps);
    bool end = has_lasted(c, conf_of(c)->timeouts.gather, now);
    bool soon = !procset_empty(&c->targets) && !all_agree(c, &reps) &&
                (g->joins_said < SAYINGS_BEFORE_QUIET || c->reloaded);
    if (!end && (soon || is_courted(c, now))) {
        arm(c, T_QUIET, c->deadlines[T_JOIN] + 1);
        return STAY;
    }
    disarm(c, T_QUIET);
    if (first == self_of(c))
        return propose_ring(c, &reps, now);
    g->waiting = true;
    g->engaged = (uint16_t)first;
    arm(c, T_GATHER, c->entered_at + ms(conf_of(c)->timeouts.gather) +
                         ms(conf_of(c)->timeouts.form) / 2);
    return STAY;
}

struct move gather_give_up(struct core *c, usec now)
{
    if (!c->gathering.waiting)
        return gather_decide(c, now);
    procset_add(&c->suspects, c->gathering.engaged);
    return move_to(CORE_SEG, WHY_NOT_ASKED);
}

struct move gather_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    struct hearing h = hearing_of(c);
    if (!in_our_segment(c, i) || !peer_said(c, i, &m->alive, now))
        return STAY;
    if (hearing_mutual(&h, i) && i > self_of(c) && peer_is_searching(&c->peers[i]))
        procset_add(&c->gathering.group, i); /* late, but here: we speak for it too */
    if (!peer_lists(c, i, self_of(c)))
        arm_by(c, T_ALIVE, now + USEC_MS);
    return STAY;
}

struct move gather_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    struct hearing h = hearing_of(c);
    bool news = !hearing_mutual(&h, i);
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
    if (c->gathering.waiting)
        return STAY;
    struct procset reps = chosen_reps(c, now);
    unsigned first = (unsigned)procset_first(&reps);
    if (first != c->gathering.engaged) {
        c->gathering.engaged = (uint16_t)first;
        say_for_whom_we_speak(c, now); /* tell everybody whom we are engaged to */
    }
    if (news)
        await_quiet(c, conf_of(c)->timeouts.gather, now);
    return all_agree(c, &reps) ? gather_decide(c, now) : STAY;
}

struct move gather_refer(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned from = sender_of(p), to = m->refer.to;
    /* Who refers is not who speaks for its segment, or not yet: it is there. */
    if (procset_has(&c->gathering.expected, from)) {
        if (!c->gathering.waiting)
            await_quiet(c, conf_of(c)->timeouts.gather, now);
        procset_remove(&c->gathering.expected, from);
        if (to != self_of(c) && !in_our_segment(c, to))
            procset_add(&c->gathering.expected, to);
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

