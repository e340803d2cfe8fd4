/* SPDX-License-Identifier: MIT
 *
 * pass.h - the token goes on to another member, and from then on it is watched: that it arrives, that
 * it comes back, and, where it comes to rest, that the leader it rests at lives.
 */
#ifndef SPREAD_RING_PASS_H
#define SPREAD_RING_PASS_H

#include "daemon/ring/ring.h"

/* Hands the token to a member. */
void pass_token(struct ring *r, uint16_t to, usec now);
/* After a visit: arms what watches over a token that is held, or is not. */
void pass_watch(struct ring *r, usec now);

/* Says that the token of that hop has come; with PACKET_ACKREQ: asks whether the other lives. */
void pass_tokack(struct ring *r, uint16_t to, uint64_t hop, uint8_t flags);

#endif
