/* SPDX-License-Identifier: MIT
 *
 * admit.h - what is asked of a datagram from another daemon before anybody believes a word of it.
 *
 * In order, cheap things first: length, version, type, our configuration, an index that exists and
 * is not ours, that daemon's address, not cut off by the monitor. The seal will stand between
 * these and the body. What fails is dropped and counted by reason.
 */
#ifndef SPREAD_NET_ADMIT_H
#define SPREAD_NET_ADMIT_H

#include "daemon/base/procset.h"
#include "daemon/config/conf.h"
#include "daemon/packet/received.h"

enum admission {
    ADMITTED,
    REFUSED_LENGTH,   /* too short, or length and body length disagree */
    REFUSED_VERSION,  /* another version of the protocol */
    REFUSED_TYPE,     /* no such packet */
    REFUSED_HASH,     /* the sender has another configuration */
    REFUSED_SENDER,   /* no such daemon */
    REFUSED_SELF,     /* our own, come back */
    REFUSED_TWIN,     /* of another process under our name */
    REFUSED_SOURCE,   /* not from that daemon's address */
    REFUSED_RECEIVER, /* for another daemon */
    REFUSED_PARTITION, /* the monitor has cut the sender off */
    ADMISSIONS,
};

struct admit {
    const struct conf *conf;
    uint16_t self;
    uint64_t incarnation; /* ours */
};

/* bytes and len are the datagram, source where it came from; p->block and p->own_address are
 * set by the caller. */
enum admission admit(const struct admit *a, uint8_t *bytes, size_t len, const struct ip *source,
                     struct received *p);

/* "another configuration" and so on, for the log. */
const char *admission_text(enum admission a);

#endif
