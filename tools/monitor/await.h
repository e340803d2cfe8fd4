/* SPDX-License-Identifier: MIT
 *
 * await.h - asks daemons for their status until each has reported what is hoped for, and for the hash
 * of their configuration: from one that has another we can hope for nothing.
 */
#ifndef TOOLS_MONITOR_AWAIT_H
#define TOOLS_MONITOR_AWAIT_H

#include "daemon/base/usec.h"
#include "tools/monitor/station.h"

struct await {
    const struct station *station;
    usec until;
    bool patient; /* who has another configuration may be about to read ours */
    struct procset answered; /* who has reported anything; the last report of each: */
    struct station_report reports[PROCS_MAX];
    struct procset told; /* who has said which configuration it has, and which: */
    uint32_t hashes[PROCS_MAX];
    /* Of each daemon, whom it hears, asked for if there is room; those of answered have told it, or not. */
    struct monitor_peers *peers;
    struct procset peers_told;
};

/* That daemon has said that its configuration is another one. */
bool await_differs(const struct await *a, unsigned daemon);

/* Whether a report is as it should be; expected is the caller's. */
typedef bool await_test(const void *expected, const struct conf *conf,
                        const struct station_report *r);

/* Everything that is asked through a has this long, together. */
void await_init(struct await *a, const struct station *s, usec limit);

/* Until all of who have passed the test, or differ (but for patient), or time is over; returns those
 * who have not passed. */
struct procset await_reports(struct await *a, const struct procset *who, await_test *test,
                             const void *expected);

/* Until all of who have been silent while they were asked for a second, or time is over; returns those who
 * have not. */
struct procset await_silence(struct await *a, const struct procset *who);

#endif
