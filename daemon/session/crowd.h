/* SPDX-License-Identifier: MIT
 *
 * crowd.h - sessions in two roles: receivers that do not keep up (uptake.h), which are watched, and
 * senders that are held because of receivers, here or at other daemons.
 *
 * Nothing of a held sender is read or taken up. Say a and b send to group g, c to group h, and r in g
 * presses: a and b are held, c is not. When r has taken most of what waited, all who are held are let
 * go and find out by themselves whether they have to wait for somebody else. None is held longer than
 * a patience at a time: then one message of it goes, whatever waits, so no circle of programs that all
 * send before they read lasts.
 */
#ifndef SPREAD_SESSION_CROWD_H
#define SPREAD_SESSION_CROWD_H

#include "daemon/session/session.h"

struct crowd {
    struct link watched; /* receivers, in no order */
    usec look_at;        /* none of them is to be asked before */
    struct link held;    /* senders, the one that was held first in front */
    usec next;           /* none of them is let go before; NEVER: nobody is held */
};

void crowd_init(struct crowd *c);

/* What waits for s has changed, or its state; coming: as for uptake_on_change. */
void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf, uint64_t coming, usec now);
/* Each receiver that is to be asked now how much it has left unread; NULL: no more. */
struct session *crowd_next_asked(struct crowd *c, const struct conf *conf, usec now);

/* Holds s until then at most; passes: then one message of it is let through. */
void crowd_hold(struct crowd *c, struct session *s, bool passes, usec until);
static inline bool crowd_holds(const struct session *s)
{
    return !list_empty(&s->held);
}
/* Nobody has to wait any more as far as is known. */
void crowd_let_go(struct crowd *c);
/* Lets a sender go whose hold is over at that time; NULL: none. */
struct session *crowd_take_due(struct crowd *c, usec now);

/* Without room for what they send nobody is let go; the core says when there is some. */
usec crowd_deadline(const struct crowd *c, bool room);

/* There may be one that is due. */
static inline bool crowd_is_due(const struct crowd *c, usec now)
{
    return now >= c->next;
}

#endif
