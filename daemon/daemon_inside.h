/* SPDX-License-Identifier: MIT
 *
 * daemon_inside.h - all of a daemon, for daemon.c, which alone knows every room; and for tests.
 */
#ifndef SPREAD_DAEMON_INSIDE_H
#define SPREAD_DAEMON_INSIDE_H

#include "daemon/daemon_clients.h"
#include "daemon/daemon_monitor.h"
#include "daemon/daemon_peers.h"
#include "daemon/daemon_reload.h"
#include "daemon/sight/samples.h"

struct daemon {
    struct shared shared;
    struct clients_room clients;
    struct peers_room peers;
    struct monitors_room monitors;
    struct reload_room reload;

    struct samples samples;
    uint64_t wall_us; /* of the last of them: seconds since 1970 ... */
    usec wall_at;     /* ... and when that was */

    const struct trace *trace;
    uint64_t seq; /* of the message that is being taken in, and its part: for the trace */
    uint16_t part;
    bool left;
};

#endif
