/* SPDX-License-Identifier: MIT
 *
 * Members that fall silent and come back, and how long each is waited for.
 *
 * One accusation puts a member out for all, so all must have learnt. They have: everybody is in the
 * next ring without it, and hears it come back, by its ALIVE or by the ring that takes it in again.
 * Whoever is alone in the next ring, and was not in a ring of two, may have been cut off itself: d3,
 * whose cable is pulled, learns nothing of d1 and d2. What is known already is kept up by those who
 * watch, also by silences that end before anybody is accused; it is they who would accuse.
 */
#include "daemon/membership/inside.h"

static bool is_watched(const struct core *c, unsigned i)
{
    return (c->state == CORE_OPER || c->state == CORE_LEAVING) &&
           ring_silence(c->ring, i) != SILENCE_NONE;
}

static usec longest_wait(const struct core *c, unsigned i, usec now)
{
    usec usual = pace_suspicion(&c->pace, now);
    usec learnt = patience_with(&c->peers[i].patience, pace_token_timeout(&c->pace), now);
    return usual > learnt ? usual : learnt;
}

/* Of one whom we do not watch we know by others: they have waited for it as long as we would have. */
static usec silent_since(const struct core *c, unsigned i, usec now)
{
    usec heard = c->peers[i].any_at, wait = longest_wait(c, i, now);
    if (is_watched(c, i))
        return ring_silent_since(c->ring, i);
    return now > wait && now - wait > heard ? now - wait : heard;
}

void silent_note(struct core *c, unsigned i, usec now)
{
    patience_silent(&c->peers[i].patience, silent_since(c, i, now));
}

void silent_lost(struct core *c, unsigned i, usec now)
{
    silent_note(c, i, now);
    patience_count(&c->peers[i].patience);
}

static bool is_known(const struct core *c, unsigned i, usec now)
{
    return patience_with(&c->peers[i].patience, pace_token_timeout(&c->pace), now) > 0;
}

void silent_over(struct core *c, unsigned i, usec now)
{
    struct peer *peer = &c->peers[i];
    /* A process that stands still is waited for if its host says so, which need not be learnt. */
    if (is_watched(c, i) && peer->answer != HOST_LIVES && is_known(c, i, now))
        silent_lost(c, i, now);
    if (!patience_heard(&peer->patience, pace_token_timeout(&c->pace), now))
        return;
    usec wait = longest_wait(c, i, now);
    if (wait > pace_suspicion(&c->pace, now) && patience_is_news(&peer->patience, wait))
        tell(c, EVENT_PATIENT, i, wait / USEC_MS);
}

void silent_forgive(struct core *c, usec by)
{
    for (int i = 0; i < c->peer_count; i++)
        patience_forgive(&c->peers[i].patience, by);
}

usec silent_until(const struct core *c, unsigned i, usec now)
{
    return ring_silent_since(c->ring, i) + longest_wait(c, i, now);
}
