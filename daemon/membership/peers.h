/* SPDX-License-Identifier: MIT
 *
 * peers.h - another daemon as we know it: what it said last, whom it hears, what we have said to it.
 */
#ifndef SPREAD_MEMBERSHIP_PEERS_H
#define SPREAD_MEMBERSHIP_PEERS_H

#include "daemon/base/question.h"
#include "daemon/membership/courting.h"
#include "daemon/membership/damping.h"
#include "daemon/membership/lives.h"
#include "daemon/membership/patience.h"
#include "daemon/packet/control.h"

enum { HOP_TAGS = 4 };

struct peer {
    struct life life;
    usec any_at;            /* last packet of this life; 0: none */
    uint32_t saying;        /* the newest of this life */
    usec said_at;           /* last ALIVE or JOIN of this life; 0: none */
    struct alive said;      /* what it said then */
    usec join_at;           /* last JOIN; 0: none, join is then not valid */
    struct join *join;
    uint64_t hop_tags[HOP_TAGS]; /* of HOPCHKs it sent, the newest first */

    usec joined_at;         /* our last JOIN or ALIVE to it */
    uint32_t joined_saying;  /* of our last JOIN to it */
    struct courting courting;
    usec lost_at;           /* when it went out of our view */
    usec probed_at;         /* our last PROBE to it */

    struct shunning shunning;
    struct restarts restarts;
    uint32_t stale;         /* ALIVEs running that show an older ring than ours */
    uint32_t referred;      /* its PROBEs since our ring began, as the leader of another one */
    uint32_t misled;        /* its refusals for the sake of somebody whom we do not hear */
    uint32_t unheard;       /* its PROBEs since it said that it hears us */

    unsigned refusals;      /* times the system said that nobody listens there, in a row */
    usec refused_at;
    uint32_t question;      /* the last that its host was asked, ... */
    usec asked_at;          /* ... when, 0: never, ... */
    enum host_answer answer; /* ... and what came of it */
    uint32_t refused_life;  /* put out because its host refused, though that life went on */
    struct patience patience; /* how this life falls silent and comes back */
};

/* It has begun another life: nothing of what it has said holds any more. */
void peer_forget_life(struct peer *p);

/* -- what it says ---------------------------------------------------------------------------- */

/* An ALIVE of it, or the one in a JOIN, is not older than the one that we have. */
bool peer_is_news(const struct peer *p, const struct alive *a);
void peer_note_alive(struct peer *p, const struct alive *a, usec now);
void peer_note_join(struct peer *p, const struct join *j, usec now);

/* It has spoken since then. */
bool peer_heard_since(const struct peer *p, usec since);
/* ... and said last that it hears daemon k in that life. */
bool peer_hears(const struct peer *p, unsigned k, uint32_t inc);
/* It said last that it is in SEG, REPD or GATHER, not in a ring that turns. */
bool peer_is_searching(const struct peer *p);
bool alive_is_searching(const struct alive *a);
/* By what it said last it has not heard the last JOIN of self to it. */
bool peer_missed_join(const struct peer *p, unsigned self, usec now);

/* Into m those of count peers that were heard lately, for an ALIVE or JOIN of self. */
void peers_heard(const struct peer peers[], int count, unsigned self, usec silence,
                 struct alive *m, usec now);

/* -- HOPCHK ---------------------------------------------------------------------------------- */

bool peer_has_hop_tag(const struct peer *p, uint64_t tag);
void peer_note_hop_tag(struct peer *p, uint64_t tag);
/* A HOPCHK that came to our segment's address is noted as another tag. */
static inline uint64_t segment_tag(uint64_t tag)
{
    return ~tag;
}

#endif
