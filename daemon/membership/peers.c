/* SPDX-License-Identifier: MIT
 *
 * Who the others are: in which life each is, what it said last, whom it hears.
 *
 * A packet counts only if it is of the sender's present life. Lives have random numbers and no
 * order, so a change is believed only on proof or when the old life has fallen silent: an ALIVE
 * or JOIN that lists our own present life and a round that we have said just now was written after
 * the sender heard us. A life ends with the proof of another, and stays ended for as long as
 * packets of it can be under way. Without proof it has not ended: what came may have been under way
 * since long before it. And who is in our ring, or asked into one, has not ended after all.
 */
#include "daemon/membership/inside.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum {
    PAST_US = 20 * USEC_SECOND, /* packets do not travel longer */
    ROUND_WRAP = INT32_MAX,
};

/* -- lives --------------------------------------------------------------------------------- */

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

/* How long a silent life keeps a new one from being believed without proof. */
static usec silence(const struct core *c)
{
    return ms(c->conf->timeouts.alive + 2 * c->conf->timeouts.join);
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
    return (a && roster_has(&a->heard, c->self, c->inc32) &&
            is_recent_round(c, a->heard_rounds[c->self], now)) ||
           is_counted_on(c, sender_of(p), (uint32_t)p->header.incarnation);
}

static bool believe_new_life(struct core *c, const struct received *p, const union control *m,
                             usec now)
{
    unsigned i = sender_of(p);
    struct peer *peer = &c->peers[i];
    const struct alive *a = alive_in(p, m);
    if (peer->inc == 0 || (!in_ring(c, i) && now - peer->any_at > silence(c)) ||
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
    if ((uint32_t)inc == 0 || (now < peer->kept_out_until && !is_counted_on(c, i, (uint32_t)inc)))
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

uint32_t peer_inc32(const struct core *c, unsigned i)
{
    return i == c->self ? c->inc32 : (uint32_t)c->peers[i].inc;
}

/* -- what they say ------------------------------------------------------------------------- */

void see_epoch(struct core *c, uint64_t epoch)
{
    if (epoch > c->epoch_seen)
        c->epoch_seen = epoch;
}

bool peer_is_news(const struct core *c, unsigned i, const struct alive *a)
{
    const struct peer *peer = &c->peers[i];
    return !peer->said_at || a->round - peer->round - 1 < ROUND_WRAP;
}

bool peer_said(struct core *c, unsigned i, const struct alive *a, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!peer_is_news(c, i, a))
        return false;
    peer->round = a->round;
    peer->said = *a;
    peer->said_at = now;
    if (roster_has(&a->heard, c->self, c->inc32))
        peer->unheard = 0;
    see_epoch(c, a->promised);
    see_epoch(c, a->ring.epoch);
    return true;
}

void peer_said_join(struct core *c, unsigned i, const struct join *j, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!peer->join)
        peer->join = memory_new(sizeof *peer->join);
    *peer->join = *j;
    peer->join_at = now;
}

bool peer_heard_since(const struct core *c, unsigned i, usec since)
{
    return c->peers[i].said_at && c->peers[i].said_at >= since;
}

void peers_heard(const struct core *c, struct alive *m, usec now)
{
    m->heard = (struct roster){0};
    for (unsigned i = 0; i < (unsigned)c->procs; i++) {
        const struct peer *peer = &c->peers[i];
        m->heard_rounds[i] = 0;
        if (i == c->self || !peer->any_at || now - peer->any_at > silence(c))
            continue;
        roster_add(&m->heard, i, (uint32_t)peer->inc);
        m->heard_rounds[i] = peer->round;
    }
}

bool peer_lists(const struct core *c, unsigned i, unsigned k)
{
    const struct peer *peer = &c->peers[i];
    return peer->said_at && roster_has(&peer->said.heard, k, peer_inc32(c, k));
}

bool peer_missed_join(const struct core *c, unsigned i, usec now)
{
    const struct peer *peer = &c->peers[i];
    return i < c->self && peer->joined_round && now - peer->joined_at >= USEC_MS &&
           (int32_t)(peer->said.heard_rounds[c->self] - peer->joined_round) < 0;
}

bool alive_is_searching(const struct alive *a)
{
    return a->state == CORE_SEG || a->state == CORE_REPD || a->state == CORE_GATHER;
}

bool peer_is_searching(const struct core *c, unsigned i)
{
    return c->peers[i].said_at && alive_is_searching(&c->peers[i].said);
}

/* -- HOPCHK -------------------------------------------------------------------------------- */

bool peer_has_hop_tag(const struct core *c, unsigned i, uint64_t tag)
{
    for (int k = 0; k < HOP_TAGS; k++)
        if (c->peers[i].hop_tags[k] == tag)
            return true;
    return false;
}

void peer_note_hop_tag(struct core *c, unsigned i, uint64_t tag)
{
    uint64_t *tags = c->peers[i].hop_tags;
    if (peer_has_hop_tag(c, i, tag))
        return;
    memmove(tags + 1, tags, (HOP_TAGS - 1) * sizeof tags[0]);
    tags[0] = tag;
}

/* -- our rounds ---------------------------------------------------------------------------- */

uint32_t next_round(struct core *c, usec now)
{
    c->round++;
    c->round_at[c->round % ROUNDS_KEPT] = now;
    return c->round;
}

bool is_recent_round(const struct core *c, uint32_t round, usec now)
{
    return c->round - round < ROUNDS_KEPT && c->round != 0 &&
           now - c->round_at[round % ROUNDS_KEPT] <= silence(c);
}
