/* SPDX-License-Identifier: MIT
 *
 * links.h - the network between simulated daemons: a directed link for each pair, which may lose,
 * delay, double, reorder, narrow, damage or cut what goes over it.
 *
 * A datagram to a segment reaches each of its daemons by a link of its own, so that one may miss
 * what another gets. Each link draws its own luck: what happens on one does not shift the others,
 * which is what makes a script of faults shorten well.
 */
#ifndef TESTS_SIM_LINKS_H
#define TESTS_SIM_LINKS_H

#include <stddef.h>

#include "daemon/base/procset.h"
#include "daemon/base/random.h"
#include "daemon/base/usec.h"

struct link_state {
    struct random random;
    bool cut;
    bool cut_large;        /* datagrams over 512 bytes do not pass */
    bool cut_data;         /* nothing to the data port passes */
    uint32_t loss_ppm;     /* of datagrams */
    uint32_t burst_ppm;    /* of datagrams, after which everything is lost for up to burst */
    uint32_t double_ppm;
    uint32_t damage_ppm;   /* of datagrams that arrive with bits turned */
    uint32_t tail_ppm;     /* of datagrams that take up to tail longer */
    uint32_t type_ppm;     /* of datagrams of that type, which are lost ... */
    uint32_t type_late_ppm; /* ... or take up to tail longer */
    uint8_t type;          /* of packet; 0: none is picked out */
    usec latency, jitter, tail, burst;
    usec per_byte_ns;      /* bandwidth, 0: no limit */
    usec busy_until;       /* the sender's side of the wire */
    usec burst_until;
};

struct network {
    int procs;
    struct link_state *links; /* procs by procs */
    uint64_t sent, lost, doubled, damaged;
};

void network_init(struct network *n, int procs, uint64_t seed);
void network_fini(struct network *n);

static inline struct link_state *network_link(const struct network *n, unsigned from, unsigned to)
{
    return &n->links[from * (unsigned)n->procs + to];
}

/* What is known of a datagram on the wire. */
struct parcel {
    unsigned from, to;
    size_t len;
    uint8_t type; /* of packet */
    bool token_port;
};

/* What becomes of it: how many copies arrive, when, and whether whole. */
struct carriage {
    int copies;
    usec at[2];
    bool damaged[2];
};

struct carriage network_carry(struct network *n, const struct parcel *p, usec now);

/* Cuts all links between different components, and mends all others. */
void network_partition(struct network *n, const int *component);
/* Cuts a off from everybody, and mends nothing. */
void network_isolate(struct network *n, unsigned a);
/* No link is cut, in any way; losses and delays stay. */
void network_heal(struct network *n);

#endif
