/* SPDX-License-Identifier: MIT
 *
 * guests.h - clients that log in with passwords, right ones and wrong ones, and do in groups what they may
 * and what they may not, at random; policies.h says what that is, and guest_check.h what must come of it.
 */
#ifndef TESTS_SIM_GUESTS_H
#define TESTS_SIM_GUESTS_H

#include "tests/sim/clients.h"

struct guest_options {
    uint64_t seed;
    int clients; /* of each daemon; 0: none at all */
    usec pause;  /* between two deeds at one daemon, on average */
};

struct guests;

/* events: of every client; they are told first. */
struct guests *guests_new(struct world *w, const struct guest_options *o,
                          const struct client_events *events);
void guests_free(struct guests *g);

/* Between two deeds at one daemon, from now on. */
void guests_set_pause(struct guests *g, usec pause);
/* No more deeds from now on. All hosts take another file once more, so whoever is in, and may not by that
 * one, has to go. */
void guests_stop(struct guests *g);
/* After that, when all logins are through and all that was sent is with everybody: at the daemons of set,
 * in one view. */
void guests_check_rest(struct guests *g, const struct procset *set);

uint64_t guests_logins(const struct guests *g);
uint64_t guests_refusals(const struct guests *g);

#endif
