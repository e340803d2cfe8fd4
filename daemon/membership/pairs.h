/* SPDX-License-Identifier: MIT
 *
 * pairs.h - who does not hear whom: pairs of daemons of which one was found not to hear the other.
 *
 * A pair counts for a while and is then tried again, for links heal; each time that it is found
 * again it counts for longer, for a try may cost a view. Found once it may be a pause of either:
 * d1 and d2 are kept apart for a quarter of a second. Found again they surely do not go together, and
 * are kept apart for 2 seconds, then 4, 8 and so on, up to half of LookupTimeout. A pair that was not
 * found for a LookupTimeout since it last counted is as one that was never found.
 */
#ifndef SPREAD_MEMBERSHIP_PAIRS_H
#define SPREAD_MEMBERSHIP_PAIRS_H

#include "daemon/base/usec.h"
#include "daemon/packet/control.h"

enum { PAIR_SURELY = 2 }; /* times running that a pair was found; once may be a pause */

struct pair {
    struct bad_pair who;
    usec until;     /* it counts */
    usec wait;      /* so long was that */
    unsigned times; /* running, that it was found */
};

struct pairs {
    int count;
    struct pair list[BAD_PAIRS_MAX];
};

/* Notes that a and b do not go together. How often running that was found; 0: it counted already. */
unsigned pairs_note(struct pairs *p, unsigned a, unsigned b, usec lookup, usec now);

/* One of a and one of b do not go together. */
bool pairs_between(const struct pairs *p, const struct procset *a, const struct procset *b,
                   usec now);

/* Takes out of members as few as need be, never self, so that no pair is left that surely does not go
 * together. Of two that are as bad the larger goes. */
void pairs_leave_out(const struct pairs *p, struct roster *members, unsigned self, usec now);

/* Those that count now; how many. */
int pairs_list(const struct pairs *p, struct bad_pair list[BAD_PAIRS_MAX], usec now);

#endif
