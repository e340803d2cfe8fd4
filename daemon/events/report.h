/* SPDX-License-Identifier: MIT
 *
 * report.h - the reader of the stream of events that writes the log: which of them are told, how
 * often, and what a person should look at.
 *
 * What somebody outside can cause at will is told once a second of each reason, with how many lines
 * were left out; what may go on for days, such as a daemon with another file, less and less often.
 */
#ifndef SPREAD_EVENTS_REPORT_H
#define SPREAD_EVENTS_REPORT_H

#include "daemon/base/event.h"
#include "daemon/base/log.h"
#include "daemon/base/quiet.h"
#include "daemon/config/conf.h"
#include "daemon/monitor/monitor.h"

struct report {
    const struct log *log;
    struct quiet of_reason[WHYS];
    struct quiet of_command[COMMANDS][WHYS]; /* of a monitor */
    struct quiet of_kind[EVENT_KINDS];
    /* of each daemon, and of a stranger: another file, another program, another Spread */
    struct quiet of_daemon[3][CONF_DAEMONS_MAX + 1];
    /* of what cannot be opened, by reason */
    struct quiet of_seal[REFUSED_TRIALS - REFUSED_OPEN + 1][CONF_DAEMONS_MAX];
};

/* advice: what is to be looked at, where the kind calls for it; "": nothing. */
void report_on_event(struct report *r, const struct event_record *e, const struct conf *conf,
                     const char *advice);

#endif
