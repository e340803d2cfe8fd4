/* SPDX-License-Identifier: MIT
 *
 * replies.h - the socket that reports to monitors leave from: at the daemon's own address, where a
 * monitor expects them from, and apart from what daemons say to each other.
 */
#ifndef SPREAD_IO_REPLIES_H
#define SPREAD_IO_REPLIES_H

#include "daemon/daemon.h"

/* Returns the socket, or -1 with a line in why. */
int replies_open(const struct ip *own, char *why, size_t why_size);
void replies_close(int fd); /* -1 is fine */

/* Sends what the daemon has to say to monitors; what the system does not take now is lost. */
void replies_send(int fd, struct daemon *daemon);

#endif
