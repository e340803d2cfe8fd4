/* SPDX-License-Identifier: MIT
 *
 * visit.h - one visit of the token: answer what others miss, number and send what waits, say how
 * far we are, pass the token on, and deliver what has become due.
 */
#ifndef SPREAD_RING_VISIT_H
#define SPREAD_RING_VISIT_H

#include "daemon/ring/ring.h"

/* What the holder of the token does with it: answers, sends, passes it on. */
void visit_token(struct ring *r, usec now);

#endif
