/* SPDX-License-Identifier: MIT
 *
 * host.h - what this machine is called and which addresses it has.
 */
#ifndef SPREAD_IO_HOST_H
#define SPREAD_IO_HOST_H

#include <netinet/in.h>
#include <sys/socket.h>

#include "daemon/config/conf.h"

/* A conf_resolve: asks the system's resolver. */
bool host_resolve(void *context, const char *name, int family, struct ip *ip, const char **why);

/* True if an interface of this machine has the address, or it is in 127.0.0.0/8. */
bool host_has(const struct ip *ip);

/* The number of the interface that has the address; for all of 127.0.0.0/8 that of loopback. 0:
 * none has it. */
unsigned host_interface_of(const struct ip *ip);

/* True if an IPv4 address is the broadcast address of a network that an interface of this machine
 * is in, or goes to all that are there. */
bool host_broadcasts(const struct ip *ip);

/* Which daemon of the file this one is: the one called name, or, where name is NULL, the first
 * whose address is local. -1 with a line in why. */
int host_find_self(const struct conf *conf, const char *name, char *why, size_t why_size);

/* Between addresses and sockets; an IPv4-mapped IPv6 address becomes IPv4. */
socklen_t host_sockaddr(struct sockaddr_storage *address, const struct ip *ip, uint16_t port);
struct ip host_ip(const struct sockaddr_storage *address, uint16_t *port);

#endif
