/* SPDX-License-Identifier: MIT */
#include "daemon/membership/farewell.h"

enum {
    AWAIT_MAX_US = 500 * USEC_MS, /* for the others to go on without us */
    LOOK_US = 5 * USEC_MS,
    TIMES_TO_ALL = 3,
    AGAIN_US = 20 * USEC_MS,
};

enum farewell_step farewell_next(struct farewell *f, bool flushed, usec now, usec *until)
{
    *until = now + LOOK_US;
    if (!f->flushed) {
        if (!flushed && now < f->began + FAREWELL_FLUSH_US)
            return FAREWELL_WAIT;
        f->flushed = true;
        f->began = now;
    }
    if (now >= f->began + AWAIT_MAX_US)
        return FAREWELL_OVER;
    f->said++;
    if (f->said >= TIMES_TO_ALL)
        *until = now + AGAIN_US;
    return f->said <= TIMES_TO_ALL ? FAREWELL_TELL_ALL : FAREWELL_TELL_FIRST;
}
