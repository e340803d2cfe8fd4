/* SPDX-License-Identifier: MIT
 *
 * pace_check.h - what is promised where programs are slow, pause, stop, or send before they read. Ids as
 * in docs/simulator.md:
 *
 *   W1 nobody is held longer than a patience at a time
 *   W2 no more bytes wait for a client than may
 *   W3 nobody is cut off who took something within the patience, unless more bytes wait than may, or
 *      more messages and nobody waits for it
 *   W4 only UNRELIABLE messages are dropped, where the policy is to drop, and the number of them that a
 *      client is told is right (group_check.c: it knows what was due)
 *   W5 nobody is waited for longer than its patience, in all, from when it took something last, but for a
 *      twentieth in which what is left is let through bit by bit
 *
 * W1 speaks of clients that wait for others; one whose daemon has no room, for the ring is not whole, is
 * another matter.
 */
#ifndef TESTS_SIM_PACE_CHECK_H
#define TESTS_SIM_PACE_CHECK_H

#include "tests/sim/clients.h"

struct pace_check;

struct pace_check *pace_check_new(struct world *w);
void pace_check_free(struct pace_check *g);

/* Clients that were held at some time, and that were cut off, so far. */
uint64_t pace_check_held(const struct pace_check *g);
uint64_t pace_check_cut(const struct pace_check *g);

#endif
