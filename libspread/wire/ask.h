/* SPDX-License-Identifier: MIT
 *
 * ask.h - why was I cut off: the question of a client, and the daemon's answer, on a connection of
 * their own that is no session.
 *
 *   question  0, 'E', port (2), length N of the private name (1 to 10), N bytes of name
 *   answer    'E', reason, seconds that the daemon has run (4)
 * Numbers are big-endian. The port is the ended connection's at its client, 0 for the Unix socket.
 *
 * The bytes of sessions stay those of 5.0.1, so the reason cannot be sent in them. A daemon of 5.0.1
 * takes the question for the connect request of a client of version 0.69: it answers with the
 * reject byte of old versions, and closes.
 */
#ifndef SPREAD_WIRE_ASK_H
#define SPREAD_WIRE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libspread/wire/names.h"

enum {
    ASK_MARK = 'E',
    ASK_MAX = 5 + PRIVATE_NAME_MAX, /* longest question, as long as the longest connect request */
    ASK_ANSWER = 6,
};

/* The numbers are those of the wire. */
enum ended {
    ENDED_UNKNOWN = 0,  /* no such session, or its end was long ago */
    ENDED_SLOW = 1,     /* it did not read what waited for it */
    ENDED_PROTOCOL = 2, /* it sent what is no message */
    ENDED_BROKEN = 3,   /* the system said that the connection is broken */
};

struct ask {
    uint16_t port;
    char name[PRIVATE_NAME_MAX + 1];
};

/* True if a connection that begins with these bytes asks; false for fewer than two. */
bool ask_begins(const uint8_t *bytes, size_t len);

enum ask_verdict {
    ASK_OK,
    ASK_MORE, /* not all here yet */
    ASK_BAD,  /* no name */
};
enum ask_verdict ask_decode(struct ask *a, const uint8_t *bytes, size_t len);
/* Returns the length. The name must be a legal private name. */
size_t ask_encode(uint8_t bytes[ASK_MAX], const struct ask *a);

void ask_answer(uint8_t bytes[ASK_ANSWER], enum ended reason, uint32_t seconds);
/* False: no answer that we understand. A reason of a later version counts as unknown. */
bool ask_answered(const uint8_t bytes[ASK_ANSWER], enum ended *reason, uint32_t *seconds);

#endif
