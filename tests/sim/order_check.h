/* SPDX-License-Identifier: MIT
 *
 * order_check.h - the promises of the ordering core, checked on every record of the trace: who
 * delivers what, where, in which order, and under which view. Ids as in docs/simulator.md:
 *
 *   B1 what is delivered was sent     B2 once      B3 in its view or the transition out of it
 *   B4 one message, one origin, one number         C1 one id, one list of members
 *   C2 views alternate                C3 who stands in a transitional view
 *   C5 the whole is one consistent cut             S1 one's own messages come back
 *   A1 who goes together has delivered the same    K1 causes before effects
 *   T1 rising numbers   T2 no gap in a regular view   T3 gaps only from those who are lost
 *   V1 SAFE is delivered by all or who fails       V2 and only where all have installed
 *   V3 stable is with everybody       U1 ring ids are unique       U2 epochs rise
 *
 * It knows nothing of faults: what it asks for holds whatever happens.
 */
#ifndef TESTS_SIM_ORDER_CHECK_H
#define TESTS_SIM_ORDER_CHECK_H

#include "tests/sim/world.h"

struct order_check;

struct order_check *order_check_new(struct world *w);
/* Checks what can be seen at the end only, then frees. */
void order_check_end(struct order_check *o);

/* The ring in which the client's message was ordered; 0: not yet. For the checks of groups. */
uint64_t order_ring_of(const struct order_check *o, uint32_t client, uint32_t count);

uint64_t order_deliveries(const struct order_check *o);
uint64_t order_views(const struct order_check *o);

#endif
