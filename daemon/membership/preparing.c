/* SPDX-License-Identifier: MIT */
#include "daemon/membership/preparing.h"

#include <stdlib.h>

#include "daemon/config/in_force.h"

enum { PATIENCE_ROTATIONS = 4, PATIENCE_MIN_US = 60 * USEC_MS };

void preparing_end(struct preparing *prep)
{
    free(prep->heard);
    *prep = (struct preparing){0};
}

usec preparing_limit(usec gather)
{
    return gather / 2;
}

usec preparing_patience(usec rotation, usec gather)
{
    usec some = PATIENCE_ROTATIONS * rotation;
    return usec_earlier(some > PATIENCE_MIN_US ? some : (usec)PATIENCE_MIN_US,
                        preparing_limit(gather) / 2);
}

/* -- what we hear -------------------------------------------------------------------------- */

static unsigned before(const struct trial *t, unsigned i)
{
    return (unsigned)procset_predecessor(&t->prep->members.in, (int)i);
}

static bool are_near(const struct trial *t, unsigned a, unsigned b)
{
    unsigned count = (unsigned)t->conf->daemon_count;
    return a < count && b < count && t->conf->daemons[a].segment == t->conf->daemons[b].segment;
}

struct procset preparing_neighbours(const struct trial *t)
{
    struct procset segment = conf_segment_set(t->conf, t->conf->daemons[t->self].segment);
    struct procset s = procset_both(&t->prep->members.in, &segment);
    procset_remove(&s, t->self);
    return s;
}

/* Member i of the ring to be is heard the way it would have to be. */
static bool hears(const struct trial *t, unsigned i)
{
    const struct peer *peer = &t->peers[i];
    bool is_before = i == before(t, t->self), is_near = are_near(t, i, t->self);
    if (is_before && !peer_has_hop_tag(peer, t->prep->prep))
        return false;
    if (is_near && !peer_has_hop_tag(peer, segment_tag(t->prep->prep)))
        return false;
    return is_before || is_near;
}

bool preparing_hears_all(const struct trial *t)
{
    struct procset must = preparing_neighbours(t);
    procset_add(&must, before(t, t->self));
    for procset_each(i, &must)
        if (!hears(t, (unsigned)i))
            return false;
    return true;
}

struct roster preparing_heard(const struct trial *t)
{
    struct roster heard = {0};
    for procset_each(i, &t->prep->members.in)
        if ((unsigned)i != t->self && hears(t, (unsigned)i))
            roster_add(&heard, (unsigned)i, t->prep->members.inc[i]);
    return heard;
}

/* -- what the others have heard -------------------------------------------------------------- */

static bool has_heard(const struct trial *t, unsigned p, unsigned i)
{
    return roster_has(&t->prep->heard[p], i, t->prep->members.inc[i]);
}

unsigned preparing_unheard_by(const struct trial *t, unsigned p)
{
    if (!has_heard(t, p, before(t, p)))
        return before(t, p);
    for procset_each(i, &t->prep->members.in)
        if ((unsigned)i != p && are_near(t, (unsigned)i, p) &&
            !(procset_has(t->ring, p) && procset_has(t->ring, (unsigned)i)) &&
            !has_heard(t, p, (unsigned)i))
            return (unsigned)i;
    return NO_PROC;
}

/* The ring that p leads, as far as it has said; NULL: none. */
static const struct roster *ring_of(const struct trial *t, unsigned p)
{
    const struct peer *peer = &t->peers[p];
    return p != t->self && peer->join_at && peer->join->kind == JOIN_RING ? &peer->join->members
                                                                         : NULL;
}

bool preparing_is_there(const struct trial *t, unsigned i)
{
    for procset_each(p, &t->prep->ready) {
        const struct roster *ring = ring_of(t, (unsigned)p);
        if (has_heard(t, (unsigned)p, i) || (ring && roster_has(ring, i, t->prep->members.inc[i])))
            return true;
    }
    return false;
}

struct procset preparing_strangers(const struct trial *t)
{
    return procset_minus(&t->prep->members.in, t->ring);
}

struct procset preparing_blamed(const struct trial *t)
{
    struct procset all = preparing_strangers(t), silent = procset_minus(&all, &t->prep->ready);
    if (procset_empty(&silent))
        return all;
    struct procset blamed = silent;
    for procset_each(i, &all) {
        const struct roster *ring = ring_of(t, (unsigned)i);
        struct procset lost = {{0}};
        if (ring)
            lost = procset_both(&ring->in, &silent);
        if (!procset_empty(&lost))
            procset_add(&blamed, (unsigned)i);
    }
    return blamed;
}
