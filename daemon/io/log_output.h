/* SPDX-License-Identifier: MIT
 *
 * log_output.h - where log lines go: standard output or EventLogFile, each line with one write,
 * so that nothing is lost in a pipe.
 *
 *     2026-11-28 12:04:31.220 warning: daemon d3 does not answer: nothing has come from it for 250 ms
 *
 * The journal has times of its own, and is told the level as it wants that, so there a line is <4> and the
 * text; or all are JSON, as EventLogFormat says.
 *
 * What is fatal goes to standard error as well, if the log goes elsewhere; with an EventLogFile
 * that is what was standard error before. A line that cannot be written is lost: the first one is
 * told on standard error, and when the log can be written again, a line says how many are missing.
 */
#ifndef SPREAD_IO_LOG_OUTPUT_H
#define SPREAD_IO_LOG_OUTPUT_H

#include <stdbool.h>
#include <sys/types.h>

#include "daemon/base/log.h"
#include "daemon/config/conf.h"

/* The log of this process; shows what 5.0.1 shows by default until log_configure. */
struct log *log_output(void);

/* Applies DebugFlags, EventPriority, the stamps and EventLogFile. A file that cannot be opened
 * leaves the log where it was, and says so there. */
void log_configure(const struct conf *conf);

/* Opens EventLogFile anew, for log rotation. False: it cannot be, which is in the log where that goes on. */
bool log_reopen(void);

/* A file that was made is to belong to the user that the daemon becomes, so that it can open it anew. */
void log_give_to(uid_t user);

/* The daemon serves: with an EventLogFile, what was standard error is let go if it is a pipe or a
 * socket, for whoever started it may wait until nobody holds it, as ssh does. A terminal, a file and
 * the journal are kept. */
void log_let_go(void);

#endif
