/* SPDX-License-Identifier: MIT
 *
 * farewell.h - the steps of a graceful stop: what was submitted is sent, for half a second at most; then
 * the others are told, all of them three times, 5 ms apart, and after that the first of them every 20 ms,
 * for it is the one who makes the ring without us. Half a second later we go, whatever they do.
 */
#ifndef SPREAD_MEMBERSHIP_FAREWELL_H
#define SPREAD_MEMBERSHIP_FAREWELL_H

#include <stdbool.h>

#include "daemon/base/usec.h"

enum { FAREWELL_FLUSH_US = 500 * USEC_MS };

struct farewell {
    bool flushed;  /* what was submitted is sent, or has had its time */
    unsigned said; /* times that the others were told */
    usec began;    /* this part of it */
};

enum farewell_step { FAREWELL_WAIT, FAREWELL_TELL_ALL, FAREWELL_TELL_FIRST, FAREWELL_OVER };

/* What to do now, and until then: the next step. flushed: all that was submitted is sent. */
enum farewell_step farewell_next(struct farewell *f, bool flushed, usec now, usec *until);

#endif
