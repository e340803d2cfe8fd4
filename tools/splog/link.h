/* SPDX-License-Identifier: MIT
 *
 * link.h - a mailbox that comes back: when the daemon goes, the link connects again, ever more
 * slowly, and says once what is wrong.
 *
 * Lives in the event loop. The owner is told when the link is up, when a message
 * waits, and when there is room again after link_has_room said no. It sends and
 * receives on link->mbox itself, and hands every error code to link_failed.
 */
#ifndef SPLOG_LINK_H
#define SPLOG_LINK_H

#include <stdbool.h>

#include "sp.h"

struct link {
    /* Set by the owner. */
    const char *address;
    const char *name; /* "": the daemon chooses */
    void *owner;
    void (*on_up)(void *owner);
    void (*on_readable)(void *owner);
    void (*on_room)(void *owner);

    mailbox mbox; /* -1: down */
    char private_group[MAX_GROUP_NAME];
    int told;     /* the error that was said last; 0: none since the link was up */
    long wait_ms; /* before the next attempt */
    bool watching_room;
};

/* Connects, now or later. */
void link_start(struct link *l);
/* A call on the mailbox gave this code. Closes it and connects again in a while. */
void link_failed(struct link *l, int code);
/* Ends it, after all that was sent. */
void link_end(struct link *l);

static inline bool link_is_up(const struct link *l)
{
    return l->mbox >= 0;
}

/* True if a message can be sent without waiting for the daemon. Otherwise on_room is called once
 * it can. Keeps a daemon that stands still from holding up everything else here. */
bool link_has_room(struct link *l);

/* The link has carried a message: the next loss starts with short waits again. */
void link_proved(struct link *l);

#endif
