/* SPDX-License-Identifier: MIT
 *
 * stage.h - what happens to the daemon d1 of a ring of three, as bytes: datagrams of the others,
 * time that goes by, and a client of its own that sends. Three daemons in memory write such a play
 * (ring_seeds.c), and the target plays it, changed or not (ring_fuzz.c).
 *
 *   offset size
 *     0     1   kind of event
 *     1     1   how much later than the last one, in units of STAGE_TICK_US
 *     2     2   length of the datagram; the others have 0
 *     4         the datagram
 */
#ifndef TESTS_FUZZ_STAGE_H
#define TESTS_FUZZ_STAGE_H

#include "tests/unit/daemon/world.h"

enum { STAGE_TICK_US = 500, STAGE_DAEMONS = 3, STEP_FIXED = 4 };

enum step_kind { STEP_DATA, STEP_CONTROL, STEP_CAST, STEP_WAIT, STEP_KINDS };

struct step {
    enum step_kind kind;
    unsigned ticks;
    const uint8_t *bytes; /* lent */
    size_t len;
};

/* The daemon of that index, to be freed with world_free. */
struct world *stage_daemon(int self);
/* What is due up to then. */
void stage_pass(struct world *w, usec until);
/* From another daemon, whose address it has. The bytes are copied, so that what is read behind them
 * is found. */
void stage_hear(struct world *w, const uint8_t *bytes, size_t len, bool control);

/* A request of that client for the group grp. */
void stage_request(struct peer_end *client, uint32_t type, const char *body);

/* False: the play is over. */
bool step_next(struct step *e, const uint8_t **at, size_t *left);

#endif
