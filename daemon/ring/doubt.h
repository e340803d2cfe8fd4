/* SPDX-License-Identifier: MIT
 *
 * doubt.h - packets of other daemons that decode and yet say what cannot be: dropped, counted by
 * reason, and told, each reason at most once a second.
 *
 * Every value is judged against our own state before it is used, after the packet was found to be
 * meant for that state: what is late, doubled or of another ring is no lie and is not counted. So
 * among daemons that do not lie every count stays 0. docs/daemon-protocol.md has the bound of each
 * field and where it is judged.
 */
#ifndef SPREAD_RING_DOUBT_H
#define SPREAD_RING_DOUBT_H

#include "daemon/base/quiet.h"
#include "daemon/packet/header.h"
#include "daemon/ring/effects.h"

enum doubt {
    NO_DOUBT,
    DOUBT_BODY,        /* the body does not decode */
    DOUBT_EPOCH,       /* further ahead than any clock can be */
    DOUBT_STATE,       /* no state of a daemon */
    DOUBT_LIFE,        /* speaks for others, but not for itself in this life */
    DOUBT_STRANGER,    /* speaks as a member of a ring that it is not in */
    DOUBT_REFERRAL,    /* refers us to ourselves */
    DOUBT_NUMBER,      /* a packet whose number is out of reach */
    DOUBT_OURS,        /* a packet in our name that we never sent */
    DOUBT_LENGTH,      /* longer than the packets of its ring are */
    DOUBT_TOKEN,       /* a token that does not follow from the last one */
    DOUBT_TOKEN_NAMES, /* a token that names who is no member */
    DOUBT_PACKET_SIZE, /* a size that packets may not have */
    DOUBT_OLD_RING,    /* what was received of the old ring does not fit what others received */
    DOUBT_PLAN,        /* a plan that does not fit what we have */
    DOUBT_REFUSAL,     /* refuses an epoch that is above all it has promised */
    DOUBTS,
};

struct doubts {
    struct effects *effects;
    uint64_t count[DOUBTS];
    struct quiet quiet[DOUBTS];
};

/* The packet is dropped for that reason. */
void doubt_packet(struct doubts *d, enum doubt why, const struct packet_header *h, usec now);
/* "a packet whose number is out of reach" and so on, for the log. */
const char *doubt_text(enum doubt why);

#endif
