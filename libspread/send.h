/* SPDX-License-Identifier: MIT
 *
 * send.h - one frame from the caller's memory into the stream: header on the stack, groups and body
 * where they are, one system call.
 */
#ifndef SPREAD_SEND_H
#define SPREAD_SEND_H

#include "libspread/mailbox.h"
#include "libspread/stream.h"

struct outgoing {
    uint32_t type; /* its marks are replaced by ours */
    int16_t mess_type;
    int num_groups;
    const void *groups;         /* as many name fields */
    const scat_element *pieces; /* of the body */
    size_t num_pieces;          /* MAX_CLIENT_SCATTER_ELEMENTS at most */
    size_t body_len;            /* of all pieces together */
};

/* Sends it on the connection of a mailbox, as a unit among those of other threads and processes. 0,
 * ILLEGAL_SESSION, NET_ERROR_ON_SESSION, MESSAGE_TOO_LONG (nothing was sent), CONNECTION_CLOSED
 * (and the connection has failed). */
int send_on_mailbox(mailbox mbox, const struct outgoing *o);

/* The same on a connection that is being closed, unless it cannot be done in time. True: it was
 * sent. */
bool send_last(struct connection *c, const struct outgoing *o, usec deadline);

#endif
