/* SPDX-License-Identifier: MIT
 *
 * shrink.h - a recipe that breaks a promise, made smaller for as long as it breaks the same one.
 */
#ifndef TESTS_SIM_SHRINK_H
#define TESTS_SIM_SHRINK_H

#include "tests/sim/recipe.h"

/* r breaks id; changes it in place. Runs at most limit runs; returns how many it ran. */
unsigned shrink(struct recipe *r, const char *id, unsigned limit);

#endif
