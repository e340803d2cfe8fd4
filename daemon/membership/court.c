/* SPDX-License-Identifier: MIT
 *
 * Strangers: daemons that are not in our ring. The leader looks for them, and courts those it hears
 * of; merge.c has what comes of it.
 *
 * Courting: the leader of a ring tells a stranger of it by JOIN, and says so again until it is
 * answered or has been said often enough. Otherwise a lost JOIN would cost as long as it takes
 * until somebody looks for who is absent, which is a second or more.
 *
 * Of two leaders the smaller one goes on, so it is the one that waits for more: that the other is
 * ready to come. The larger one needs only be heard; what it says gets lost, too, and it says that
 * again when it sees from a question that it has not been heard.
 */
#include "daemon/membership/say.h"

enum {
    COLLECT_US = 50 * USEC_MS, /* for more strangers to show up */
    REFERRED_MOST =
        3, /* times running that somebody is referred to our leader, and nothing comes */
};

void court_reset(struct core *c)
{
    for (int i = 0; i < procs_of(c); i++)
        c->peers[i].courting.since = 0;
    disarm(c, T_COURT);
}

/* Says JOIN to stranger i, and again until it has answered. */
static void court(struct core *c, unsigned i, usec now)
{
    struct courting *k = &c->peers[i].courting;
    say_join(c, i, JOIN_RING, now);
    courting_begin(k, pace_resend(&c->pace), now);
    arm_by(c, T_COURT, k->due);
}

bool court_candidate(const struct core *c, unsigned i, struct roster *members, usec now)
{
    const struct peer *peer = &c->peers[i];
    *members = (struct roster){0};
    if (i == self_of(c) || in_ring(c, i) || is_shunned(&peer->shunning, now) || !peer->said_at ||
        now - peer->said_at > peer_silence(c) || !peer_lists(c, i, self_of(c)))
        return false;
    if (peer->join_at && now - peer->join_at <= peer_silence(c)) {
        const struct join *j = peer->join;
        if (j->kind == JOIN_RING && j->engaged != self_of(c))
            return false;
        *members = j->members;
    } else if (peer_is_searching(&c->peers[i]) && in_our_segment(c, i)) {
        roster_add(members, i, (uint32_t)peer->life.inc);
    }
    return !procset_empty(&members->in) && procset_first(&members->in) > self_of(c);
}

static bool has_answered(const struct core *c, unsigned i, usec now)
{
    struct roster members;
    if (i > self_of(c))
        return court_candidate(c, i, &members, now);
    return peer_heard_since(&c->peers[i], c->peers[i].courting.since) ||
           (c->preparing.prep && c->preparing.coordinator == i);
}

static bool is_done(const struct core *c, unsigned i, usec now)
{
    const struct peer *peer = &c->peers[i];
    return in_ring(c, i) || is_shunned(&peer->shunning, now) ||
           courting_is_in_vain(&peer->courting) || has_answered(c, i, now);
}

struct move court_on_time(struct core *c, usec now)
{
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        struct courting *k = &c->peers[i].courting;
        if (!k->since)
            continue;
        if (is_done(c, i, now)) {
            k->since = 0;
            continue;
        }
        if (k->due <= now) {
            say_join(c, i, JOIN_RING, now);
            courting_again(k, now);
        }
        arm_by(c, T_COURT, k->due);
    }
    return STAY;
}

/* -- strangers speak ----------------------------------------------------------------------- */

void court_on_stranger(struct core *c, unsigned i, const struct join *j, usec now)
{
    struct peer *peer = &c->peers[i];
    struct roster members;
    if (is_shunned(&peer->shunning, now) || c->state != CORE_OPER)
        return;
    uint16_t engaged = self_of(c);
    if (j && j->kind == JOIN_RING && i < self_of(c))
        engaged = (uint16_t)i;
    bool news = engaged != c->engaged || !peer_lists(c, i, self_of(c));
    c->engaged = engaged;
    bool unheard = j && j->kind == JOIN_RING && must_repeat_join(c, i, now);
    if (news || unheard || now - peer->joined_at >= ms(conf_of(c)->timeouts.join))
        court(c, i, now);
    if (!court_candidate(c, i, &members, now))
        return;
    usec wait = usec_earlier(ms(conf_of(c)->timeouts.join), COLLECT_US);
    if (c->deadlines[T_MERGE] == NEVER)
        arm(c, T_MERGE, now + wait > c->lull.until ? now + wait : c->lull.until);
}

void court_greet(struct core *c, usec now)
{
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        const struct peer *peer = &c->peers[i];
        bool joined = peer->join_at && now - peer->join_at <= peer_silence(c);
        if (i != self_of(c) && !in_ring(c, i) && peer->said_at &&
            now - peer->said_at <= peer_silence(c))
            court_on_stranger(c, i, joined ? peer->join : NULL, now);
    }
}

/* -- what others say of strangers ---------------------------------------------------------- */

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
    epochs_see(&c->epochs, m->probe.ring.epoch);
    if (in_ring(c, from)) {
        if (m->probe.ring.epoch > mine->epoch)
            return move_to(CORE_SEG, WHY_LATER_RING);
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
               !is_shunned(&c->peers[leader].shunning, now)) {
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
    if (leads(c) && to != self_of(c) && !in_ring(c, to) && !is_shunned(&c->peers[to].shunning, now) &&
        now - c->peers[to].joined_at >= USEC_MS)
        court(c, to, now);
    return STAY;
}

/* -- looking for who is absent ------------------------------------------------------------- */

static usec probe_due(const struct core *c, unsigned i, usec now)
{
    const struct peer *peer = &c->peers[i];
    struct absence absence = {
        .lost_at = peer->lost_at, .born_at = c->born_at, .shunned = peer->shunning.times > 0};
    usec period = courting_lookup(&absence, ms(conf_of(c)->timeouts.lookup),
                                  pace_token_timeout(&c->pace), now);
    usec last = peer->probed_at > c->entered_at ? peer->probed_at : c->entered_at;
    return last < peer->shunning.until ? peer->shunning.until : last + period;
}

void court_arm_lookup(struct core *c, usec now)
{
    disarm(c, T_LOOKUP);
    if (c->state != CORE_OPER || !leads(c))
        return;
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++)
        if (!in_ring(c, i))
            arm_by(c, T_LOOKUP, probe_due(c, i, now));
}

struct move oper_lookup(struct core *c, usec now)
{
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++)
        if (!in_ring(c, i) && probe_due(c, i, now) <= now)
            say_probe(c, i, now);
    court_arm_lookup(c, now);
    return STAY;
}
