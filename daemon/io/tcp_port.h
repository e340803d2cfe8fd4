/* SPDX-License-Identifier: MIT
 *
 * tcp_port.h - a socket that listens at a TCP port, and the wait for one that is not free yet.
 */
#ifndef SPREAD_IO_TCP_PORT_H
#define SPREAD_IO_TCP_PORT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/ip.h"

/* The socket; -1 with a line in why. reuse: the remains of connections of a daemon that has ended
 * do not matter, if that daemon said so, too. Where they do matter, or a connection of another
 * program has the port, it is tried for a minute, with a line in the log; a program that listens
 * there does not go by waiting, and is named at once. */
int tcp_port_open(const struct ip *ip, uint16_t port, bool reuse, char *why, size_t why_size);

#endif
