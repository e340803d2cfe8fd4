/* SPDX-License-Identifier: MIT
 *
 * run.h - one run from a seed: a world drawn at random, load, faults, and everything that watches.
 */
#ifndef TESTS_SIM_RUN_H
#define TESTS_SIM_RUN_H

#include "tests/sim/faults.h"
#include "tests/sim/load.h"
#include "tests/sim/world.h"

enum run_mode {
    RUN_SAFETY,   /* faults until the end */
    RUN_LIVENESS, /* faults, then none: all must find together and be quiet */
};

struct run_options {
    uint64_t seed;
    enum run_mode mode;
    int daemons;       /* 0: drawn */
    usec length;       /* of the time with faults */
    bool talk;         /* log lines of the daemons to standard output */
    const struct fault_script *script; /* NULL: drawn */
    struct procset only; /* daemons that are started; empty: all */
    bool no_faults;
};

struct run_result {
    struct verdict verdict;
    struct fault_script script; /* as it was played; the caller's to free */
    uint64_t deliveries, views, datagrams, events, crashes;
    uint64_t trace_hash;        /* of every trace record: equal seeds, equal hashes */
    usec converged_after;       /* LIVENESS: from the last fault to one view */
    uint64_t cells[CORE_STATES][CORE_CELLS];
};

void run(const struct run_options *o, struct run_result *r);

#endif
