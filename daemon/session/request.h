/* SPDX-License-Identifier: MIT
 *
 * request.h - what a client may send once it is connected, and the answer of a refused request.
 */
#ifndef SPREAD_SESSION_REQUEST_H
#define SPREAD_SESSION_REQUEST_H

#include "daemon/base/message.h"
#include "daemon/base/why.h"
#include "libspread/wire/frame.h"

/* Judges a header before anything behind it has come: REQUEST_OK, or a REQUEST_ that says why not. own: the session's private group. */
enum why request_check(const struct frame_header *h, const struct name *own);

/* False for a join or leave of what can be no group. frame is complete. */
bool request_names_a_group(const struct frame_header *h, const uint8_t *frame);

/* Judges a whole message that another daemon has ordered for its client: as request_check, and
 * complete, joining what can be joined, and of a client of the daemon of that name (NULL: any). Turns it to our byte order. */
bool request_is_sound(struct message *m, const char *daemon_name);

/* Makes the frame at bytes what its recipients will read: header in our byte order, byte 31 of
 * the sender zero. */
void request_normalize(uint8_t *bytes, const struct frame_header *h);

/* A departure, as if the client had sent it; one reference. last: the last group that it is of, if
 * others follow; "": it is of all. */
struct message request_departure(const struct name *who, const struct name *last);

/* That it leaves that group; one reference. */
struct message request_leave(const struct name *who, const struct name *group);

/* The refused request handed back to its sender: type REJECT, the old type behind the header, the
 * sender added to the groups (in place of the last one if there are 100). One reference. */
struct message request_rejected(const struct message *request);

#endif
