/* SPDX-License-Identifier: MIT
 *
 * recent.h - the last things that happened in a run, kept as they come and written out as lines when
 * somebody wants to know how it came to that.
 */
#ifndef TESTS_SIM_RECENT_H
#define TESTS_SIM_RECENT_H

#include <stdio.h>

#include "tests/sim/world.h"

struct recent;

struct recent *recent_new(struct world *w);
void recent_free(struct recent *r);
/* The last so many, the oldest first. */
void recent_print(const struct recent *r, size_t lines, FILE *to);

#endif
