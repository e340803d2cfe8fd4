/* SPDX-License-Identifier: MIT
 *
 * group_check.h - the promises of groups, checked on every frame that a client receives and on the
 * daemons' tables. Ids as in docs/simulator.md:
 *
 *   M1 a client that reads gets all that is for it   M2 nothing else, nothing twice, in order
 *   M3 what it sends is ordered, once, in its order  M4 nobody who reads is cut off
 *   G1 equal tables at equal places   G2 equal ids, equal lists and sets
 *   G3 ids count on                   G4 one notice for each cause, with the right list
 *   G5 sets are those who came along  G6 one set, the same messages
 *   G7 old messages before NETWORK, new ones behind  G8 messages to members alone
 *   G9 sides finish at one place      G10 nobody is listed who is not there
 *
 * What a client must get follows from what its daemon has ordered (journal.h) and from what it has
 * got before; so every frame is expected, and its absence is noticed as soon as the daemon rests.
 */
#ifndef TESTS_SIM_GROUP_CHECK_H
#define TESTS_SIM_GROUP_CHECK_H

#include "tests/sim/clients.h"

struct group_check;

struct group_check *group_check_new(struct world *w);
void group_check_free(struct group_check *g);

/* To be told of every client that is connected. */
struct client_events group_check_events(struct group_check *g);

/* The run has come to rest with those of set in one view: what clients have sent is ordered (M3), and
 * each daemon lists just those who are there and have joined (G10). */
void group_check_rest(struct group_check *g, const struct procset *set);

uint64_t group_check_notices(const struct group_check *g); /* that were looked at */

#endif
