/* SPDX-License-Identifier: MIT
 *
 * token.h - TOKEN: whoever holds it may number packets.
 *
 *   ring 14, hop 8, round 4, flags 2, seq 8, aru 8, aru setter 2, window 2, personal 2,
 *   packets of the last rotation 4, backlog 4, number of requests 2, the requests:
 *   distance below seq 4, count 2, requester 2, tries 1, zero 1
 */
#ifndef SPREAD_PACKET_TOKEN_H
#define SPREAD_PACKET_TOKEN_H

#include "daemon/packet/ids.h"

enum {
    TOKEN_REQUESTS_MAX = 64,
    TOKEN_FIXED = 60,    /* bytes before the requests */
    TOKEN_REQUEST = 10,
    TOKEN_MAX = TOKEN_FIXED + TOKEN_REQUESTS_MAX * TOKEN_REQUEST,
};

enum {
    TOKEN_HELD = 1,   /* everything is stable everywhere: the leader will park it */
    TOKEN_GRANT = 2,  /* sent out of turn by the leader to whoever was in a hurry */
    TOKEN_RESTED = 4, /* was parked during this rotation: its time says nothing */
    TOKEN_FLAGS = 7,
};

/* Packets that somebody misses: from, from + 1, ... */
struct token_request {
    uint64_t from;
    uint16_t count;
    uint16_t requester;
    uint8_t tries; /* how often it has come round unanswered */
};

struct token {
    struct ring_id ring;
    uint64_t hop;         /* one more with each forward */
    uint32_t round;       /* one more at the leader */
    uint16_t flags;
    uint64_t seq;         /* last number given out */
    uint64_t aru;         /* received by all, up to here */
    uint16_t aru_setter;  /* who lowered it, NO_PROC: nobody */
    uint16_t window, personal;
    uint32_t sent;        /* packets, new and again, of the last rotation */
    uint32_t backlog;     /* packets waiting everywhere */
    int request_count;
    struct token_request requests[TOKEN_REQUESTS_MAX];
};

/* Decodes and checks what can be checked without knowing the ring; procs: number of daemons. */
bool token_decode(struct token *t, const uint8_t *body, size_t len, int procs);
/* Returns the length, TOKEN_MAX at most. */
size_t token_encode(uint8_t body[TOKEN_MAX], const struct token *t);

#endif
