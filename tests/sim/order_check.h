/* SPDX-License-Identifier: MIT
 *
 * order_check.h - the promises of the ordering core, checked on every record of the trace: who
 * delivers what, where, in which order, and under which view. Ids as in docs/simulator.md:
 *
 *   B1 what is delivered was sent     B2 once      B3 in its view or the transition out of it
 *   B4 one message, one origin, one number         C1 one id, one list of members
 *   C2 views alternate                C3 who stands in a transitional view
 *   C4 nobody stays where another never came       C5 the whole is one consistent cut
 *   S1 one's own messages come back   A1 who goes together has delivered the same
 *   K1 causes before effects          T1 rising numbers        T2 no gap in a regular view
 *   T3 gaps only from those who are lost           V1 SAFE is delivered by all or who fails
 *   V2 and only where all have installed           V3 stable is with everybody
 *   U1 ring ids are unique            U2 epochs rise
 *
 * It knows nothing of faults: what it asks for holds whatever happens.
 */
#ifndef TESTS_SIM_ORDER_CHECK_H
#define TESTS_SIM_ORDER_CHECK_H

#include "tests/sim/world.h"

struct order_check;

/* thorough: C5 by sorting everything that happened, which costs as much as all the rest. Without, by
 * what it follows from: see order_cut.c. */
struct order_check *order_check_new(struct world *w, bool thorough);
/* Checks what can be seen at the end only, then frees. */
void order_check_end(struct order_check *o);

/* The run has come to rest: those of the set must have delivered all that was sent in their ring
 * (S1), which all of its members must have installed (C4). */
void order_check_rest(struct order_check *o, const struct procset *set);

/* A client's message as it lies in the frame of a trace record. False: it is none, or has no id. */
bool message_id(const struct trace_record *t, uint32_t *client, uint32_t *count);

/* Of the bytes of a message: fast, and good enough to tell two messages apart. */
uint64_t hash_bytes(const uint8_t *bytes, size_t len);

/* The ring in which the client's message was ordered; 0: not yet. */
uint64_t order_ring_of(const struct order_check *o, uint32_t client, uint32_t count);
/* When the message of that place was given it; 0: never. */
usec order_sent_at(const struct order_check *o, uint64_t tag, uint64_t seq, unsigned part);

uint64_t order_deliveries(const struct order_check *o);
uint64_t order_views(const struct order_check *o);

#endif
