/* SPDX-License-Identifier: MIT
 *
 * ask.h - what a client has to say to its daemon, or asks it, beyond what sessions can carry: on a
 * connection of its own that is no session.
 *
 *   question  0, kind, port (2), length N of the private name (1 to 10), N bytes of name, and then
 *     'E'       nothing: why was my session ended?
 *     'P'       policy (1): what is to be done when my session does not keep up (config/slow.h)
 *     'D'       nothing: how many messages were dropped for it?
 *   answer    the kind, and then
 *     'E'       reason, seconds that the daemon has run (4)
 *     'P'       1: so it is; 0: there is no such session
 *     'D'       1, and how many (8); 0: no such session, and 0
 * Numbers are big-endian. The port is the session's at its client, 0 for the Unix socket.
 *
 * The bytes of sessions stay those of 5.0.1, so none of this can be sent in them. A daemon of 5.0.1
 * takes a question for the connect request of a client of version 0.69 (0.80, 0.68): it answers with
 * the reject byte of old versions, and closes.
 */
#ifndef SPREAD_WIRE_ASK_H
#define SPREAD_WIRE_ASK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "libspread/wire/names.h"

/* The numbers are those of the wire, here and below. */
enum ask_kind {
    ASK_END = 'E',
    ASK_POLICY = 'P',
    ASK_DROPPED = 'D',
};

enum {
    ASK_POLICY_MOST = 2,          /* enum slow_policy has no more */
    ASK_MAX = 6 + PRIVATE_NAME_MAX, /* longest question */
    ASK_ANSWER_MAX = 10,
};

enum ended {
    ENDED_UNKNOWN = 0,  /* no such session, or its end was long ago */
    ENDED_SLOW = 1,     /* it did not read what waited for it */
    ENDED_PROTOCOL = 2, /* it sent what is no message */
    ENDED_BROKEN = 3,   /* the system said that the connection is broken */
    ENDED_REVOKED = 4,  /* the rules that are in force by now do not let it in */
};

struct ask {
    enum ask_kind kind;
    uint16_t port;
    char name[PRIVATE_NAME_MAX + 1];
    uint8_t policy; /* of ASK_POLICY */
};

/* True if a connection that begins with these bytes asks; false for fewer than two. */
bool ask_begins(const uint8_t *bytes, size_t len);

enum ask_verdict {
    ASK_OK,
    ASK_MORE, /* not all here yet */
    ASK_BAD,  /* no name, or no policy */
};
enum ask_verdict ask_decode(struct ask *a, const uint8_t *bytes, size_t len);
/* Returns the length. The name must be a legal private name. */
size_t ask_encode(uint8_t bytes[ASK_MAX], const struct ask *a);

/* What goes back. */
struct ask_answer {
    enum ask_kind kind;
    enum ended reason; /* of ASK_END; of a later version: unknown ... */
    uint32_t seconds;
    bool done; /* of the others: there is such a session */
    uint64_t dropped;
};

/* How long the answer to a question of that kind is. */
size_t ask_answer_len(enum ask_kind kind);
/* Returns the length. */
size_t ask_answer(uint8_t bytes[ASK_ANSWER_MAX], const struct ask_answer *a);
/* False: no answer to a question of that kind that we understand. bytes: ask_answer_len of them. */
bool ask_answered(const uint8_t *bytes, enum ask_kind kind, struct ask_answer *a);

#endif
