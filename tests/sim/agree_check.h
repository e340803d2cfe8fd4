/* SPDX-License-Identifier: MIT
 *
 * agree_check.h - what daemons say of each other (daemon/groups/agreement.h). Id as in docs/simulator.md:
 *
 *   E1 no daemon finds that another one has delivered something else
 *
 * The other checks see by themselves what is delivered, and would speak first: so this shows that the
 * daemons' own proof raises no false alarm, whatever happens. That it sees what is wrong is shown by mutants
 * that have nothing but this check against them (schedules/agree_test.c).
 */
#ifndef TESTS_SIM_AGREE_CHECK_H
#define TESTS_SIM_AGREE_CHECK_H

#include "tests/sim/world.h"

void agree_check_begin(struct world *w);

#endif
