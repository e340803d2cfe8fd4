/* SPDX-License-Identifier: MIT
 *
 * port_holder.h - who has a port that we cannot have.
 *
 * Of a TCP port the kernel says "address in use" of three things that a person would treat in three ways: a
 * program that listens there; a connection of some program that uses that port as its own; and
 * connections whose program has ended, which the kernel keeps for a minute, so that their last
 * packets are not taken for those of new ones (TIME-WAIT).
 */
#ifndef SPREAD_IO_PORT_HOLDER_H
#define SPREAD_IO_PORT_HOLDER_H

#include <stdint.h>

#include "daemon/base/ip.h"

enum port_holder {
    HOLDER_UNSEEN,     /* nobody any more, or one that the system does not show */
    HOLDER_REMAINS,    /* connections without a program */
    HOLDER_CONNECTION, /* a connection of a program */
    HOLDER_LISTENER,
};

enum { HOLDER_TEXT = 160 };

/* Who holds the port of the address, or of all addresses, in text: "spread (process 812)". */
enum port_holder port_holder(const struct ip *ip, uint16_t port, char text[HOLDER_TEXT]);
/* The same of a UDP port, which has no connections. */
const char *port_holder_udp(const struct ip *ip, uint16_t port, char text[HOLDER_TEXT]);

#endif
