/* SPDX-License-Identifier: MIT
 *
 * courting.h - when the leader of a ring speaks to a daemon that is not in it.
 */
#ifndef SPREAD_MEMBERSHIP_COURTING_H
#define SPREAD_MEMBERSHIP_COURTING_H

#include <stdbool.h>

#include "daemon/base/usec.h"

/* A JOIN to a stranger is said five times if it is not answered, each time after half as long again. */
struct courting {
    usec since;       /* the first of a row; 0: none is under way */
    usec due, wait;   /* the next one */
    unsigned sayings; /* so many there were */
};

/* It is said for the first time, or again. */
void courting_begin(struct courting *k, usec resend, usec now);
void courting_again(struct courting *k, usec now);
bool courting_is_in_vain(const struct courting *k);

/* One who is absent. */
struct absence {
    usec lost_at; /* it went out of our view then; 0: it was not in it */
    usec born_at; /* we were started or reloaded */
    bool shunned; /* it was there, and did not come in */
};

/* How often it is looked for: every LookupTimeout; every second, if that is sooner, in the first minute
 * after we were born or it was lost, or where it is shunned. In the first TokenTimeout after it was lost,
 * eight times: a pause may be over, and is to be measured. */
usec courting_lookup(const struct absence *a, usec lookup, usec token_timeout, usec now);

#endif
