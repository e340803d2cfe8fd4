/* SPDX-License-Identifier: MIT
 *
 * control.h - the packets that keep a ring turning and those by which daemons find each other.
 * The ones that make a new ring are in forming.h.
 *
 * procs is the number of configured daemons: an index that is not below it does not decode.
 */
#ifndef SPREAD_PACKET_CONTROL_H
#define SPREAD_PACKET_CONTROL_H

#include "daemon/packet/ids.h"

/* TOKACK: tag 8, hop 8. The token of that hop has come. */
struct tokack {
    uint64_t tag, hop;
};

/* HURRY: tag 8. The sender has something to send and the token is parked. */
struct hurry {
    uint64_t tag;
};

enum suspicion {
    SUSPECT_TIMEOUT,
    SUSPECT_UNREACHABLE,
    SUSPECT_MUTE, /* the sender of itself: what it sends does not arrive, and it holds up the ring */
    SUSPICIONS,
};

/* SUSPECT: ring 14, index 2, incarnation 4, reason 1. */
struct suspect {
    struct ring_id ring;
    uint16_t index;
    uint32_t inc;
    uint8_t reason;
};

/* LEAVE: ring 14. The sender stops. */
struct leave {
    struct ring_id ring;
};

/* ALIVE: state 1, ring 14, promised 8, saying 4, heard with the saying of each, suspects. */
struct alive {
    uint8_t state;       /* enum core_state */
    struct ring_id ring; /* its last one */
    uint64_t promised;   /* largest epoch it has accepted or proposed */
    uint32_t saying;     /* one more with each ALIVE, JOIN and READY of it */
    struct roster heard; /* whom it has heard lately, and in which life */
    uint32_t heard_sayings[PROCS_MAX]; /* the newest of each that it has heard; 0: none of that life */
    struct procset suspects;
};

enum join_kind { JOIN_SEGMENT, JOIN_RING, JOIN_KINDS };

enum { BAD_PAIRS_MAX = 32 };

struct bad_pair {
    uint16_t a, b; /* a < b; one of them does not hear the other */
};

/* JOIN: as ALIVE, then kind 1, engaged 2, members with the saying of each 4, bad pairs. */
struct join {
    struct alive alive;
    uint8_t kind;          /* of a segment still gathering, or of a running ring */
    uint16_t engaged;      /* who is to coordinate */
    struct roster members; /* for whom the sender speaks */
    uint32_t sayings[PROCS_MAX];
    int bad_count;
    struct bad_pair bad[BAD_PAIRS_MAX];
};

/* REFER: index 2. Not I: speak to that one. */
struct refer {
    uint16_t to;
};

/* PROBE: ring 14, leader 2. There is a ring that the receiver is not in. */
struct probe {
    struct ring_id ring;
    uint16_t leader;
};

/* PREPARE: prep 8, members. Would these hear each other? */
struct prepare {
    uint64_t prep;
    struct roster members;
};

/* READY: prep 8, saying 4, promised 8, heard. */
struct ready {
    uint64_t prep;
    uint32_t saying;
    uint64_t promised;
    struct roster heard;
};

/* HOPCHK: 8. Tag of the ring, or id of the PREPARE, in which the receiver would follow. */
struct hopchk {
    uint64_t tag;
};

bool tokack_decode(struct tokack *m, const uint8_t *body, size_t len);
bool hurry_decode(struct hurry *m, const uint8_t *body, size_t len);
bool suspect_decode(struct suspect *m, const uint8_t *body, size_t len, int procs);
bool leave_decode(struct leave *m, const uint8_t *body, size_t len);
bool alive_decode(struct alive *m, const uint8_t *body, size_t len, int procs);
bool join_decode(struct join *m, const uint8_t *body, size_t len, int procs);
bool refer_decode(struct refer *m, const uint8_t *body, size_t len, int procs);
bool probe_decode(struct probe *m, const uint8_t *body, size_t len, int procs);
bool prepare_decode(struct prepare *m, const uint8_t *body, size_t len, int procs);
bool ready_decode(struct ready *m, const uint8_t *body, size_t len, int procs);
bool hopchk_decode(struct hopchk *m, const uint8_t *body, size_t len);

void tokack_encode(struct writer *w, const struct tokack *m);
void hurry_encode(struct writer *w, const struct hurry *m);
void suspect_encode(struct writer *w, const struct suspect *m);
void leave_encode(struct writer *w, const struct leave *m);
void alive_encode(struct writer *w, const struct alive *m, int procs);
void join_encode(struct writer *w, const struct join *m, int procs);
void refer_encode(struct writer *w, const struct refer *m);
void probe_encode(struct writer *w, const struct probe *m);
void prepare_encode(struct writer *w, const struct prepare *m);
void ready_encode(struct writer *w, const struct ready *m);
void hopchk_encode(struct writer *w, const struct hopchk *m);

#endif
