/* SPDX-License-Identifier: MIT
 *
 * links.h - the network between simulated daemons: a directed link for each pair, which may lose,
 * delay, double, reorder, narrow or cut what goes over it.
 *
 * A datagram to a segment reaches each of its daemons by a link of its own, so that one may miss
 * what another gets.
 */
#ifndef TESTS_SIM_LINKS_H
#define TESTS_SIM_LINKS_H

#include <stddef.h>

#include "daemon/base/procset.h"
#include "daemon/base/random.h"
#include "daemon/base/usec.h"

struct link_state {
    bool cut;
    bool cut_large;        /* datagrams over 512 bytes do not pass */
    bool cut_data;         /* nothing to the data port passes */
    uint32_t loss_ppm;     /* of datagrams */
    uint32_t double_ppm;
    uint32_t tail_ppm;     /* of datagrams that take up to tail longer */
    usec latency, jitter, tail;
    usec per_byte_ns;      /* bandwidth, 0: no limit */
    usec busy_until;       /* the sender's side of the wire */
};

struct network {
    struct random random;
    int procs;
    struct link_state links[PROCS_MAX][PROCS_MAX]; /* from, to */
    uint64_t sent, lost, doubled;
};

void network_init(struct network *n, int procs, uint64_t seed);

/* What becomes of one datagram: how many copies arrive, at most 2, and when. */
int network_carry(struct network *n, unsigned from, unsigned to, size_t len, bool token_port,
                  usec now, usec arrivals[2]);

/* Cuts all links between different components. */
void network_partition(struct network *n, const int *component);
void network_heal(struct network *n); /* no link is cut, in any way; losses and delays stay */

#endif
