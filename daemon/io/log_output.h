/* SPDX-License-Identifier: MIT
 *
 * log_output.h - where log lines go: standard output or EventLogFile, each line with one write,
 * so that nothing is lost in a pipe.
 *
 * What is fatal goes to standard error as well, if the log goes elsewhere; with an EventLogFile
 * that is what was standard error before. A line that cannot be written is lost: the first one is
 * told on standard error, and when the log can be written again, a line says how many are missing.
 */
#ifndef SPREAD_IO_LOG_OUTPUT_H
#define SPREAD_IO_LOG_OUTPUT_H

#include <stdbool.h>

#include "daemon/base/log.h"
#include "daemon/config/conf.h"

/* The log of this process; shows what 5.0.1 shows by default until log_configure. */
struct log *log_output(void);

/* Applies DebugFlags, EventPriority, the stamps and EventLogFile. A file that cannot be opened
 * leaves the log where it was, and says so there. */
void log_configure(const struct conf *conf);

/* Opens EventLogFile anew, for log rotation. */
void log_reopen(void);

/* The daemon serves: with an EventLogFile, what was standard error is let go if it is a pipe or a
 * socket, for whoever started it may wait until nobody holds it, as ssh does. A terminal, a file and
 * the journal are kept. */
void log_let_go(void);

#endif
