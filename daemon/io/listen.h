/* SPDX-License-Identifier: MIT
 *
 * listen.h - the sockets clients connect to: TCP as the interfaces of the configuration say, and
 * the Unix socket, with another one at the path of old clients if that is a different one.
 */
#ifndef SPREAD_IO_LISTEN_H
#define SPREAD_IO_LISTEN_H

#include "daemon/io/clients.h"
#include "daemon/io/privileges.h"

struct listeners;

/* Opens them all. NULL with a line in why: another daemon serves that port or path, or the system
 * refuses. socket_dir: where the path is asked to be; NULL: in SocketDir; and if the configuration has none,
 * in SPREAD_SOCKET_DIR, where a path that another daemon serves costs a warning only, if there is TCP. It
 * may take a minute: see tcp_port.h. */
struct listeners *listeners_open(const struct conf *conf, int self, const char *socket_dir,
                                 const struct account *owner, char *why, size_t why_size);

/* Hands what connects from now on to clients, and at MonitorPort to http. */
void listeners_start(struct listeners *l, struct event_base *base, struct clients *clients,
                     struct http *http, struct daemon *daemon);

/* Closes them and removes the Unix socket, if it is still ours. */
void listeners_close(struct listeners *l);

#endif
