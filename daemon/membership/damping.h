/* SPDX-License-Identifier: MIT
 *
 * damping.h - what came to nothing is not tried again at once, and each time later. A try may cost
 * everybody a view, and what fails twice mostly fails a third time.
 */
#ifndef SPREAD_MEMBERSHIP_DAMPING_H
#define SPREAD_MEMBERSHIP_DAMPING_H

#include <stdbool.h>

#include "daemon/base/usec.h"

/* -- a daemon that is not merged with for a while -------------------------------------------- */

/* For a quarter of a second after the first merge that failed, then for 1 second, 2, 4 and so on, up to
 * LookupTimeout. */
struct shunning {
    usec until;
    unsigned times;     /* since it was in our ring */
    usec evicted_at;    /* put out of a ring that it held up, last ... */
    unsigned evictions; /* ... and how often */
};

static inline bool is_shunned(const struct shunning *s, usec now)
{
    return now < s->until;
}

/* Nothing came of a merge with it. learnt: but the next one will be tried otherwise, so that may be
 * soon, and counts once however often it was so. */
void shun(struct shunning *s, bool learnt, usec lookup, usec now);
/* It took part in our ring and held it up: for 1 second, then 2, 4 and so on. That is remembered for
 * ten LookupTimeouts. */
void shun_evicted(struct shunning *s, usec lookup, usec now);
/* It was, three times or more, and that is remembered: nobody is left out of a ring for its sake. */
bool is_evicted_often(const struct shunning *s, usec lookup, usec now);

/* -- a daemon that begins one life after the other -------------------------------------------- */

/* Each life may cost a view. A restart weighs 5 seconds, which go by like any others: so one in 5
 * seconds may be for ever, and five at once. If they weigh more, none of its packets counts for 1
 * second, twice that for each 5 seconds more, up to half of LookupTimeout: at the sixth of six at once
 * 2 seconds, at the seventh 4. More than ten at once weigh no more. */
struct restarts {
    usec weight;  /* what they weighed ... */
    usec last_at; /* ... at the last one */
    usec kept_out_until;
};

/* One more. For how long it is kept out by that; 0: it is not. */
usec restarts_note(struct restarts *r, usec lookup, usec now);

/* -- all merges, after a view ----------------------------------------------------------------- */

/* No view is given up of our own will sooner than 100 ms after it began, or 200, 400 and so on up to
 * 5 seconds (or half of LookupTimeout), where one view follows the other: within 10 seconds of the end
 * of the last of these times. */
struct lull {
    usec until;
    usec length;
};

void lull_begin(struct lull *m, usec lookup, usec now);

#endif
