/* SPDX-License-Identifier: MIT
 *
 * loop.h - the one thread: wait for events, let them in, run what is due, write, again.
 */
#ifndef SPREAD_IO_LOOP_H
#define SPREAD_IO_LOOP_H

#include "daemon/io/listen.h"

/* Serves until SIGTERM or SIGINT; SIGHUP reopens the log. The listeners are started, and closed at
 * the end. 0, or -1 if the event loop cannot be set up. */
int loop_run(struct daemon *daemon, struct listeners *listeners);

#endif
