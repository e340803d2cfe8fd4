/* SPDX-License-Identifier: MIT
 *
 * deliver.h - packets into messages, in order: what may go up now.
 */
#ifndef SPREAD_RING_DELIVER_H
#define SPREAD_RING_DELIVER_H

#include "daemon/ring/ring.h"

/* Sends up what is due, up to the first hole and to the first SAFE message of a packet whose number
 * is over safe_limit. */
void deliver_in_order(struct ring *r, uint64_t safe_limit);
/* Sends up the rest of an old view up to high: behind the first hole only packets of origins. */
void deliver_rest(struct ring *r, uint64_t high, const struct procset *origins);
/* Numbers and sends up what waits, in a view of one member. */
void deliver_alone(struct ring *r);

#endif
