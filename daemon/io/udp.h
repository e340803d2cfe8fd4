/* SPDX-License-Identifier: MIT
 *
 * udp.h - the sockets between daemons: which there are, what comes in, and what the system says
 * about datagrams that nobody wanted.
 *
 * Data and token have a port each, so that a burst of data cannot push a token out of a receive
 * buffer. All is sent from a socket bound to the daemon's own address, for that is how others know
 * who speaks; reports to monitors have another one (replies.h).
 */
#ifndef SPREAD_IO_UDP_H
#define SPREAD_IO_UDP_H

#include <event2/event.h>

#include "daemon/daemon.h"

struct udp;

/* Opens the sockets that a configuration asks for. NULL with a line in why. */
struct udp *udp_open(const struct in_force *first, char *why, size_t why_size);
void udp_close(struct udp *u);

/* Packets that the receive buffers hold, as far as the system granted them. */
uint32_t udp_capacity(const struct udp *u);

/* Another configuration is to follow, in which we have the same address, port and interfaces: opens
 * and joins what it needs beside what there is. False with a line in why. */
bool udp_prepare(struct udp *u, const struct in_force *next, char *why, size_t why_size);
/* Closes and leaves what only one configuration needed, which was in force or was prepared in vain,
 * and not the one that is in force. */
void udp_give_up(struct udp *u, const struct in_force *gone, const struct in_force *now);
/* From now on datagrams go by that configuration, which was prepared. */
void udp_use(struct udp *u, const struct in_force *now);

/* From now on readable sockets are noted by events of base. */
void udp_start(struct udp *u, struct event_base *base, struct daemon *daemon);

/* Hands what has come to the daemon: data first, then tokens, each with a budget. */
void udp_receive(struct udp *u);
/* Sends what the daemon has to send; what the system does not take now goes out when it does. */
void udp_flush(struct udp *u);

#endif
