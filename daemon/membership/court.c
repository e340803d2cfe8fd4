/* SPDX-License-Identifier: MIT
 *
 * Courting: the leader of a ring tells a stranger of it by JOIN, and says so again until it is
 * answered or has been said often enough. Otherwise a lost JOIN would cost as long as it takes until
 * somebody looks for who is absent, which is a second or more.
 *
 * Of two leaders the smaller one goes on, so it is the one that waits for more: that the other is
 * ready to come. The larger one needs only be heard; what it says gets lost, too, and it says that
 * again when it sees from a question that it has not been heard.
 */
#include "daemon/membership/inside.h"

enum { SAYINGS_MOST = 5 };

void court_reset(struct core *c)
{
    for (int i = 0; i < c->procs; i++)
        c->peers[i].courted_at = 0;
    disarm(c, T_COURT);
}

static void court_again(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    say_join(c, i, JOIN_RING, now);
    peer->court_sayings++;
    peer->court_due = now + peer->court_wait;
    peer->court_wait = peer->court_wait * 3 / 2;
    arm_by(c, T_COURT, peer->court_due);
}

void court(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    peer->courted_at = now;
    peer->court_sayings = 0;
    peer->court_wait = pace_resend(&c->pace);
    court_again(c, i, now);
}

static bool has_answered(const struct core *c, unsigned i, usec now)
{
    if (i > c->self)
        return merge_may_come(c, i, now);
    return peer_heard_since(c, i, c->peers[i].courted_at) ||
           (c->preparing.prep && c->preparing.coordinator == i);
}

struct move court_on_time(struct core *c, usec now)
{
    disarm(c, T_COURT);
    for (unsigned i = 0; i < (unsigned)c->procs; i++) {
        struct peer *peer = &c->peers[i];
        if (!peer->courted_at)
            continue;
        if (in_ring(c, i) || now < peer->shunned_until || peer->court_sayings >= SAYINGS_MOST ||
            has_answered(c, i, now))
            peer->courted_at = 0;
        else if (peer->court_due <= now)
            court_again(c, i, now);
        else
            arm_by(c, T_COURT, peer->court_due);
    }
    return STAY;
}
