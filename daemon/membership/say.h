/* SPDX-License-Identifier: MIT
 *
 * say.h - the packets of this room, filled in and sent.
 */
#ifndef SPREAD_MEMBERSHIP_SAY_H
#define SPREAD_MEMBERSHIP_SAY_H

#include "daemon/membership/inside.h"

void say_alive(struct core *c, const struct destination *to, usec now);
/* The same to one that may have a new life, which it lists as heard although we do not yet believe in
 * it: so it can prove itself. */
void say_alive_to_life(struct core *c, unsigned to, uint32_t inc, uint32_t saying, usec now);
void say_alive_to_segment(struct core *c, usec now);
void say_join(struct core *c, unsigned to, enum join_kind kind, usec now);
void say_refer(struct core *c, unsigned to, unsigned whom);
void say_probe(struct core *c, unsigned to, usec now);
void say_suspect(struct core *c, unsigned whom, enum suspicion reason);
void say_leave(struct core *c, const struct destination *to);
void say_prepare(struct core *c, unsigned to);
void say_ready(struct core *c, const struct roster *heard, usec now);
void say_hopchk(struct core *c, const struct destination *to, uint64_t tag);
void say_propose(struct core *c, unsigned to);
void say_accept(struct core *c);
void say_refuse(struct core *c, unsigned to, const struct ring_id *ring, enum refusal reason);
void say_commit(struct core *c, unsigned to, const struct commit *m);
void say_rnack(struct core *c, const struct destination *to, uint8_t attempt);
void say_recovered(struct core *c);
void say_form_ring(struct core *c, enum packet_type type, unsigned to, const struct ring_id *ring);

#endif
