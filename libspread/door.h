/* SPDX-License-Identifier: MIT
 *
 * door.h - asks the daemon of a mailbox something by a connection of its own (wire/ask.h).
 */
#ifndef SPREAD_DOOR_H
#define SPREAD_DOOR_H

#include "libspread/mailbox.h"
#include "libspread/wire/ask.h"

enum door {
    DOOR_ANSWERED,
    DOOR_OTHER,     /* no daemon that knows such questions, such as one of 5.0.1 */
    DOOR_NOBODY,    /* nobody serves that address */
    DOOR_NO_ANSWER, /* none in time, or the network failed */
};

/* About the session of that private group, which has, or had, a connection to there. Takes two
 * seconds at most. */
enum door door_ask(const struct endpoint *to, const char *private_group, enum ask_kind kind,
                   uint8_t policy, struct ask_answer *answer);

#endif
