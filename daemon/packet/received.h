/* SPDX-License-Identifier: MIT
 *
 * received.h - a packet that has come and passed the checks of net/: known type, our version and
 * configuration, from a configured daemon, for us.
 */
#ifndef SPREAD_PACKET_RECEIVED_H
#define SPREAD_PACKET_RECEIVED_H

#include "daemon/base/block.h"
#include "daemon/packet/header.h"

struct received {
    struct packet_header header;
    struct block *block; /* holds the body; whoever keeps the body takes a reference */
    uint8_t *body;
    bool own_address;    /* came to this daemon's address, not to its segment's */
};

#endif
