/* SPDX-License-Identifier: MIT
 *
 * ways.h - by which ways packets of a daemon came here lately: a person who is to find out why two
 * daemons do not hear each other asks for that first. It is only looked at to be told in the log.
 */
#ifndef SPREAD_NET_WAYS_H
#define SPREAD_NET_WAYS_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/usec.h"

enum way {
    WAY_SEGMENT, /* to the address of our segment, at the data port */
    WAY_DATA,    /* to our own address, at the data port */
    WAY_TOKEN,   /* to our own address, at the port of token and control */
    WAYS,
};

struct ways {
    usec at[WAYS];  /* when the last packet came that way; 0: never */
    size_t largest; /* packet of all */
};

/* What the ways that packets come by let one think of. */
enum ways_hint {
    HINT_NOTHING,   /* nothing comes: it does not run, or all is blocked */
    HINT_SEGMENT,   /* all but what is sent to the segment's address */
    HINT_DATA_PORT, /* only to the token port */
    HINT_TOKEN_PORT, /* only to the data port */
    HINT_OTHER_WAY, /* what it sends comes: look at what is sent to it */
    HINTS,
};

enum { WAYS_LATELY_US = 60 * USEC_SECOND };

static inline void ways_note(struct ways *w, bool own_address, bool token_port, size_t len, usec now)
{
    w->at[token_port ? WAY_TOKEN : own_address ? WAY_DATA : WAY_SEGMENT] = now;
    if (len > w->largest)
        w->largest = len;
}

/* When the last packet came; 0: never. */
usec ways_last(const struct ways *w);

/* near: it is of our segment, so it sends to that address, too. */
enum ways_hint ways_hint(const struct ways *w, bool near, usec now);

#endif
