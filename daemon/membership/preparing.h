/* SPDX-License-Identifier: MIT
 *
 * preparing.h - a dry run of a merge, as each who takes part sees it: whom it has to hear, whom it has
 * heard; and as its coordinator sees it, who does not go with whom.
 *
 * d1 leads {d1 d2}, d3 leads {d3 d4}, all of one segment, and d1 prepares {d1 d2 d3 d4}. Each has to hear
 * its predecessor in that ring, and by the segment's address all of its segment. d3 does not hear d2: then
 * this pair is bad, and the trial costs nobody anything.
 */
#ifndef SPREAD_MEMBERSHIP_PREPARING_H
#define SPREAD_MEMBERSHIP_PREPARING_H

#include "daemon/config/conf.h"
#include "daemon/membership/peers.h"

struct preparing {
    uint64_t prep;        /* 0: none */
    uint16_t coordinator;
    struct roster members; /* of the ring to be */
    usec begun;
    bool said_ready;
    /* as its coordinator */
    bool mine;
    struct procset ready;
    uint32_t sayings[PROCS_MAX];
    struct roster *heard; /* of each, PROCS_MAX of them */
};

void preparing_end(struct preparing *prep);

/* So long its coordinator waits for all answers. */
usec preparing_limit(usec gather);

/* How long one listens before it says what it has heard: a few rotations, but half of that limit at most.
 * d7 may know rotations of 200 ms only, of a ring that fell apart: alone it sees no others, and answers
 * of 800 ms would come too late for ever. */
usec preparing_patience(usec rotation, usec gather);

/* A trial, and what it is judged by. */
struct trial {
    const struct preparing *prep;
    const struct conf *conf;
    const struct peer *peers;
    const struct procset *ring; /* the members of the one that we are in */
    unsigned self;
};

/* -- what we hear ---------------------------------------------------------------------------- */

/* Members of the ring to be that are in our segment, without us. */
struct procset preparing_neighbours(const struct trial *t);
/* Those whom we have heard the way we would have to; and whether these are all. */
struct roster preparing_heard(const struct trial *t);
bool preparing_hears_all(const struct trial *t);

/* -- what the others have heard --------------------------------------------------------------- */

/* Whom p should have heard and has not; NO_PROC: it has heard all. Two of our ring who do not hear
 * each other's data live with it already, and stay in one ring. */
unsigned preparing_unheard_by(const struct trial *t, unsigned p);

/* The answer of i has not come, but it is there: its HOPCHK has reached somebody who has answered, or it
 * is in the ring of one. */
bool preparing_is_there(const struct trial *t, unsigned i);

/* Those of the ring to be that are not in ours. */
struct procset preparing_strangers(const struct trial *t);
/* Those of them that did not answer, and the rings that they are in. All, if only members of our
 * own ring did not: anybody may have kept them from it. */
struct procset preparing_blamed(const struct trial *t);

#endif
