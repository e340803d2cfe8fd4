/* SPDX-License-Identifier: MIT
 *
 * OPER: the ring turns. What keeps it turning goes to ring/; what shows that it does not, or should
 * not any more, is acted on here.
 */
#include "daemon/membership/say.h"

enum {
    STALE_LIMIT = 3,        /* so many ALIVEs running with an older ring: it is not just late */
    WORST_JUDGE = 3,        /* with this health or worse we accuse nobody */
    REFUSALS_TO_BELIEVE = 3, /* in a row, with nothing heard meanwhile */
    REFUSED_AGAIN_US = 3 * USEC_MS,
    REFUSED_LAST_US = 5 * USEC_MS,
    REFUSED_FRESH_US = USEC_SECOND,
    ASK_AGAIN_US = 300 * USEC_MS, /* an answer takes half of that at most */
    COUNTERS_FRESH = 1 << 16, /* packets of ours that the system may still be quoting */
};

/* The ring is broken: on to SEG, or out if we are leaving. */
static struct move lose_ring(struct core *c, enum why why)
{
    if (c->state != CORE_LEAVING)
        return move_to(CORE_SEG, why);
    effects_left(&c->effects);
    return STAY;
}

/* Who is dead, by what its host says, is not silent. */
static void suspect(struct core *c, unsigned i, enum suspicion reason, usec now)
{
    procset_add(&c->suspects, i);
    if (reason == SUSPECT_TIMEOUT)
        silent_note(c, i, now);
    tell(c, EVENT_SUSPECT, i, 0);
}

/* We accuse a member before the others. */
static struct move accuse(struct core *c, unsigned i, enum suspicion reason, enum why why, usec now)
{
    if (pace_health(&c->pace, now) >= WORST_JUDGE && reason == SUSPECT_TIMEOUT)
        return STAY; /* it is us who are late; TokenTimeout decides */
    say_suspect(c, i, reason);
    suspect(c, i, reason, now);
    return lose_ring(c, why);
}

/* -- a member is silent: does its host live? ----------------------------------------------- */

/* It may be asked for as our successor and, at nearly the same time, as the leader. */
static void ask(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    if (peer->answer == HOST_ASKED && peer->asked_at && now - peer->asked_at < ASK_AGAIN_US)
        return;
    peer->question = ++c->question_count;
    peer->asked_at = now;
    peer->answer = HOST_ASKED;
    procset_add(&c->questions, i);
}

static void tell_paused(struct core *c, unsigned i)
{
    tell(c, EVENT_PAUSED, i, conf_of(c)->timeouts.token);
}

static enum why why_silent(const struct core *c, unsigned i)
{
    return i == ring_leader(c->ring) ? WHY_LEADER_SILENT : WHY_SUCCESSOR_SILENT;
}

/* The usual patience is over. If its host has not answered yet, core_on_answer goes on; if that never
 * comes, TokenTimeout does. */
static struct move on_silent(struct core *c, unsigned i, enum why why, usec now)
{
    if (c->peers[i].answer == HOST_SILENT) {
        usec until = silent_until(c, i, now);
        if (now >= until)
            return accuse(c, i, SUSPECT_TIMEOUT, why, now);
        arm_by(c, T_PATIENT, until);
    }
    if (c->peers[i].answer == HOST_LIVES)
        tell_paused(c, i);
    return STAY;
}

/* Who runs late itself blames nobody. */
static struct move on_lost(struct core *c, unsigned i, enum why why, usec now)
{
    struct move m = accuse(c, i, SUSPECT_TIMEOUT, why, now);
    return stays(m) ? lose_ring(c, why) : m;
}

/* A wall that refuses connections may stand in the way: whoever was put out for that, and lives on,
 * is not put out for it again in that life. */
static enum host_answer believe(struct core *c, unsigned i, enum host_answer answer)
{
    struct peer *peer = &c->peers[i];
    if (answer != HOST_REFUSES)
        return answer;
    if (peer->refused_life == peer_inc32(c, i))
        return HOST_SILENT;
    peer->refused_life = peer_inc32(c, i);
    return HOST_REFUSES;
}

struct move oper_answer(struct core *c, const struct question *q, enum host_answer answer, usec now)
{
    unsigned i = q->whom;
    if (i >= (unsigned)procs_of(c))
        return STAY;
    struct peer *peer = &c->peers[i];
    if (q->number != peer->question || peer->answer != HOST_ASKED)
        return STAY; /* of another configuration, or asked anew since */
    enum ring_silence silence = ring_silence(c->ring, i);
    if ((c->state != CORE_OPER && c->state != CORE_LEAVING) || silence == SILENCE_NONE) {
        peer->answer = HOST_SILENT;
        return STAY;
    }
    peer->answer = believe(c, i, answer);
    if (peer->answer == HOST_REFUSES)
        return accuse(c, i, SUSPECT_UNREACHABLE, WHY_UNREACHABLE, now);
    if (silence != SILENCE_LONG)
        return STAY;
    return on_silent(c, i, why_silent(c, i), now);
}

/* Somebody may have come back, and another been silent for less long. */
struct move oper_patient(struct core *c, usec now)
{
    struct move m = STAY;
    for procset_each(i, &ring_members(c->ring)->in)
        if (stays(m) && ring_silence(c->ring, (unsigned)i) == SILENCE_LONG)
            m = on_silent(c, (unsigned)i, why_silent(c, (unsigned)i), now);
    return m;
}

/* Leader: a member that answers and yet holds up the ring. */
static struct move evict(struct core *c, unsigned i, enum event_kind what, enum why why,
                         usec now)
{
    struct procset whom = procset_of(i);
    tell(c, what, i, 0);
    peer_evict(c, i, now);
    return form_remove(c, &whom, why, now);
}

struct move on_alarm(struct core *c, enum ring_alarm alarm, usec now)
{
    unsigned successor = ring_passed_to(c->ring);
    switch (alarm) {
    case RING_QUIET:
        break;
    case RING_TOKEN_LOST:
        return lose_ring(c, WHY_TOKEN_LOST);
    case RING_SUCCESSOR_LATE:
        ask(c, successor, now);
        break;
    case RING_SUCCESSOR_SILENT:
        return on_silent(c, successor, WHY_SUCCESSOR_SILENT, now);
    case RING_SUCCESSOR_LOST:
        return on_lost(c, successor, WHY_SUCCESSOR_SILENT, now);
    case RING_LEADER_LATE:
        ask(c, ring_leader(c->ring), now);
        break;
    case RING_LEADER_SILENT:
        return on_silent(c, ring_leader(c->ring), WHY_LEADER_SILENT, now);
    case RING_LEADER_LOST:
        return on_lost(c, ring_leader(c->ring), WHY_LEADER_SILENT, now);
    case RING_DEAF:
        return evict(c, ring_deaf(c->ring), EVENT_EVICTED, WHY_MEMBER_DEAF, now);
    case RING_MUTE:
        say_suspect(c, self_of(c), SUSPECT_MUTE);
        break;
    case RING_UNHEARD:
        return lose_ring(c, WHY_UNHEARD);
    }
    return STAY;
}

/* -- the ring's own packets ---------------------------------------------------------------- */

/* A member of ours shows a ring of a later epoch: the others have gone on without us. */
static struct move on_left_behind(struct core *c, unsigned i)
{
    tell(c, EVENT_LEFT_BEHIND, i, 0);
    return lose_ring(c, WHY_LEFT_BEHIND);
}

static struct move on_foreign_data(struct core *c, const struct received *p, usec now)
{
    unsigned i = sender_of(p);
    struct data_header h;
    if (!data_decode(&h, p->body, p->header.body_len) || h.tag == ring_id_tag(ring_id(c->ring)))
        return STAY;
    int32_t ahead = (int32_t)((uint32_t)(h.tag >> 32) - (uint32_t)ring_id(c->ring)->epoch);
    if (roster_has(ring_members(c->ring), i, (uint32_t)p->header.incarnation)) {
        if (ahead > 0 && ring_members(c->ring)->inc[i])
            return on_left_behind(c, i);
        return STAY;
    }
    if (now - c->peers[i].probed_at >= ms(conf_of(c)->timeouts.join) || !c->peers[i].probed_at)
        say_probe(c, i, now);
    return STAY;
}

struct move oper_data(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)m;
    if (!ring_on_data(c->ring, p, now))
        return on_foreign_data(c, p, now);
    return STAY;
}

struct move oper_token(struct core *c, const struct received *p, const union control *m, usec now)
{
    if (ring_id_equal(&m->token.ring, ring_id(c->ring)))
        return on_alarm(c, ring_on_token(c->ring, &m->token, p, now), now);
    return STAY;
}

struct move oper_tokack(struct core *c, const struct received *p, const union control *m, usec now)
{
    ring_on_tokack(c->ring, &m->tokack, p, now);
    return STAY;
}

struct move oper_hurry(struct core *c, const struct received *p, const union control *m, usec now)
{
    ring_on_hurry(c->ring, &m->hurry, p, now);
    return STAY;
}

struct move oper_suspect(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct suspect *s = &m->suspect;
    if (!ring_id_equal(&s->ring, ring_id(c->ring)) ||
        !roster_has(ring_members(c->ring), s->index, s->inc))
        return STAY;
    if (s->reason == SUSPECT_MUTE) {
        if (s->index == sender_of(p) && leads(c) && c->state == CORE_OPER)
            return evict(c, s->index, EVENT_MUTE, WHY_MEMBER_MUTE, now);
        return STAY;
    }
    if (s->index == self_of(c))
        return lose_ring(c, WHY_SUSPECTED); /* the ALIVE of SEG refutes it */
    suspect(c, s->index, (enum suspicion)s->reason, now);
    return lose_ring(c, WHY_MEMBER_SUSPECTED);
}

/* -- ALIVE and JOIN ------------------------------------------------------------------------ */

/* A member of our ring, in the life we know, speaks up. */
static struct move on_member(struct core *c, unsigned i, const struct alive *a, usec now)
{
    const struct ring_id *mine = ring_id(c->ring);
    if (a->ring.epoch > mine->epoch)
        return on_left_behind(c, i);
    if (a->ring.epoch == mine->epoch) {
        c->peers[i].stale = 0;
        if (!alive_is_searching(a))
            return STAY;
        c->suspects = procset_union(&c->suspects, &a->suspects);
        c->suspects = procset_both(&c->suspects, &ring_members(c->ring)->in);
        procset_remove(&c->suspects, self_of(c));
        procset_remove(&c->suspects, i);
        for procset_each(k, &c->suspects)
            silent_note(c, (unsigned)k, now);
        return lose_ring(c, WHY_MEMBER_GATHERS);
    }
    say_probe(c, i, now);
    if (++c->peers[i].stale < STALE_LIMIT)
        return STAY;
    return lose_ring(c, WHY_MEMBER_STAYED_BEHIND);
}

static struct move on_restarted(struct core *c, unsigned i)
{
    tell(c, EVENT_RESTARTED, i, 0);
    procset_add(&c->suspects, i);
    return lose_ring(c, WHY_MEMBER_RESTARTED);
}

/* Common to ALIVE and JOIN. If we leave the ring for it, it is for the state that we come to; else it
 * is noted. *stranger: the sender is to be courted. */
static struct move on_speech(struct core *c, const struct received *p, const struct alive *a,
                             bool *stranger, usec now)
{
    unsigned i = sender_of(p);
    const struct roster *members = ring_members(c->ring);
    struct move m = STAY;
    *stranger = false;
    if (!peer_is_news(&c->peers[i], a))
        return STAY;
    if (!procset_has(&members->in, i))
        *stranger = true;
    else if (roster_has(members, i, (uint32_t)p->header.incarnation))
        m = on_member(c, i, a, now);
    else
        m = on_restarted(c, i);
    if (stays(m))
        peer_said(c, i, a, now);
    return and_hear(m);
}

/* Of our segment's members of the ring, the one who answers strangers. */
static bool is_segment_head(const struct core *c)
{
    struct procset segment = segment_of(c);
    struct procset here = procset_both(&segment, &ring_members(c->ring)->in);
    return procset_first(&here) == self_of(c);
}

struct move oper_alive(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    bool stranger;
    struct move next = on_speech(c, p, &m->alive, &stranger, now);
    if (!stranger)
        return next;
    if (leads(c))
        court_on_stranger(c, i, NULL, now);
    else if (is_segment_head(c))
        say_refer(c, i, ring_leader(c->ring));
    return STAY;
}

struct move oper_join(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    bool stranger;
    struct move next = on_speech(c, p, &m->join.alive, &stranger, now);
    if (!stranger)
        return next;
    peer_note_join(&c->peers[i], &m->join, now);
    if (leads(c))
        court_on_stranger(c, i, &m->join, now);
    else
        say_refer(c, i, ring_leader(c->ring));
    return STAY;
}

/* Its INSTALL got lost: the one who made the ring says it again. */
struct move oper_recovered(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    form_answer_late(c, sender_of(p), &m->recovered.ring);
    if (ring_id_equal(&m->recovered.ring, ring_id(c->ring)) && leads(c) &&
        in_ring(c, sender_of(p)))
        say_form_ring(c, PACKET_INSTALL, sender_of(p), ring_id(c->ring));
    return STAY;
}

/* -- nobody listens there ------------------------------------------------------------------ */

static bool is_watched(const struct core *c, unsigned i)
{
    const struct procset *members = &ring_members(c->ring)->in;
    return in_ring(c, i) && (i == (unsigned)procset_successor(members, self_of(c)) ||
                             i == ring_passed_to(c->ring) || i == ring_leader(c->ring));
}

struct move oper_unreachable(struct core *c, uint16_t i, uint64_t incarnation, uint64_t counter,
                             usec now)
{
    if (i >= procs_of(c) || i == self_of(c) || incarnation != c->outlet.incarnation ||
        counter > c->outlet.counter || c->outlet.counter - counter > COUNTERS_FRESH ||
        conf_of(c)->wide_area || c->state != CORE_OPER || !is_watched(c, i))
        return STAY;
    struct peer *peer = &c->peers[i];
    if (peer->refusals > 0 && now - peer->refused_at > REFUSED_FRESH_US)
        peer->refusals = 0;
    peer->refused_at = now;
    peer->refusals++;
    if (peer->refusals >= REFUSALS_TO_BELIEVE)
        return accuse(c, i, SUSPECT_UNREACHABLE, WHY_UNREACHABLE, now);
    arm(c, T_REFUSED,
        now + (peer->refusals == 1 ? (usec)REFUSED_AGAIN_US : (usec)REFUSED_LAST_US));
    return STAY;
}

struct move oper_refused(struct core *c, usec now)
{
    (void)now;
    for procset_each(i, &ring_members(c->ring)->in) {
        struct destination to = to_proc((unsigned)i);
        struct tokack ping = {.tag = ring_id_tag(ring_id(c->ring))};
        uint8_t body[16];
        struct writer w = writer_of(body, sizeof body);
        if (i == self_of(c) || c->peers[i].refusals == 0)
            continue;
        tokack_encode(&w, &ping);
        outlet_control(&c->outlet, &to, PACKET_TOKACK, PACKET_ACKREQ, body, writer_len(&w));
    }
    return STAY;
}
