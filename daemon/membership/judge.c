/* SPDX-License-Identifier: MIT
 *
 * What other daemons say, held against what can be. A packet that decodes may still say anything;
 * here is asked what holds for a type in every state, and of the two packets that bring numbers of
 * the old ring, ACCEPT and COMMIT, what must hold when they are for us.
 */
#include "daemon/membership/inside.h"

static bool is_epoch(const struct core *c, uint64_t epoch)
{
    return epochs_believe(&c->epochs, epoch, c->wall_s);
}

static bool lists_itself(const struct received *p, const struct roster *members)
{
    return roster_has(members, sender_of(p), (uint32_t)p->header.incarnation);
}

static enum why judge_alive(const struct core *c, const struct alive *a)
{
    if (a->state >= CORE_STATES)
        return DOUBT_STATE;
    return is_epoch(c, a->promised) && is_epoch(c, a->ring.epoch) ? NO_DOUBT : DOUBT_EPOCH;
}

static enum why judge_join(const struct core *c, const struct received *p, const struct join *j)
{
    enum why why = judge_alive(c, &j->alive);
    return !why && !lists_itself(p, &j->members) ? DOUBT_LIFE : why;
}

/* The smallest of those whom it asks is the one who asks. */
static enum why judge_asking(const struct received *p, const struct roster *members)
{
    return lists_itself(p, members) && procset_first(&members->in) == sender_of(p) ? NO_DOUBT
                                                                                  : DOUBT_LIFE;
}

static enum why judge_propose(const struct core *c, const struct received *p,
                                const struct propose *q)
{
    if (q->ring.leader != sender_of(p))
        return DOUBT_LIFE;
    return is_epoch(c, q->ring.epoch) ? judge_asking(p, &q->members) : DOUBT_EPOCH;
}

/* Who was in the ring that it speaks of, in that life. Of other rings we know nothing. */
static enum why judge_member(const struct core *c, const struct received *p,
                               const struct ring_id *ring)
{
    return ring_id_equal(ring, ring_id(c->ring)) && !lists_itself(p, ring_members(c->ring))
               ? DOUBT_STRANGER
               : NO_DOUBT;
}

static enum why judge_epoch(const struct core *c, uint64_t epoch)
{
    return is_epoch(c, epoch) ? NO_DOUBT : DOUBT_EPOCH;
}

enum why judge(const struct core *c, const struct received *p, const union control *m)
{
    switch ((enum packet_type)p->header.type) {
    case PACKET_SUSPECT:
        return judge_member(c, p, &m->suspect.ring);
    case PACKET_LEAVE:
        return judge_member(c, p, &m->leave.ring);
    case PACKET_ALIVE:
        return judge_alive(c, &m->alive);
    case PACKET_JOIN:
        return judge_join(c, p, &m->join);
    case PACKET_REFER:
        return m->refer.to == self_of(c) ? DOUBT_REFERRAL : NO_DOUBT;
    case PACKET_PROBE:
        return judge_epoch(c, m->probe.ring.epoch);
    case PACKET_PREPARE:
        return judge_asking(p, &m->prepare.members);
    case PACKET_READY:
        return judge_epoch(c, m->ready.promised);
    case PACKET_PROPOSE:
        return judge_propose(c, p, &m->propose);
    case PACKET_ACCEPT:
        return judge_epoch(c, m->accept.promised);
    case PACKET_REFUSE:
        return judge_epoch(c, m->refuse.promised);
    default:
        return NO_DOUBT;
    }
}

/* -- numbers of the old ring --------------------------------------------------------------- */

enum why judge_accept(const struct core *c, const struct received *p, const struct accept *a)
{
    if (a->packet_size < CONF_PACKET_LEAST)
        return DOUBT_PACKET_SIZE;
    return a->old_ring.epoch ? judge_member(c, p, &a->old_ring) : NO_DOUBT;
}

static bool same_roster(const struct roster *a, const struct roster *b)
{
    return procset_equal(&a->in, &b->in) && memcmp(a->inc, b->inc, sizeof a->inc) == 0;
}

/* Sizes are the smallest of all, ours among them. */
static bool fits_sizes(const struct accept *ours, const struct commit *q)
{
    return q->packet_size >= CONF_PACKET_LEAST && q->packet_size <= ours->packet_size &&
           (!ours->capacity || (q->capacity && q->capacity <= ours->capacity));
}

enum why judge_commit(const struct core *c, const struct commit *q)
{
    const struct forming *f = &c->forming;
    if (!fits_sizes(&f->own.accept, q))
        return DOUBT_PACKET_SIZE;
    return same_roster(&q->members, &f->members) ? ring_judge_plan(c->ring, q) : DOUBT_PLAN;
}
