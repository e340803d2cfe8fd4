/* SPDX-License-Identifier: MIT
 *
 * batch.h - the monitor for scripts: one command, and whether it has worked.
 *
 * Commands are not acknowledged, so their effect is looked for in status reports, again and again
 * until it is there or the time is over.
 */
#ifndef TOOLS_MONITOR_BATCH_H
#define TOOLS_MONITOR_BATCH_H

#include "tools/monitor/options.h"
#include "tools/monitor/station.h"

/* What a script learns. */
enum {
    BATCH_DONE = 0,
    BATCH_UNANSWERED = 1, /* a daemon did not answer, or not as it should, in time */
    BATCH_WRONG = 2,      /* it cannot be done as it was said */
};

/* True if there is such a command, and it takes the options that were given, or if there is neither;
 * otherwise it has been said what is wrong. */
bool batch_knows(const struct options *o);

/* Runs the command; the exit status. */
int batch_run(struct station *s, const struct options *o);

#endif
