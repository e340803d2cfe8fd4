/* SPDX-License-Identifier: MIT
 *
 * batch.h - the monitor for scripts: one command, and whether it has worked.
 *
 * Commands are not acknowledged, so their effect is looked for in status reports, again and again
 * until it is there or the time is over.
 */
#ifndef TOOLS_MONITOR_BATCH_H
#define TOOLS_MONITOR_BATCH_H

#include "tools/monitor/station.h"

/* What a script learns. */
enum {
    BATCH_DONE = 0,
    BATCH_WRONG = 1,      /* it cannot be done as it was said */
    BATCH_UNANSWERED = 2, /* a daemon did not answer, or not as it should, in time */
};

/* True if word is a command. */
bool batch_knows(const char *word);

/* Runs the command words[0] with its arguments; the exit status. */
int batch_run(struct station *s, unsigned limit_s, int count, char **words);

#endif
