/* SPDX-License-Identifier: MIT
 *
 * accepting.h - a ring that is being made, as one of its members sees it: which proposal binds it, what
 * it has accepted, what it still lacks. The coordinator is a member, too. Rules: form.c.
 */
#ifndef SPREAD_MEMBERSHIP_ACCEPTING_H
#define SPREAD_MEMBERSHIP_ACCEPTING_H

#include "daemon/base/usec.h"
#include "daemon/packet/forming.h"

/* Packets of the old ring that are missing here, look by look. */
struct lack {
    uint32_t missing;    /* at the last look */
    unsigned idle_looks; /* running, at which nothing had come */
    uint8_t attempt;     /* to get them from somebody else */
};

struct accepting {
    struct accept accept; /* what we have sent */
    usec coordinator_at;  /* when the coordinator was last heard */
    bool recovered;       /* RECOVERED was sent */
    bool predecessor;     /* HOPCHK came from the predecessor */
    uint16_t packet_size; /* of the plan */
    struct procset together, owed; /* T and O of the plan */
    struct seqmap share;  /* what we are to send again */
    struct lack lack;
};

/* F1: a token's round shows that we were heard a moment ago if it is at most 2 older than ours, or newer,
 * for we may have missed as many. */
bool accepting_is_near(uint32_t round, uint32_t ours);

/* F2: whom we are bound to. */
struct bond {
    bool any;       /* we are: a ring is being made with us */
    bool own;       /* ours is the proposal; leader and heard_at say nothing */
    bool committed; /* ... and all have accepted it */
    uint16_t leader;
    usec heard_at;
};

/* Another proposal, of leader, is to be refused. We give up our own for a smaller leader's, unless all have
 * accepted ours; and that of somebody else who has been silent for so long as patience. */
bool bond_forbids(const struct bond *b, uint16_t leader, uint16_t self, usec patience, usec now);

/* Stranger from wants us without all of mine, the members of our ring, and for no larger ring: it has
 * heard of us before we came into this one. */
bool accepting_tears_ring(const struct procset *mine, unsigned from, const struct procset *members);

/* One more look at what is missing. True: for two looks nothing has come, so another attempt is due. */
bool lack_look(struct lack *l, uint32_t missing);

/* Adds to share those of the missing packets that self is to send at that attempt, of holders, who may
 * all have them: each is asked in turn, attempt by attempt the next one. */
void accepting_share(struct seqmap *share, const struct seqmap *missing,
                     const struct procset *holders, unsigned self, uint8_t attempt);

#endif
