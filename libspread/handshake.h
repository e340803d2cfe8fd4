/* SPDX-License-Identifier: MIT
 *
 * handshake.h - from a connected socket to a session: request, authentication, result.
 */
#ifndef SPREAD_HANDSHAKE_H
#define SPREAD_HANDSHAKE_H

#include "include/sp.h"
#include "libspread/channel.h"

struct handshake {
    const char *private_name; /* wished; "" lets the daemon choose */
    bool priority;
    bool membership;
    char private_group[MAX_GROUP_NAME]; /* the daemon's answer, zero-padded */
};

/* Speaks with the daemon, in answers of any size, and reads nothing behind the last. The time that
 * authentication functions take is added to the deadline. ACCEPT_SESSION, or what SP_connect
 * returns instead. */
int handshake_run(struct handshake *h, struct channel c, usec *deadline);

#endif
