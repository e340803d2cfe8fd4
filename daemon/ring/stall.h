/* SPDX-License-Identifier: MIT
 *
 * stall.h - aru stands still although the token goes round: somebody does not receive what the others
 * do, and holds up all. Whose fault that is shows in who misses what.
 *
 *   the leader has the packet and d3 does not    d3 hears nobody: the leader puts it out
 *   d1 leads and misses a packet of d2, too      d2 is not heard: it says so of itself, until it is
 *                                                put out
 */
#ifndef SPREAD_RING_STALL_H
#define SPREAD_RING_STALL_H

#include "daemon/ring/ring.h"

struct stall {
    usec moved_at;      /* leader: when aru last advanced or had nowhere to go; 0: not seen yet */
    uint16_t deaf;      /* leader: who was found out last, or NO_PROC */
    uint64_t stuck_aru; /* member: aru has been there ... */
    usec stuck_at;      /* ... since then, though it should move; 0: not seen yet */
    usec mute_again_at; /* RING_MUTE is not said before */
};

/* How long aru may stand still. */
usec stall_patience(usec token_timeout);

/* Leader, when the token comes round: RING_DEAF when aru has not moved for longer than patience and
 * another than we misses what we have; s->deaf is who. before: aru of the token one round ago; own:
 * all up to there is here. */
enum ring_alarm stall_at_leader(struct stall *s, const struct token *t, uint64_t before,
                                uint64_t own, uint16_t self, usec patience, usec now);
/* Member, when the token comes; ours: the first packet that somebody misses is one of ours. After
 * twice the patience RING_MUTE, now and then, and RING_UNHEARD after twice that. */
enum ring_alarm stall_at_member(struct stall *s, const struct token *t, bool ours, usec patience,
                                usec now);
/* This process was late by so much. */
void stall_forgive(struct stall *s, usec lag, usec now);

#endif
