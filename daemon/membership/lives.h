/* SPDX-License-Identifier: MIT
 *
 * lives.h - in which of its lives another daemon is.
 *
 * A packet counts only if it is of the sender's present life. Lives have random numbers and no
 * order, so a change is believed only on proof or when the old life has fallen silent: an ALIVE
 * or JOIN that lists our own present life and what we have said just now was written after
 * the sender heard us. A life ends with the proof of another, and stays ended for as long as
 * packets of it can be under way. Without proof it has not ended: what came may have been under way
 * since long before it. And who is in our ring, or asked into one, has not ended after all.
 */
#ifndef SPREAD_MEMBERSHIP_LIVES_H
#define SPREAD_MEMBERSHIP_LIVES_H

#include <stdbool.h>

#include "daemon/base/usec.h"

enum { PAST_LIVES = 4 };

struct life {
    uint64_t inc;                /* the present one; 0: never heard of */
    bool proven;                 /* that it is; else ... */
    uint32_t proven_before;      /* ... the last one of which that was so; 0: none */
    uint32_t past[PAST_LIVES];   /* those that have ended, ... */
    usec past_until[PAST_LIVES]; /* ... and how long packets of them may still be under way */
};

/* What is known for a packet of life inc of that daemon. */
struct evidence {
    bool proof;       /* the packet proves that life */
    bool goes_on;     /* in that life it is in our ring, which turns, or asked into one */
    bool fell_silent; /* the present life has, and is not in our ring */
};

enum life_answer {
    LIFE_PRESENT,
    LIFE_BEGINS,   /* a new one, to be believed in */
    LIFE_GOES_ON,  /* one that had ended, as it seemed */
    LIFE_ENDED,    /* the packet does not count */
    LIFE_UNPROVEN, /* nor does this; if it hears us it can prove itself */
};

enum life_answer life_judge(const struct life *l, uint64_t inc, const struct evidence *e, usec now);
/* LIFE_BEGINS or LIFE_GOES_ON: that one is the present one, and is not proven yet. */
void life_take_up(struct life *l, uint64_t inc, enum life_answer answer);
/* The present life is proven. True: the one before has ended by that, so the daemon has restarted. */
bool life_prove(struct life *l, usec now);

#endif
