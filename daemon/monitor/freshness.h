/* SPDX-License-Identifier: MIT
 *
 * freshness.h - whether a sealed command of a monitor is meant for now, and comes for the first time.
 *
 * Now is what the daemon's own clock says: the command has to show a moment of this life of it, not
 * longer than FRESH_US ago. Which commands came since then is remembered, by life and number, in a few
 * places; only who holds a key can fill them, and then has to wait.
 *
 * Example: at 100.0 s a daemon answers a question, and at 102.0 s a command comes that shows 100.0. Its
 * copy, at 102.1, comes again, and one at 113.0, when the first is forgotten, is stale.
 */
#ifndef SPREAD_MONITOR_FRESHNESS_H
#define SPREAD_MONITOR_FRESHNESS_H

#include "daemon/monitor/envelope.h"
#include "daemon/monitor/monitor.h"

enum { FRESH_COMMANDS = 256 };

struct freshness {
    struct fresh_command {
        uint64_t life, number;
        usec until; /* 0: nothing is remembered here */
    } commands[FRESH_COMMANDS];
    unsigned next;
};

/* life: this daemon's. TRUST_SEALED: the command is to be looked at, and from now on comes again. */
enum monitor_trust freshness_take(struct freshness *f, const struct envelope *e, uint64_t life, usec now);

#endif
