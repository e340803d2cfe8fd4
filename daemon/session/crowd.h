/* SPDX-License-Identifier: MIT
 *
 * crowd.h - who sends to a receiver for which much waits is slowed down, for a short time.
 *
 * One read takes up hundreds of messages in microseconds. A receiver that reads
 * all the time but has to wait for a processor would have more than
 * MaxSessionMessages waiting before it ran again, and be cut off. So a receiver
 * for which more than half of that waits is crowded: what is sent to it is taken
 * up no faster than 5.0.1 could, which gave its receivers some fifteen
 * microseconds a message. It has the books for that: time that is not used is
 * kept for a moment, so a timer that comes late makes nobody slower.
 *
 * A sender whose turn has not come is held: nothing of it is taken up until
 * then. Say a and b send to group g, c to group h, and r in g is crowded: a gets
 * the next tenth of a millisecond, b the one after it, c never waits. r that
 * takes nothing is cut off as ever, and with it ends what held a and b.
 */
#ifndef SPREAD_SESSION_CROWD_H
#define SPREAD_SESSION_CROWD_H

#include "daemon/config/conf.h"
#include "daemon/session/session.h"

enum {
    CROWD_HOLD_MOST_US = 100000,  /* nobody is held longer, whatever the reason */
    CROWD_FRESH_US = 100000,      /* a crowded receiver in a quiet group is of no interest after */
};

struct crowd {
    uint32_t sessions; /* that are crowded */
    usec fresh_until;  /* none of them has been given anything since */
    struct link held;  /* senders, the one that was held first in front */
    usec next;         /* none of them is let go before; NEVER: nobody is held */
};

void crowd_init(struct crowd *c);

/* More waits for s than may. */
bool crowd_exceeded(const struct session *s, const struct conf *conf);

/* What waits for s has changed, or its state. Lets go who is held because of s once it is not
 * crowded. */
void crowd_on_change(struct crowd *c, struct session *s, const struct conf *conf, usec now);

/* False: nobody is crowded, or nobody sends to those who are; crowd_admits need not be asked. */
static inline bool crowd_matters(const struct crowd *c, usec now)
{
    return c->sessions > 0 && now < c->fresh_until;
}

/* A message of that length from s would go to each of receivers. False: it has to wait, and s is
 * held. */
bool crowd_admits(struct crowd *c, struct session *s, void *const *receivers, size_t count,
                  size_t len, usec now);

/* Holds s until then, or longer if it is held already. */
void crowd_hold(struct crowd *c, struct session *s, usec until);
static inline bool crowd_holds(const struct session *s)
{
    return !list_empty(&s->held);
}

/* When crowd_take_due is to be asked; NEVER: not at all. */
static inline usec crowd_deadline(const struct crowd *c)
{
    return c->next;
}
/* A sender that is held no longer; NULL: none any more. */
struct session *crowd_take_due(struct crowd *c, usec now);

/* How many bytes to take up in one read at most: of the smallest messages half a limit. */
size_t crowd_read_most(const struct conf *conf);

#endif
