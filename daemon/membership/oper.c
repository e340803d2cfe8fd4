/* SPDX-License-Identifier: MIT
 *
 * OPER: the ring turns. What keeps it turning goes to ring/; what shows that it does not, or should
 * not any more, is acted on here.
 */
#include "daemon/membership/inside.h"

enum {
    STALE_LIMIT = 3,        /* so many ALIVEs running with an older ring: it is not just late */
    WORST_JUDGE = 3,        /* with this health or worse we accuse nobody */
    REFUSALS_TO_BELIEVE = 3, /* in a row, with nothing heard meanwhile */
    REFUSED_AGAIN_US = 3 * USEC_MS,
    REFUSED_LAST_US = 5 * USEC_MS,
    REFUSED_FRESH_US = USEC_SECOND,
    COUNTERS_FRESH = 1 << 16, /* packets of ours that the system may still be quoting */
};

void lose_ring(struct core *c, const char *why, usec now)
{
    if (c->state == CORE_LEAVING)
        effects_left(&c->effects);
    else
        enter_seg(c, why, now);
}

static void suspect(struct core *c, unsigned i)
{
    procset_add(&c->suspects, i);
    effects_note(&c->effects, NOTE_SUSPECT, i, NO_PROC, "%s", "");
}

/* We accuse a member before the others. */
static void accuse(struct core *c, unsigned i, enum suspicion reason, const char *why, usec now)
{
    if (pace_health(&c->pace, now) >= WORST_JUDGE && reason == SUSPECT_TIMEOUT)
        return; /* it is us who are late; TokenTimeout decides */
    say_suspect(c, i, reason);
    suspect(c, i);
    lose_ring(c, why, now);
}

/* Leader: a member that answers and yet holds up the ring. */
static void evict(struct core *c, unsigned i, enum note_kind note, const char *why, usec now)
{
    struct procset whom = procset_of(i);
    effects_note(&c->effects, note, i, NO_PROC, "%s", "");
    peer_evict(c, i, now);
    form_remove(c, &whom, why, now);
}

void on_alarm(struct core *c, enum ring_alarm alarm, usec now)
{
    const struct procset *members = &ring_members(c->ring)->in;
    switch (alarm) {
    case RING_QUIET:
        break;
    case RING_TOKEN_LOST:
        lose_ring(c, "token lost", now);
        break;
    case RING_SUCCESSOR_SILENT:
        accuse(c, (unsigned)procset_successor(members, c->self), SUSPECT_TIMEOUT,
               "successor silent", now);
        break;
    case RING_LEADER_SILENT:
        accuse(c, ring_leader(c->ring), SUSPECT_TIMEOUT, "leader silent", now);
        break;
    case RING_DEAF:
        evict(c, ring_deaf(c->ring), NOTE_EVICTED, "member deaf", now);
        break;
    case RING_MUTE:
        say_suspect(c, c->self, SUSPECT_MUTE);
        break;
    case RING_UNHEARD:
        lose_ring(c, "what we send does not arrive", now);
        break;
    }
}

/* -- the ring's own packets ---------------------------------------------------------------- */

/* A member of ours shows a ring of a later epoch: the others have gone on without us. */
static void on_left_behind(struct core *c, unsigned i, usec now)
{
    effects_note(&c->effects, NOTE_LEFT_BEHIND, i, NO_PROC, "%s", "");
    lose_ring(c, "left behind", now);
}

static void on_foreign_data(struct core *c, const struct received *p, usec now)
{
    unsigned i = sender_of(p);
    struct data_header h;
    if (!data_decode(&h, p->body, p->header.body_len) || h.tag == ring_id_tag(ring_id(c->ring)))
        return;
    int32_t ahead = (int32_t)((uint32_t)(h.tag >> 32) - (uint32_t)ring_id(c->ring)->epoch);
    if (roster_has(ring_members(c->ring), i, (uint32_t)p->header.incarnation)) {
        if (ahead > 0 && ring_members(c->ring)->inc[i])
            on_left_behind(c, i, now);
        return;
    }
    if (now - c->peers[i].probed_at >= ms(c->conf->timeouts.join) || !c->peers[i].probed_at)
        say_probe(c, i, now);
}

void oper_data(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)m;
    if (!ring_on_data(c->ring, p, now))
        on_foreign_data(c, p, now);
}

void oper_token(struct core *c, const struct received *p, const union control *m, usec now)
{
    if (ring_id_equal(&m->token.ring, ring_id(c->ring)))
        on_alarm(c, ring_on_token(c->ring, &m->token, p, now), now);
}

void oper_tokack(struct core *c, const struct received *p, const union control *m, usec now)
{
    ring_on_tokack(c->ring, &m->tokack, p, now);
}

void oper_hurry(struct core *c, const struct received *p, const union control *m, usec now)
{
    ring_on_hurry(c->ring, &m->hurry, p, now);
}

void oper_suspect(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct suspect *s = &m->suspect;
    if (!ring_id_equal(&s->ring, ring_id(c->ring)) ||
        !roster_has(ring_members(c->ring), s->index, s->inc))
        return;
    if (s->reason == SUSPECT_MUTE) {
        if (s->index == sender_of(p) && leads(c) && c->state == CORE_OPER)
            evict(c, s->index, NOTE_MUTE, "member mute", now);
        return;
    }
    if (s->index == c->self) {
        lose_ring(c, "suspected by another", now); /* the ALIVE of SEG refutes it */
        return;
    }
    suspect(c, s->index);
    lose_ring(c, "another suspects a member", now);
}

/* -- ALIVE and JOIN ------------------------------------------------------------------------ */

/* A member of our ring, in the life we know, speaks up. True: we have left the ring for it. */
static bool on_member(struct core *c, unsigned i, const struct alive *a, usec now)
{
    const struct ring_id *mine = ring_id(c->ring);
    if (a->ring.epoch > mine->epoch)
        return on_left_behind(c, i, now), true;
    if (a->ring.epoch == mine->epoch) {
        c->peers[i].stale = 0;
        if (!peer_is_searching(c, i))
            return false;
        c->suspects = procset_union(&c->suspects, &a->suspects);
        c->suspects = procset_both(&c->suspects, &ring_members(c->ring)->in);
        procset_remove(&c->suspects, c->self);
        procset_remove(&c->suspects, i);
        return lose_ring(c, "a member gathers", now), true;
    }
    say_probe(c, i, now);
    if (++c->peers[i].stale < STALE_LIMIT)
        return false;
    return lose_ring(c, "a member did not come along", now), true;
}

/* Common to ALIVE and JOIN: true if the sender is a stranger to be courted. */
static bool on_speech(struct core *c, const struct received *p, const struct alive *a,
                      const union control *m, usec now)
{
    unsigned i = sender_of(p);
    const struct roster *members = ring_members(c->ring);
    if (!peer_said(c, i, a, now))
        return false;
    if (!procset_has(&members->in, i))
        return true;
    bool left = false;
    if (!roster_has(members, i, (uint32_t)p->header.incarnation)) {
        effects_note(&c->effects, NOTE_RESTARTED, i, NO_PROC, "%s", "");
        procset_add(&c->suspects, i);
        lose_ring(c, "a member has restarted", now);
        left = true;
    } else {
        left = on_member(c, i, a, now);
    }
    handler *next = left ? state_handler(c->state, p->header.type) : NULL;
    if (next && c->state != CORE_LEAVING) {
        c->peers[i].round = a->round - 1; /* it is news to the state we are in now */
        next(c, p, m, now);
    }
    return false;
}

/* Of our segment's members of the ring, the one who answers strangers. */
static bool is_segment_head(const struct core *c)
{
    struct procset here = procset_both(&c->segment, &ring_members(c->ring)->in);
    return procset_first(&here) == c->self;
}

void oper_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!on_speech(c, p, &m->alive, m, now))
        return;
    if (leads(c))
        merge_on_stranger(c, i, NULL, now);
    else if (is_segment_head(c))
        say_refer(c, i, ring_leader(c->ring));
}

void oper_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!on_speech(c, p, &m->join.alive, m, now))
        return;
    peer_said_join(c, i, &m->join, now);
    if (leads(c))
        merge_on_stranger(c, i, &m->join, now);
    else
        say_refer(c, i, ring_leader(c->ring));
}

/* Its INSTALL got lost: the one who made the ring says it again. */
void oper_recovered(struct core *c, const struct received *p, const union control *m, usec now)
{
    late_recovered(c, p, m, now);
    if (ring_id_equal(&m->recovered.ring, ring_id(c->ring)) && leads(c) &&
        in_ring(c, sender_of(p)))
        say_form_ring(c, PACKET_INSTALL, sender_of(p), ring_id(c->ring));
}

/* -- nobody listens there ------------------------------------------------------------------ */

static bool is_watched(const struct core *c, unsigned i)
{
    const struct procset *members = &ring_members(c->ring)->in;
    return in_ring(c, i) && (i == (unsigned)procset_successor(members, c->self) ||
                             i == ring_leader(c->ring));
}

void core_on_unreachable(struct core *c, uint16_t i, uint64_t incarnation, uint64_t counter,
                         usec now)
{
    if (i >= c->procs || i == c->self || incarnation != c->outlet.incarnation ||
        counter > c->outlet.counter || c->outlet.counter - counter > COUNTERS_FRESH ||
        c->conf->wide_area || c->state != CORE_OPER || !is_watched(c, i))
        return;
    struct peer *peer = &c->peers[i];
    if (peer->refusals > 0 && now - peer->refused_at > REFUSED_FRESH_US)
        peer->refusals = 0;
    peer->refused_at = now;
    peer->refusals++;
    if (peer->refusals >= REFUSALS_TO_BELIEVE)
        accuse(c, i, SUSPECT_UNREACHABLE, "nobody listens at a member's address", now);
    else
        arm(c, T_REFUSED,
            now + (peer->refusals == 1 ? (usec)REFUSED_AGAIN_US : (usec)REFUSED_LAST_US));
}

void oper_refused(struct core *c, usec now)
{
    (void)now;
    disarm(c, T_REFUSED);
    for procset_each(i, &ring_members(c->ring)->in) {
        struct destination to = to_proc((unsigned)i);
        struct tokack ping = {.tag = ring_id_tag(ring_id(c->ring))};
        uint8_t body[16];
        struct writer w = writer_of(body, sizeof body);
        if (i == c->self || c->peers[i].refusals == 0)
            continue;
        tokack_encode(&w, &ping);
        outlet_control(&c->outlet, &to, PACKET_TOKACK, PACKET_ACKREQ, body, writer_len(&w));
    }
}
