/* SPDX-License-Identifier: MIT
 *
 * run.h - one run of a recipe, with everything that watches.
 */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/figures.h"
#include "tests/sim/recipe.h"

struct run_options {
    const struct recipe *recipe;
    bool talk;               /* log lines of the daemons to standard output */
    struct figures *figures; /* what is measured is added; NULL: nothing is */
    size_t tell;             /* broken: so many lines of what happened last ... */
    FILE *tell_to;           /* ... go there */
};

struct run_result {
    struct verdict verdict;
    uint64_t deliveries, views, notices, datagrams, events, lives;
    uint64_t flush_views, flush_messages; /* of clients of the flush layer */
    uint64_t logins, refusals; /* of clients that log in */
    uint64_t trace_hash;        /* of every trace record: equal recipes, equal hashes */
    usec took;                  /* LIVENESS, PARTIAL: from the last fault to one view */
    usec ended;                 /* virtual time */
    uint64_t cells[CORE_STATES][CORE_CELLS];
};

void run(const struct run_options *o, struct run_result *r);

#endif
