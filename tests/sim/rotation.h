/* SPDX-License-Identifier: MIT
 *
 * rotation.h - the files of keys that the hosts of a simulated world have, one step after the other: a
 * key is added, then sent with, then the one before is dropped, and so on round four keys.
 *
 *     step     0      1      2      3      4      5     ...  11       0
 *     keys     1*     1* 2   1 2*   2*     2* 3   2 3*       4 1*     1*     * sends
 *
 * Hosts that are a step apart understand each other; of two that are further apart at least one does
 * not hear the other, as if there were a cut.
 */
#ifndef TESTS_SIM_ROTATION_H
#define TESTS_SIM_ROTATION_H

#include "daemon/base/usec.h"
#include "daemon/seal/keys.h"

struct fault_script;

enum { ROTATION_STEPS = 12, ROTATION_KEYS = 4 };

/* The file of that step. */
struct keyring rotation_keys(unsigned step);
/* Adds rotations to a script of a sealed world. Half of them are done as they should be, with all hosts
 * at one step before the first takes the next one; in the others a host takes its steps in any order. */
void rotation_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end);

#endif
