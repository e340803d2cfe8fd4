/* SPDX-License-Identifier: MIT
 *
 * why.h - "spmonitor why": what flight recorders say of a client, a daemon, a view, or the last changes of
 * view, in sentences.
 */
#ifndef TOOLS_MONITOR_WHY_H
#define TOOLS_MONITOR_WHY_H

#include "tools/monitor/options.h"
#include "tools/monitor/station.h"

/* From the files that o names, without asking anybody; the exit status (batch.h). */
int why_files(const struct options *o);

/* From all daemons that answer. subject: NULL or "last", the number of a view, or the name of a daemon or of
 * a client. */
int why_ask(const struct station *s, usec limit, const char *subject, bool json);

#endif
