/* SPDX-License-Identifier: MIT
 *
 * commands.h - bodies of the commands that carry something: numbers of 16 bits for each daemon, by
 * its place in the file. A monitor of 5.0.1 always sends them for 128; a daemon wants as many as it
 * has daemons.
 *
 *   partition  the component each daemon is put in; its own entry MONITOR_TERMINATE tells a daemon
 *              to end
 *   flow       for each daemon the personal and the accelerated window, and behind those of the
 *              last one the window of the ring and a filler. A monitor of 5.0.1 has no room for
 *              that pair with 128 daemons
 */
#ifndef SPREAD_MONITOR_COMMANDS_H
#define SPREAD_MONITOR_COMMANDS_H

#include "daemon/monitor/packet.h"

enum {
    MONITOR_TERMINATE = -1, /* as a component */
    MONITOR_KEEP = -1,      /* as a window: it stays what it is */
};

struct monitor_flow {
    int16_t window;
    struct monitor_share {
        int16_t personal, accelerated;
    } shares[PROCS_MAX]; /* of each daemon */
};

/* False: the body is too short for so many daemons. */
bool monitor_partition_decode(int16_t component[PROCS_MAX], struct reader body, int procs);
bool monitor_flow_decode(struct monitor_flow *flow, struct reader body, int procs);

/* These return the length of the body. */
size_t monitor_partition_encode(uint8_t body[MONITOR_BODY_MAX], const int16_t *component,
                                int procs);
size_t monitor_flow_encode(uint8_t body[MONITOR_BODY_MAX], const struct monitor_flow *flow,
                           int procs);

#endif
