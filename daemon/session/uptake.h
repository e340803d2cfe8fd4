/* SPDX-License-Identifier: MIT
 *
 * uptake.h - how one receiver keeps up with what is sent to it: when senders have to wait for it, and
 * when it is cut off.
 *
 * 5.0.1 cuts a receiver off as soon as more than MaxSessionMessages wait for it. A daemon that is
 * quick puts so many there in a few milliseconds, while the receiver merely waits for a processor. So
 * here a receiver has patience: others wait for it for SlowReaderPatience in all, from when it last took
 * something, and no later than that and a tenth after it.
 *
 *   while it lasts   MaxSessionMessages wait, or much in bytes: who sends to it waits, too ("it
 *                    presses"). It is not cut off, unless more bytes wait than may by any means.
 *   when it is over  nobody is held for it. But for a twentieth of it what is left of its bytes is let
 *                    through bit by bit, and for a quarter it is not cut off for messages, since who pauses
 *                    for just as long comes back a little late.
 *   after that       it is cut off once more than MaxSessionMessages wait.
 *   it takes again   its patience is back.
 *
 * Much in bytes is ten sixteenths of what may wait, with what is under way: nobody can stop that, and it
 * is 7 MiB where ten senders at three daemons have been let go. So a group that goes quiet after 7 MB
 * makes nobody wait, and 16 MiB hold what ten senders had sent before they were told.
 *
 * The patience is counted while others wait, so with an outbox that was full 20 ms after it had stopped
 * they wait until 1020 ms after: who pauses for a second comes back to idle processors. One sender that
 * was let go altogether would fill what is left of 16 MiB in 8 ms; so it is let through at 100 KiB a
 * millisecond, 13,000 messages of 8,000 bytes a second.
 *
 * So one that never reads holds others up for its patience, in all; one whose group goes quiet waits and
 * costs nobody anything; one that pauses for a second loses nothing. With a patience of 0, or with a
 * MaxSessionMessages below that of 5.0.1, 1000, it is as with 5.0.1.
 *
 * Whether it takes something is not seen from the socket being writable: a Unix socket is that again
 * only after three quarters of what lies there were read, and a TCP connection takes 10 MB that nobody
 * reads (io/window.h). While it matters the I/O is asked, forty times in a patience and more often at its
 * end; not while it is over and nothing comes for it. One that is reading all the time presses by bytes
 * only: a thousand messages are nothing to it.
 *
 * Whether others are held up for it is for the policy to say (policy.h). The caller drops messages of one
 * that is beyond the mark, and tells when one has come for which nobody waits: then it is cut off.
 */
#ifndef SPREAD_SESSION_UPTAKE_H
#define SPREAD_SESSION_UPTAKE_H

#include "daemon/base/usec.h"
#include "daemon/config/conf.h"
#include "daemon/session/outbox.h"

struct uptake {
    bool watched;    /* its socket is full, so its patience counts */
    bool still;      /* watched: it does not read now */
    bool much;       /* so much waits that what may be lost is left out */
    bool beyond;     /* and with what is under way so much that others would have to wait */
    bool presses;    /* they have to: its patience is not over */
    bool late;       /* its patience is over: nobody is held for it any more */
    bool over;       /* and a little more is: it may be cut off */
    bool cut;        /* more waits than may, and the last of it nobody waits for */
    bool behind;     /* half of that waits, and has for some time */
    usec since;      /* watched: from when */
    usec taken_at;   /* when it was last seen to take something */
    usec pressed_us; /* so long others have waited for it since then, until pressed_at */
    usec pressed_at;
    usec late_at;
    usec calm_at;    /* when it was last seen to keep up */
    usec look_at;    /* watched: when the I/O is asked again */
    uint64_t unread; /* in the socket, when it was asked last */
};

/* True: it keeps up, and uptake_on_change would find nothing to change. */
bool uptake_is_calm(const struct uptake *u, const struct outbox *o, const struct conf *conf);
/* True: its socket is full, but so little waits that neither uptake_on_change nor uptake_on_more would find
 * anything to change. */
bool uptake_stays(const struct uptake *u, const struct outbox *o, const struct conf *conf);
/* What waits has become more or less; 5000 messages of 100 bytes, say. coming: so many bytes are under way
 * that nobody can stop any more, and may be for it. */
void uptake_on_change(struct uptake *u, const struct outbox *o, const struct conf *conf, uint64_t coming,
                      usec now);
/* A message came for which nobody is to wait; uptake_on_change is next. */
void uptake_on_cut(struct uptake *u, const struct outbox *o, const struct conf *conf);
/* Something came for it. */
void uptake_on_more(struct uptake *u, const struct conf *conf, usec now);
/* Its Unix socket took something, so it had taken something out. */
void uptake_on_taken(struct uptake *u, usec now);
/* Time to ask the I/O how much it has not read? If so, the next time is later. */
bool uptake_asks(struct uptake *u, const struct conf *conf, usec now);
/* The answer, in bytes or another measure that goes down when it reads; uptake_on_change is next. */
void uptake_on_unread(struct uptake *u, const struct conf *conf, uint64_t unread, usec now);
/* It is to be cut off. */
bool uptake_exceeds(const struct uptake *u, const struct outbox *o, const struct conf *conf);

/* It is so for its messages only, and would not be if it turned out that it reads again. */
bool uptake_may_be_asked(const struct uptake *u, const struct outbox *o, const struct conf *conf);

#endif
