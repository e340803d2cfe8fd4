/* SPDX-License-Identifier: MIT
 *
 * A graceful stop: what was submitted is sent, then the others are told and take us out of the ring
 * without having lost a token. We pass the token on until they have.
 */
#include "daemon/membership/inside.h"

enum {
    FLUSH_MAX_US = 500 * USEC_MS, /* for what is queued to be sent */
    AWAIT_MAX_US = 500 * USEC_MS, /* for the others to go on without us */
    LOOK_US = 5 * USEC_MS,
    LEAVES_TO_ALL = 3,
    AGAIN_US = 20 * USEC_MS,
};

enum { STEP_FLUSH, STEP_SAY };

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
    arm(c, T_LEAVE, now + FLUSH_MAX_US);
}

void leave_begin(struct core *c, usec now)
{
    c->leave_step = STEP_FLUSH;
    c->leaves_said = 0;
    c->leave_began = now;
    arm(c, T_LEAVE, now);
}

static void say_goodbye(struct core *c, usec now)
{
    struct procset others = ring_members(c->ring)->in;
    struct destination to = {.kind = TO_SET};
    procset_remove(&others, self_of(c));
    to.set = c->leaves_said < LEAVES_TO_ALL ? others : procset_of((unsigned)procset_first(&others));
    say_leave(c, &to);
    c->leaves_said++;
    arm(c, T_LEAVE, now + (c->leaves_said < LEAVES_TO_ALL ? (usec)LOOK_US : (usec)AGAIN_US));
}

struct move leave_step(struct core *c, usec now)
{
    if (c->state != CORE_LEAVING) {
        effects_left(&c->effects); /* no ring came about in time */
        disarm(c, T_LEAVE);
        return STAY;
    }
    if (c->leave_step == STEP_FLUSH) {
        if (!ring_is_flushed(c->ring) && now - c->leave_began < FLUSH_MAX_US) {
            arm(c, T_LEAVE, now + LOOK_US);
            return STAY;
        }
        c->leave_step = STEP_SAY;
        c->leave_began = now;
    }
    if (now - c->leave_began >= AWAIT_MAX_US) {
        disarm(c, T_LEAVE);
        effects_left(&c->effects);
        return STAY;
    }
    say_goodbye(c, now);
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
    else if (c->leave_step == STEP_SAY)
        effects_left(&c->effects);
    return STAY;
}
