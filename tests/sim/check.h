/* SPDX-License-Identifier: MIT
 *
 * check.h - a broken promise: which one, by its id in docs/simulator.md, when, and what was seen.
 * The first one ends the run.
 */
#ifndef TESTS_SIM_CHECK_H
#define TESTS_SIM_CHECK_H

#include <stdbool.h>

#include "daemon/base/usec.h"

struct verdict {
    bool broken;
    char id[8];
    char text[400];
    usec at;
    usec now; /* kept by the world */
};

/* Notes that promise id is broken, unless one was broken before. */
void verdict_break(struct verdict *v, const char *id, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
