/* SPDX-License-Identifier: MIT
 *
 * epochs.h - the numbers of rings. Of two rings that a daemon has been in, the later one has the larger
 * epoch; and it accepts and proposes larger and larger ones only (rule F3 of form.c), so that what was
 * given up cannot come back.
 */
#ifndef SPREAD_MEMBERSHIP_EPOCHS_H
#define SPREAD_MEMBERSHIP_EPOCHS_H

#include <stdbool.h>
#include <stdint.h>

struct epochs {
    uint64_t seen;     /* largest of all */
    uint64_t promised; /* largest accepted or proposed */
};

static inline void epochs_see(struct epochs *e, uint64_t epoch)
{
    e->seen = epoch > e->seen ? epoch : e->seen;
}

/* For a ring that we propose: above all that we know, those of our ring and the seconds of the wall
 * clock among them. The number before it is the transitional view's. */
uint64_t epochs_propose(struct epochs *e, uint64_t ring, uint64_t wall_s);

/* It may be accepted: it is above all that were. */
bool epochs_allow(const struct epochs *e, uint64_t epoch);
void epochs_accept(struct epochs *e, uint64_t epoch);

/* Epochs are seconds of some daemon's clock, or a few more: clocks may be wrong by as much as 32 bits
 * of seconds, but not by more. So one lie does not use up the epochs that there are. */
bool epochs_believe(const struct epochs *e, uint64_t epoch, uint64_t wall_s);

#endif
