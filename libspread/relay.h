/* SPDX-License-Identifier: MIT
 *
 * relay.h - a descriptor for functions of the program's that speak with the daemon themselves
 * (SP_set_auth_method), where the connection is one by TLS, which they know nothing of.
 *
 * It is one end of a pair of sockets; a thread moves bytes between the other end and the connection,
 * as long as the functions run. What they left unread is put back.
 */
#ifndef SPREAD_RELAY_H
#define SPREAD_RELAY_H

#include <pthread.h>

#include "libspread/channel.h"

struct relay {
    struct channel channel;
    int theirs; /* the functions' end; without TLS the connection itself */
    int ours;
    pthread_t thread;
};

/* False: there is no such thread to be had. */
bool relay_begin(struct relay *r, struct channel c);
void relay_end(struct relay *r);

#endif
