/* SPDX-License-Identifier: MIT
 *
 * clients.h - the connected sockets: bytes between them and their sessions.
 *
 * Events only note what happened and move input into the daemon; all writing and
 * closing is done by clients_serve at the end of a turn, so that whatever a turn
 * brings for a client leaves with one call.
 */
#ifndef SPREAD_IO_CLIENTS_H
#define SPREAD_IO_CLIENTS_H

#include <event2/event.h>

#include <openssl/types.h>

#include "daemon/io/http.h"

struct clients;

/* tls, which is theirs from now on: for those that come by TCP; NULL: there is no TLS. Whoever speaks HTTP
 * instead is handed to http. */
struct clients *clients_new(struct event_base *base, struct daemon *daemon, SSL_CTX *tls,
                            struct http *http);
/* Another one, for those that connect from now on. */
void clients_use_tls(struct clients *all, SSL_CTX *tls);
/* Connections that are there. */
size_t clients_count(const struct clients *all);
/* Closes every connection. */
void clients_free(struct clients *all);

/* Takes over fd, a connected non-blocking socket. */
void clients_add(struct clients *all, int fd, const struct peer *peer);

/* Reads those who are not in yet and have something to say, once a turn and for a bounded time: so a flood
 * of them keeps nobody waiting who is in. */
void clients_greet(struct clients *all);

/* Writes to and closes those that need it, and reads on where back-pressure has gone. */
void clients_serve(struct clients *all);

#endif
