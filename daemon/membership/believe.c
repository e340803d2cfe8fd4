/* SPDX-License-Identifier: MIT
 *
 * Which packets of others count, and what they say of themselves is noted.
 */
#include "daemon/membership/say.h"

/* In that life it is in a ring that is being made: others have heard it. */
static bool is_asked_in(const struct core *c, unsigned i, uint32_t inc)
{
    return roster_has(&c->preparing.members, i, inc) ||
           (c->forming.ring.epoch && roster_has(&c->forming.members, i, inc));
}

static bool is_counted_on(const struct core *c, unsigned i, uint32_t inc)
{
    return is_asked_in(c, i, inc) || roster_has(ring_members(c->ring), i, inc);
}

static const struct alive *alive_in(const struct received *p, const union control *m)
{
    if (p->header.type == PACKET_ALIVE)
        return &m->alive;
    return p->header.type == PACKET_JOIN ? &m->join.alive : NULL;
}

static bool is_proof(const struct core *c, const struct received *p, const union control *m,
                     usec now)
{
    const struct alive *a = alive_in(p, m);
    return (a && roster_has(&a->heard, self_of(c), c->inc32) &&
            is_recent_saying(c, a->heard_sayings[self_of(c)], now)) ||
           is_counted_on(c, sender_of(p), (uint32_t)p->header.incarnation);
}

static struct evidence evidence_of(const struct core *c, const struct received *p,
                                   const union control *m, usec now)
{
    unsigned i = sender_of(p);
    uint32_t inc = (uint32_t)p->header.incarnation;
    return (struct evidence){
        .proof = is_proof(c, p, m, now),
        .goes_on = is_asked_in(c, i, inc) ||
                   (c->state == CORE_OPER && roster_has(ring_members(c->ring), i, inc)),
        .fell_silent = !in_ring(c, i) && now > c->peers[i].any_at + peer_silence(c),
    };
}

static void let_it_prove_itself(struct core *c, const struct received *p, const union control *m,
                                usec now)
{
    struct peer *peer = &c->peers[sender_of(p)];
    const struct alive *a = alive_in(p, m);
    if (!a || now < peer->joined_at + USEC_MS)
        return;
    say_alive_to_life(c, sender_of(p), (uint32_t)p->header.incarnation, a->saying, now);
    peer->joined_at = now;
}

bool peer_admit(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    struct peer *peer = &c->peers[i];
    uint64_t inc = p->header.incarnation;
    if ((uint32_t)inc == 0 ||
        (now < peer->restarts.kept_out_until && !is_counted_on(c, i, (uint32_t)inc)))
        return false;
    struct evidence e = evidence_of(c, p, m, now);
    enum life_answer answer = life_judge(&peer->life, inc, &e, now);
    if (answer == LIFE_UNPROVEN)
        let_it_prove_itself(c, p, m, now);
    if (answer == LIFE_UNPROVEN || answer == LIFE_ENDED)
        return false;
    if (answer != LIFE_PRESENT) {
        life_take_up(&peer->life, inc, answer);
        peer_forget_life(peer);
    }
    if (e.proof && life_prove(&peer->life, now))
        peer_restarted(c, i, now);
    silent_over(c, i, now);
    peer->any_at = now;
    peer->refusals = 0;
    return true;
}

bool peer_said(struct core *c, unsigned i, const struct alive *a, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!peer_is_news(peer, a))
        return false;
    peer_note_alive(peer, a, now);
    if (roster_has(&a->heard, self_of(c), c->inc32))
        peer->unheard = 0;
    epochs_see(&c->epochs, a->promised);
    epochs_see(&c->epochs, a->ring.epoch);
    return true;
}
