/* SPDX-License-Identifier: MIT
 *
 * patience.h - what the silences of one daemon teach, from which it came back in the same life.
 *
 * A virtual machine that is moved stands still for half a second, and neither its process nor its
 * kernel answers: it is put out like a dead host. It comes back, and those who put it out bear with
 * it longer from then on: half as long again as its longest silence, and never longer than
 * TokenTimeout, whatever it does. A silence as long as that teaches nothing, for no patience would
 * have covered it. What is not seen again is forgotten after five to ten minutes.
 */
#ifndef SPREAD_MEMBERSHIP_PATIENCE_H
#define SPREAD_MEMBERSHIP_PATIENCE_H

#include <stdbool.h>

#include "daemon/base/usec.h"

struct patience {
    usec silent_since; /* 0: it is not, as far as we know */
    bool counts;       /* that it is its silence, and not ours */
    usec longest[2];   /* silences that it came back from, in this window of time and in the last */
    usec begun;        /* this window */
    usec told;         /* how long it is waited for, as the log has it; 0: as long as any other */
};

/* It has been silent since then. */
void patience_silent(struct patience *p, usec since);
/* That teaches something if it comes back. */
void patience_count(struct patience *p);
/* We did not run for so long, and would not have heard it. */
void patience_forgive(struct patience *p, usec by);
/* It speaks. True: it was silent, and that has taught something. */
bool patience_heard(struct patience *p, usec token_timeout, usec now);
/* It is waited for so long now. True: that is to be told, being longer by a quarter than what was. */
bool patience_is_news(struct patience *p, usec wait);
/* How long it is borne with for that; 0: as long as any other. */
usec patience_with(const struct patience *p, usec token_timeout, usec now);

#endif
