/* SPDX-License-Identifier: MIT
 *
 * request.h - packets that got lost: asked for on the token, sent again by the first who has them.
 *
 * A request that was answered leaves the token, unless it has come round to its requester before
 * and the packet had not: then the path from the one who answers may be broken, and everybody
 * behind is to answer too, until it is back.
 */
#ifndef SPREAD_RING_REQUEST_H
#define SPREAD_RING_REQUEST_H

#include "daemon/ring/ring.h"
#include "daemon/ring/window.h"

/* Sends what others ask for and we have; returns how many packets. */
uint32_t requests_answer(struct ring *r, struct token *t);
/* Asks for our holes up to limit. */
void requests_add(struct ring *r, struct token *t, uint64_t limit);
/* Sends a packet of ours or another's again. */
void requests_resend(struct ring *r, const struct slot *s, const struct destination *to,
                     uint64_t attempt);

#endif
