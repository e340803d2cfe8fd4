/* SPDX-License-Identifier: MIT
 *
 * In which life each of the others is.
 *
 * A packet counts only if it is of the sender's present life. Lives have random numbers and no
 * order, so a change is believed only on proof or when the old life has fallen silent: an ALIVE
 * or JOIN that lists our own present life and a round that we have said just now was written after
 * the sender heard us. A life ends with the proof of another, and stays ended for as long as
 * packets of it can be under way. Without proof it has not ended: what came may have been under way
 * since long before it. And who is in our ring, or asked into one, has not ended after all.
 */
#include "daemon/membership/inside.h"

enum { PAST_US = 20 * USEC_SECOND }; /* packets do not travel longer */

static bool is_past(const struct peer *peer, uint32_t inc, usec now)
{
    for (int k = 0; k < PAST_LIVES; k++)
        if (peer->past[k] == inc && now < peer->past_until[k])
            return true;
    return false;
}

static void end_life(struct peer *peer, uint32_t inc, usec now)
{
    for (int k = PAST_LIVES - 1; k > 0; k--) {
        peer->past[k] = peer->past[k - 1];
        peer->past_until[k] = peer->past_until[k - 1];
    }
    peer->past[0] = inc;
    peer->past_until[0] = now + PAST_US;
}

/* In that life it is in a ring that is being made: others have heard it. */
static bool is_asked_in(const struct core *c, unsigned i, uint32_t inc)
{
    return roster_has(&c->preparing.members, i, inc) ||
           (c->forming.ring.epoch && roster_has(&c->forming.members, i, inc));
}

static bool has_not_ended(const struct core *c, unsigned i, uint32_t inc)
{
    return is_asked_in(c, i, inc) ||
           (c->state == CORE_OPER && roster_has(ring_members(c->ring), i, inc));
}

/* The life that it was taken for meanwhile is not ended by that. */
static void revive(struct peer *peer, uint32_t inc)
{
    for (int k = 0; k < PAST_LIVES; k++)
        if (peer->past[k] == inc)
            peer->past_until[k] = 0;
    peer->proven = false;
    peer->proven_before = 0;
}

static void begin_life(struct peer *peer, uint64_t inc)
{
    peer->inc = inc;
    peer->proven = false;
    peer->round = 0;
    peer->any_at = peer->said_at = peer->join_at = peer->joined_at = 0;
    peer->stale = peer->refusals = 0;
    peer->joined_round = 0;
    for (int k = 0; k < HOP_TAGS; k++)
        peer->hop_tags[k] = 0;
}

static const struct alive *alive_in(const struct received *p, const union control *m)
{
    if (p->header.type == PACKET_ALIVE)
        return &m->alive;
    return p->header.type == PACKET_JOIN ? &m->join.alive : NULL;
}

static bool is_counted_on(const struct core *c, unsigned i, uint32_t inc)
{
    return is_asked_in(c, i, inc) || roster_has(ring_members(c->ring), i, inc);
}

static bool is_proof(const struct core *c, const struct received *p, const union control *m,
                     usec now)
{
    const struct alive *a = alive_in(p, m);
    return (a && roster_has(&a->heard, self_of(c), c->inc32) &&
            is_recent_round(c, a->heard_rounds[self_of(c)], now)) ||
           is_counted_on(c, sender_of(p), (uint32_t)p->header.incarnation);
}

static bool believe_new_life(struct core *c, const struct received *p, const union control *m,
                             usec now)
{
    unsigned i = sender_of(p);
    struct peer *peer = &c->peers[i];
    const struct alive *a = alive_in(p, m);
    if (peer->inc == 0 || (!in_ring(c, i) && now - peer->any_at > peer_silence(c)) ||
        is_proof(c, p, m, now))
        return true;
    /* Let it hear us, so that it can prove itself. */
    if (a && now - peer->joined_at >= USEC_MS) {
        say_alive_to_life(c, i, (uint32_t)p->header.incarnation, a->round, now);
        peer->joined_at = now;
    }
    return false;
}

bool peer_admit(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    struct peer *peer = &c->peers[i];
    uint64_t inc = p->header.incarnation;
    if ((uint32_t)inc == 0 || (now < peer->restarts.kept_out_until && !is_counted_on(c, i, (uint32_t)inc)))
        return false;
    if (inc != peer->inc) {
        if (is_past(peer, (uint32_t)inc, now)) {
            if (!has_not_ended(c, i, (uint32_t)inc))
                return false;
            revive(peer, (uint32_t)inc);
        } else if (!believe_new_life(c, p, m, now)) {
            return false;
        }
        if (peer->proven)
            peer->proven_before = (uint32_t)peer->inc;
        begin_life(peer, inc);
    }
    if (!peer->proven && is_proof(c, p, m, now)) {
        peer->proven = true;
        if (peer->proven_before && peer->proven_before != (uint32_t)inc) {
            end_life(peer, peer->proven_before, now);
            peer_restarted(c, i, now);
        }
    }
    peer->any_at = now;
    peer->refusals = 0;
    return true;
}
