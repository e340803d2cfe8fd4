/* SPDX-License-Identifier: MIT
 *
 * session.h - what a mailbox of FL_connect has besides: the flush layer's groups and news.
 *
 * Two locks. receiving: one thread at a time reads, and what the daemon says is told to the machine
 * in the order in which it came. state: between a question to the machine and the send that rests on
 * its answer nothing changes, so that no data follows a FLUSH_OK. Taken in that order. Who waits for
 * the daemon in a send has state, and the library reads on for him (blocked.h).
 */
#ifndef SPREAD_FL_SESSION_H
#define SPREAD_FL_SESSION_H

#include "include/fl.h"
#include "libspread/flush/flush.h"
#include "libspread/mailbox.h"

struct fl_session {
    struct attachment attachment; /* first */
    struct connection *connection;
    struct lock receiving;
    struct lock state;
    atomic_bool changing; /* the machine is half changed: a child that finds it so cannot use it */
    atomic_bool lost;     /* we are that child */
    struct flush flush;
};

/* The session of a mailbox, which must be left again; NULL if the number is none. */
struct fl_session *fl_enter(mailbox mbox);
/* Returns result, the call's; one that ends a session closes the mailbox. */
int fl_leave(struct fl_session *s, mailbox mbox, int result);

/* Around every change of the machine. */
void fl_change(struct fl_session *s);
void fl_changed(struct fl_session *s);

/* With the state lock: sends the word that the machine wants sent, if any. 0, or why it was not. */
int fl_say(struct fl_session *s, mailbox mbox);

/* The code of an answer; 0 if it is fine. */
int fl_code(enum flush_answer a);

#endif
