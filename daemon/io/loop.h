/* SPDX-License-Identifier: MIT
 *
 * loop.h - the one thread: wait for events, let them in, run what is due, write, again.
 */
#ifndef SPREAD_IO_LOOP_H
#define SPREAD_IO_LOOP_H

#include "daemon/io/listen.h"
#include "daemon/io/notify.h"
#include "daemon/io/reload.h"
#include "daemon/io/udp.h"

/* From here on signals wait for loop_run: whoever finds our sockets open may send them, and would end
 * a daemon that leaves its socket file behind. */
void loop_hold_signals(void);

/* Serves until SIGTERM or SIGINT, or a monitor or a reload ends it, then leaves gracefully; SIGHUP
 * reopens the log and reloads. Listeners and sockets are started, and closed at the end; whoever
 * notify tells hears of all of this. ready: a line for the log when clients are served. 0, or -1 if the event loop cannot be set up. */
int loop_run(struct daemon *daemon, struct listeners *listeners, struct udp *udp,
             struct reloader *reloader, struct notify *notify, const char *ready);

#endif
