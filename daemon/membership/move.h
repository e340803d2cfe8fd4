/* SPDX-License-Identifier: MIT
 *
 * move.h - where a handler wants to go, and why. It returns that and does nothing more: states.c
 * alone asks whether the move is legal, clears what belonged to the old state and enters the new one.
 * So nobody finds itself in another state than the one it was called in.
 */
#ifndef SPREAD_MEMBERSHIP_MOVE_H
#define SPREAD_MEMBERSHIP_MOVE_H

#include <stdbool.h>

#include "daemon/base/why.h"
#include "daemon/membership/core.h"

struct move {
    enum core_state to; /* CORE_STATES: we stay */
    enum why why;
    bool hear; /* the packet is one for the state that we come to, and was not taken in yet */
};

static const struct move STAY = {.to = CORE_STATES};

static inline struct move move_to(enum core_state to, enum why why)
{
    return (struct move){.to = to, .why = why};
}

static inline bool stays(struct move m)
{
    return m.to == CORE_STATES;
}

static inline struct move and_hear(struct move m)
{
    m.hear = !stays(m);
    return m;
}

#endif
