/* SPDX-License-Identifier: MIT
 *
 * blocked.h - what a send does while the stream takes no more: it waits for room, and reads ahead.
 *
 * The daemon may leave our messages unread because we leave its unread. A program
 * that sends before it reads would wait for itself then; so what has come is kept
 * in memory of ours, up to a limit, and the daemon goes on.
 *
 * What is kept leaves the descriptor readable, so poll would return at once, again
 * and again; an edge-triggered epoll tells when more comes, or when there is room.
 *
 * A daemon that merely waits for a processor makes room in a moment, and keeping
 * costs memory and a copy: so the first wait of a send is a short one for room alone.
 */
#ifndef SPREAD_BLOCKED_H
#define SPREAD_BLOCKED_H

#include "libspread/mailbox.h"

/* With the send lock held: waits until another write is worth a try. False: the deadline passed.
 * first: nothing was waited for yet in this send. */
bool blocked_wait(struct connection *c, usec deadline, bool first);
/* The send is over; whether it ever waited does not matter. */
void blocked_end(struct connection *c);

/* Bytes that a new mailbox keeps at most: as SPREAD_READ_AHEAD in the environment says. */
unsigned keep_default(void);

#endif
