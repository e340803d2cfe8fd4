/* SPDX-License-Identifier: MIT
 *
 * udp_inside.h - the sockets between daemons, for the udp*.c files only: udp_open.c opens them,
 * udp_follow.c keeps them when interfaces change, udp_receive.c reads, udp.c sends and hears what
 * the system says.
 */
#ifndef SPREAD_IO_UDP_INSIDE_H
#define SPREAD_IO_UDP_INSIDE_H

#include <event2/event_struct.h>

#include "daemon/base/quiet.h"
#include "daemon/base/slab.h"
#include "daemon/io/batch.h"
#include "daemon/io/interfaces.h"
#include "daemon/io/udp.h"

enum {
    /* Those of the configuration in force, and the addresses of one that may follow. */
    ENDPOINTS_MAX = 2 * CONF_INTERFACES_MAX + 2 * CONF_SEGMENT_ADDRESSES_MAX,
    UDP_CALL = 8,        /* datagrams a call */
    UDP_ROOM = 64 << 10, /* for a datagram, or several that the kernel has put together */
};

/* A socket that packets come in by. */
struct endpoint {
    int fd;
    struct ip ip; /* what it is bound to */
    bool token_port;
    bool readable;
    struct event event;
};

struct udp {
    struct daemon *daemon; /* NULL until udp_start */
    struct event_base *base; /* NULL until udp_start */
    struct endpoint *endpoints[ENDPOINTS_MAX];
    int count;
    int sender;  /* the socket that everything leaves from, but for ... */
    int replies; /* ... reports to monitors */
    struct event errors, writable, memory, retry;
    bool blocked;
    struct interfaces *interfaces;
    unsigned interface; /* the number of the one that has our address */
    bool interface_lost;
    struct batch *batch;
    struct batch_address data[PROCS_MAX], token[PROCS_MAX];
    struct batch_address segment[CONF_SEGMENT_ADDRESSES_MAX];
    int segment_count;
    uint32_t capacity;

    struct block_pool *rooms;
    struct block *room[UDP_CALL]; /* what the next calls read into */
    struct slab slab;             /* small datagrams, one behind the other */
    uint64_t refused_told;
    struct quiet quiet_refused;
};

/* The port of a daemon's segment. */
unsigned udp_port_of(const struct conf *conf, int daemon);
/* Watches an endpoint from now on; base is there. */
void udp_watch(struct udp *u, struct endpoint *e);
/* Looks after the interface that has our address from now on; base is there. */
void udp_follow(struct udp *u);
/* Our own address. */
static inline const struct ip *udp_own_ip(const struct in_force *f)
{
    return &f->conf->daemons[f->self].ip;
}
static inline const struct conf_segment *udp_own_segment(const struct in_force *f)
{
    return &f->conf->segments[f->conf->daemons[f->self].segment];
}
/* Datagrams for groups leave by the interface that has that address. */
bool udp_choose_interface(const struct udp *u, const struct ip *own);
/* Leaves the groups of our segment, if the system still knows of it, and joins them. False: they
 * cannot all be joined, though none may be left out. */
bool udp_rejoin(struct udp *u);

#endif
