/* SPDX-License-Identifier: MIT
 *
 * admit.h - what is asked of a datagram from another daemon before anybody believes a word of it.
 *
 * In order, cheap things first: length, version, type, our configuration, an index that exists and
 * is not ours, that daemon's address, not cut off by the monitor. The seal (seal/seal.h) stands
 * between these and the body. What fails is dropped and counted by reason.
 */
#ifndef SPREAD_NET_ADMIT_H
#define SPREAD_NET_ADMIT_H

#include "daemon/base/procset.h"
#include "daemon/base/why.h"
#include "daemon/config/conf.h"
#include "daemon/packet/received.h"

struct admit {
    const struct conf *conf;
    uint16_t self;
    uint64_t incarnation; /* ours */
};

/* bytes and len are the datagram, source where it came from. Fills p->header; body, block and
 * own_address are for others to set. */
enum why admit(const struct admit *a, const uint8_t *bytes, size_t len, const struct ip *source,
                     struct received *p);

#endif
