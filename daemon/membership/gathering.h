/* SPDX-License-Identifier: MIT
 *
 * gathering.h - what SEG, REPD and GATHER know, and when they say something again or go on. It is
 * forgotten as soon as a ring is being made.
 */
#ifndef SPREAD_MEMBERSHIP_GATHERING_H
#define SPREAD_MEMBERSHIP_GATHERING_H

#include "daemon/base/procset.h"
#include "daemon/base/usec.h"

enum { SAYINGS_BEFORE_QUIET = 3 }; /* who has not answered so many of them does not */

struct gathering {
    usec began;               /* those count who have been heard since */
    unsigned alives_said;     /* since then */
    struct procset expected;  /* whose answer is awaited */
    struct procset group;     /* SEG's result: for whom we speak */
    uint16_t rep;             /* REPD: who speaks for us */
    unsigned joins_said;      /* in GATHER */
    uint16_t engaged;         /* GATHER: who is to coordinate */
    bool waiting;             /* GATHER: decided, another coordinates */
};

/* Until something that was said so many times is said again: soon at first, for the first answers are
 * what matters; later once in a period. */
usec gathering_next_saying(unsigned said, usec period);

/* Silence after which somebody does not count any more: a few rotations, as long as the ring turned; who
 * runs late itself (health 2 to 4) has more patience with others. */
usec gathering_quiet_time(usec rotation, unsigned health, usec limit);

#endif
