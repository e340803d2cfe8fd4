/* SPDX-License-Identifier: MIT
 *
 * hold.h - the token at rest.
 *
 * A ring with nothing to do: the token comes to rest at the leader, goes round now and then to show
 * that everybody lives, and is fetched by whoever needs it.
 *
 * The leader parks a token only when it has come round with HELD on, which it sets once aru has
 * equalled seq for a whole rotation. So whoever sees HELD knows that everything is with everybody,
 * and a granted token may skip members: none of them can hold back an aru that anyone relies on.
 */
#ifndef SPREAD_RING_HOLD_H
#define SPREAD_RING_HOLD_H

#include "daemon/ring/ring.h"

/* The token, and how it is watched over. */
struct holding {
    struct token token;        /* as it was passed on or parked last */
    uint64_t hop;              /* of that */
    uint64_t seen_seq;         /* seq as it came at the last visit */
    uint64_t visit_aru;        /* aru as it came at the last visit */
    uint64_t aru_passed_on;    /* aru of the token passed on at the last visit */
    usec passed_on_at;
    bool parked;               /* leader: it rests here */
    bool held;                 /* it rests at the leader, or will */
    usec busy_until;           /* leader: do not park before */
    uint32_t idle_rounds;      /* leader: rotations with nothing to do */
    uint16_t wanted_by;        /* leader: who asked for the token while it was on its way here; NO_PROC */
    uint8_t sent[TOKEN_MAX];   /* as passed on, for sending it again */
    size_t sent_len;
    uint16_t sent_to;
    usec first_sent_at, resend_wait;
    enum ring_silence successor_is, leader_is;
    usec beat_from;            /* the leader should have shown itself by then */
};

/* Leader, when the token comes round: true if it is parked now, or has been handed to somebody who asked
 * for it while it was on its way to its rest, and had passed by the time that he had something to send. */
bool hold_if_idle(struct ring *r, usec now);
/* Something was queued: a resting token is wanted. */
void hold_wake(struct ring *r, usec now);
void hold_forget(struct ring *r);
enum ring_alarm hold_on_time(struct ring *r, usec now);

#endif
