/* SPDX-License-Identifier: MIT
 *
 * forming.h - the packets by which a coordinator makes a new ring: propose and accept, commit and
 * recovered, install.
 */
#ifndef SPREAD_PACKET_FORMING_H
#define SPREAD_PACKET_FORMING_H

#include "daemon/packet/ids.h"
#include "daemon/packet/seqmap.h"

enum echo_kind { ECHO_SAYING, ECHO_TOKEN, ECHO_KINDS };

/* PROPOSE: ring 14, supersedes 14, members, echo 1, tag 8, echoed 4. */
struct propose {
    struct ring_id ring;
    struct ring_id supersedes; /* an earlier proposal of the same coordinator; epoch 0: none */
    struct roster members;
    uint8_t echo;    /* what shows that the receiver was heard lately: ... */
    uint64_t tag;    /* ECHO_TOKEN: the ring both are in ... */
    uint32_t echoed; /* ... and a round of its token; ECHO_SAYING: a saying of the receiver */
};

/* ACCEPT: ring 14, nonce 4, old ring 14, aru 8, high 8, stable 8, have, obligations, promised 8,
 * capacity 4, packet size 2. */
struct accept {
    struct ring_id ring;
    uint32_t nonce;    /* of this acceptance */
    struct ring_id old_ring;
    uint64_t aru, high, stable; /* in the old ring */
    struct seqmap have;         /* over aru + 1 ... high */
    struct procset obligations; /* whose packets must go up past a gap */
    uint64_t promised;
    uint32_t capacity;    /* packets its receive buffer holds */
    uint16_t packet_size; /* largest it can take */
};

enum refusal { REFUSE_BUSY, REFUSE_STALE, REFUSE_NOT_ME, REFUSE_LEAVING, REFUSALS };

/* REFUSE: ring 14, reason 1, promised 8, busy with 14. */
struct refuse {
    struct ring_id ring;
    uint8_t reason;
    uint64_t promised;
    struct ring_id busy; /* REFUSE_BUSY: what it has accepted; its leader is who to speak to */
};

/* COMMIT: ring 14, nonce 4, members, ordinal of the old ring of each 1, packet size 2, capacity 4,
 * then the plan for the receiver's old ring: ring 14, T, stable 8, U, O, resend. */
struct commit {
    struct ring_id ring;
    uint32_t nonce; /* of the receiver's ACCEPT */
    struct roster members;
    uint8_t ordinal[PROCS_MAX]; /* members with equal ordinals come from one ring */
    uint16_t packet_size;
    uint32_t capacity; /* the smallest of all */
    struct ring_id old_ring;
    struct procset together;    /* T: the members that come from it */
    uint64_t stable;            /* all of it had everything up to here */
    struct seqmap present;      /* U: what some of T has, over lo + 1 ... hi */
    struct procset obligations; /* O */
    struct seqmap resend;       /* what the receiver is to send */
};

/* RNACK: ring 14, attempt 1, missing. */
struct rnack {
    struct ring_id ring;
    uint8_t attempt;
    struct seqmap missing;
};

/* RECOVERED: ring 14, nonce 4, predecessor heard 1. */
struct recovered {
    struct ring_id ring;
    uint32_t nonce;
    bool predecessor;
};

/* INSTALL and ABORT: ring 14. */
struct form_ring {
    struct ring_id ring;
};

bool propose_decode(struct propose *m, const uint8_t *body, size_t len, int procs);
bool accept_decode(struct accept *m, const uint8_t *body, size_t len, int procs);
bool refuse_decode(struct refuse *m, const uint8_t *body, size_t len);
bool commit_decode(struct commit *m, const uint8_t *body, size_t len, int procs);
bool rnack_decode(struct rnack *m, const uint8_t *body, size_t len);
bool recovered_decode(struct recovered *m, const uint8_t *body, size_t len);
bool form_ring_decode(struct form_ring *m, const uint8_t *body, size_t len);

void propose_encode(struct writer *w, const struct propose *m);
void accept_encode(struct writer *w, const struct accept *m, int procs);
void refuse_encode(struct writer *w, const struct refuse *m);
void commit_encode(struct writer *w, const struct commit *m, int procs);
void rnack_encode(struct writer *w, const struct rnack *m);
void recovered_encode(struct writer *w, const struct recovered *m);
void form_ring_encode(struct writer *w, const struct form_ring *m);

#endif
