/* SPDX-License-Identifier: MIT
 *
 * What members of the old ring still say to us while we look for another one.
 */
#include "daemon/membership/say.h"
#include "daemon/membership/search.h"

struct move stopped_data(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)m;
    ring_on_data(c->ring, p, now);
    return STAY;
}

struct move stopped_suspect(struct core *c, const struct received *p, const union control *m, usec now)
{
    const struct suspect *s = &m->suspect;
    struct destination to = to_proc(sender_of(p));
    if (!ring_id_equal(&s->ring, ring_id(c->ring)))
        return STAY;
    if (s->index == self_of(c))
        say_alive(c, &to, now);
    else if (!peer_heard_since(&c->peers[s->index], c->gathering.began))
        procset_remove(&c->gathering.expected, s->index);
    return STAY;
}

struct move stopped_leave(struct core *c, const struct received *p, const union control *m, usec now)
{
    (void)now;
    if (!ring_id_equal(&m->leave.ring, ring_id(c->ring)))
        return STAY;
    procset_remove(&c->gathering.expected, sender_of(p));
    procset_add(&c->suspects, sender_of(p));
    return STAY;
}
