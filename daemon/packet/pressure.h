/* SPDX-License-Identifier: MIT
 *
 * pressure.h - what one daemon tells the others, in the control lane, of a client that does not keep
 * up: which messages to it, and to groups that it is in, are to wait; or that none need any more.
 *
 *   kind 1, waits 1, length of the connection's name 1, the name
 *
 * waits has a bit for each kind of message, two for each policy that the configuration may have for the
 * groups of a message (config/slow.h): ordered ones, and above it UNRELIABLE ones. Say r has asked to
 * have messages dropped: where its groups have hold (bits 0, 1) or drop (2, 3) ordered messages wait,
 * where they have cut (4, 5) none do, so r's daemon says 5.
 *
 * The daemon in the client's name is the one that says it, for nobody speaks for others' clients. The
 * first byte of each message of the control lane says which kind it is of.
 */
#ifndef SPREAD_PACKET_PRESSURE_H
#define SPREAD_PACKET_PRESSURE_H

#include "daemon/config/slow.h"
#include "daemon/packet/bytes.h"
#include "libspread/wire/names.h"

enum { CONTROL_TELLING = 1, CONTROL_PRESSURE = 2, CONTROL_STATEMENT = 3 }; /* kinds */

enum { PRESSURE_MAX = 3 + PRIVATE_NAME_MAX };

struct pressure {
    char connection[PRIVATE_NAME_MAX + 1];
    uint8_t waits;
};

enum { PRESSURE_KINDS = 2 * SLOW_POLICIES };

/* The bit of messages to groups of which the configuration has that policy. */
static inline uint8_t pressure_kind(enum slow_policy of_groups, bool unreliable)
{
    return (uint8_t)(1u << (2 * (unsigned)of_groups + unreliable));
}

void pressure_give(struct writer *w, const struct pressure *p);
/* False: it is none, or does not hold. */
bool pressure_take(struct reader *r, struct pressure *p);

#endif
