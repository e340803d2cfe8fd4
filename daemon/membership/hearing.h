/* SPDX-License-Identifier: MIT
 *
 * hearing.h - who hears whom, for all that was said since a search began.
 *
 * Who counts is who has proven to hear us: it lists our present life among those it has heard. A
 * set in which everybody hears everybody is built in order of indices, the same wherever the same
 * was heard, so that a link which works in one direction only cannot keep the others busy.
 */
#ifndef SPREAD_MEMBERSHIP_HEARING_H
#define SPREAD_MEMBERSHIP_HEARING_H

#include "daemon/membership/peers.h"

struct hearing {
    const struct peer *peers;
    int count;
    unsigned self;
    uint32_t inc;  /* our life */
    usec since;    /* what was said before does not count */
};

/* We hear i, and i us. */
bool hearing_mutual(const struct hearing *h, unsigned i);
/* There are such, and all of them hear us and we them. */
bool hearing_all(const struct hearing *h, const struct procset *expected);
/* Those of candidates who all hear each other, taken in order of indices; we are one. */
struct procset hearing_set(const struct hearing *h, const struct procset *candidates);

#endif
