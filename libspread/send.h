/* SPDX-License-Identifier: MIT
 *
 * send.h - one frame from the caller's memory into the stream: header on the stack, groups and body
 * where they are, one system call.
 */
#ifndef SPREAD_SEND_H
#define SPREAD_SEND_H

#include "libspread/mailbox.h"

struct outgoing {
    uint32_t type; /* its marks are replaced by ours */
    int16_t mess_type;
    int num_groups;
    const void *groups;         /* as many name fields */
    const scat_element *pieces; /* of the body */
    size_t num_pieces;          /* MAX_CLIENT_SCATTER_ELEMENTS at most */
    size_t body_len;            /* of all pieces together */
};

/* Sends it as a unit among those of other threads and processes. 0, NET_ERROR_ON_SESSION,
 * MESSAGE_TOO_LONG (nothing was sent), CONNECTION_CLOSED (and c has failed). */
int send_frame(struct connection *c, const struct outgoing *o);

/* The same on the connection of a mailbox; ILLEGAL_SESSION if it has none. */
int send_on_mailbox(mailbox mbox, const struct outgoing *o);

#endif
