/* SPDX-License-Identifier: MIT
 *
 * journal.h - the log of -l y: a file named after the daemon, with a line for its start, each
 * daemon membership, and each client that comes and goes. Times are seconds since 1970.
 *
 *     B <time>
 *     M <time> <membership time> <sequence> > <first member's index, or --, per daemon>
 *     C <time> <sequence> <socket> <address> <name>
 *     D <time> <sequence> <socket> <address> <name> <messages still queued>
 *
 * The sequence is the number of the last packet of the membership that is known here.
 */
#ifndef SPREAD_IO_JOURNAL_H
#define SPREAD_IO_JOURNAL_H

#include "daemon/daemon.h"

/* name: of this daemon. The functions below do nothing before it. What cannot be written is lost,
 * and the log says so once. */
void journal_start(const char *name);

void journal_view(const struct daemon *d);
/* A client has passed the handshake; one that had passed it is gone. */
void journal_connected(const struct daemon *d, const struct session *s, int fd);
void journal_gone(const struct daemon *d, const struct session *s, int fd);

#endif
