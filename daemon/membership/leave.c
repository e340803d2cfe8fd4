/* SPDX-License-Identifier: MIT
 *
 * A graceful stop: what was submitted is sent, then the others are told and take us out of the ring
 * without having lost a token. We pass the token on until they have.
 */
#include "daemon/membership/say.h"

struct move leave_ring(struct core *c)
{
    if (procset_count(&ring_members(c->ring)->in) > 1)
        return move_to(CORE_LEAVING, WHY_TOLD_TO_STOP);
    effects_left(&c->effects);
    return STAY;
}

/* A new ring may be only a moment away. */
void leave_wait(struct core *c, usec now)
{
    arm(c, T_LEAVE, now + FAREWELL_FLUSH_US);
}

void leave_begin(struct core *c, usec now)
{
    c->farewell = (struct farewell){.began = now};
    arm(c, T_LEAVE, now);
}

static void say_goodbye(struct core *c, enum farewell_step step)
{
    struct destination to = {.kind = TO_SET, .set = ring_members(c->ring)->in};
    procset_remove(&to.set, self_of(c));
    if (step == FAREWELL_TELL_FIRST)
        to.set = procset_of((unsigned)procset_first(&to.set));
    say_leave(c, &to);
}

struct move leave_step(struct core *c, usec now)
{
    usec until;
    enum farewell_step step = FAREWELL_OVER; /* no ring came about in time */
    if (c->state == CORE_LEAVING)
        step = farewell_next(&c->farewell, ring_is_flushed(c->ring), now, &until);
    if (step == FAREWELL_OVER) {
        effects_left(&c->effects);
        return STAY;
    }
    if (step != FAREWELL_WAIT)
        say_goodbye(c, step);
    arm(c, T_LEAVE, until);
    return STAY;
}

/* Somebody else stops: the smallest of those who stay proposes a ring without it. */
struct move oper_leave(struct core *c, const struct received *p, const union control *m, usec now)
{
    unsigned i = sender_of(p);
    if (!ring_id_equal(&m->leave.ring, ring_id(c->ring)))
        return STAY;
    if (!procset_has(&c->leaving, i))
        tell(c, EVENT_LEAVES, i, 0);
    procset_add(&c->leaving, i);
    if (c->state == CORE_OPER)
        return form_remove(c, &c->leaving, WHY_MEMBER_LEAVES, now);
    return STAY;
}

struct move leaving_propose(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct propose *q = &m->propose;
    (void)now;
    if (!in_ring(c, sender_of(p)))
        return STAY;
    if (procset_has(&q->members.in, self_of(c)))
        say_refuse(c, sender_of(p), &q->ring, REFUSE_LEAVING);
    else if (c->farewell.flushed)
        effects_left(&c->effects);
    return STAY;
}
