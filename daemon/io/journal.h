/* SPDX-License-Identifier: MIT
 *
 * journal.h - the log of -l y: a file named after the daemon, with a line for its start, each
 * daemon membership, and each client that comes and goes. Times are seconds since 1970.
 *
 *     B <time>
 *     M <time> <membership time> <sequence> > <first member's index, or --, per daemon>
 *     C <time> <sequence> <socket> <address> <name>
 *     D <time> <sequence> <socket> <address> <name> <messages still queued>
 */
#ifndef SPREAD_IO_JOURNAL_H
#define SPREAD_IO_JOURNAL_H

#include "daemon/daemon.h"

/* The functions below do nothing before it. */
void journal_start(const struct conf *conf, int self);
/* Another configuration is in force. */
void journal_use(const struct conf *conf);

void journal_view(const struct view *v, uint64_t sequence);
void journal_client(char letter, const struct session *s, int fd, uint64_t sequence);

#endif
