/* SPDX-License-Identifier: MIT
 *
 * notify.h - what systemd, or whoever else has started us with NOTIFY_SOCKET in the environment, is told:
 * that clients are served, that a reload has begun and ended, that we are leaving, how things stand, and
 * again and again that the loop turns. The messages are those of sd_notify(3).
 *
 * They are sent by a socket of our own, where libsystemd's call would do two kinds of harm: it opens the
 * path of the socket anew each time, which a daemon in another root folder does not find; and it waits as
 * long as a dozen messages lie there unread, which a manager that has much to do brings about. Here what
 * does not go out is owed, and tried again; of several of a kind the last one is.
 *
 * A notify for which nobody has asked does nothing.
 */
#ifndef SPREAD_IO_NOTIFY_H
#define SPREAD_IO_NOTIFY_H

#include <stdbool.h>

#include "daemon/base/usec.h"

struct notify;

/* As the environment says, while its paths can be reached. */
struct notify *notify_open(void);
void notify_close(struct notify *n);

/* Clients are served from now on. */
void notify_ready(struct notify *n);
/* Whether a reload is under way, and the time: what changes is told. */
void notify_reloading(struct notify *n, bool under_way, usec now);
/* We leave; after that no other state is told. */
void notify_stopping(struct notify *n);
/* How things stand, in words; what is over long is cut. */
void notify_status(struct notify *n, const char *text);

/* Sends what is owed, and in a turn of the loop that comes when it is due, that the loop turns. */
void notify_step(struct notify *n, usec now);
/* When notify_step is due. */
usec notify_deadline(const struct notify *n);

#endif
