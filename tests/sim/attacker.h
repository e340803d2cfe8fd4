/* SPDX-License-Identifier: MIT
 *
 * attacker.h - somebody in a world whose packets are sealed, who hears all of them and has no key. He
 * has recorded packets of all lives so far, and sends what he likes, at any time, to any port, from
 * any address: the same once more, elsewhere, with bits turned, cut short, with the header of one and
 * the body of another, with another's number, life or name, or without its seal. What he keeps back,
 * delays or puts into another order is what the network does anyhow.
 *
 * What must hold besides all that is checked elsewhere:
 *   X1  nothing that he has changed is let in
 *   X2  no packet is let in twice by one life of a daemon
 *   X3  no two packets are sealed with one key and nonce
 *   X4  nothing is let in that is sealed with a key which the daemon has dropped
 */
#ifndef TESTS_SIM_ATTACKER_H
#define TESTS_SIM_ATTACKER_H

#include "tests/sim/world.h"

struct attacker;

/* One who does something every pause on average, from now on. carries: also to where the network has
 * not brought it, as another network that comes and goes would. */
struct attacker *attacker_new(struct world *w, uint64_t seed, usec pause, bool carries);
void attacker_free(struct attacker *a); /* once the world is freed; NULL: nothing */

#endif
