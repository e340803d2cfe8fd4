/* SPDX-License-Identifier: MIT
 *
 * monitor.h - what a daemon makes of a datagram from a monitor.
 *
 * A monitor poses as one of the configured daemons. As in 5.0.1 a datagram is looked at in this
 * order, and one that fails is not from a monitor of ours: lengths, the hash, a transmitter that is
 * configured, its address; for some commands also the process that it names. Then the command is
 * judged: partition, terminate and flow control need DangerousMonitor, and bodies are checked
 * before a number of them counts. What is refused here is always logged by the caller.
 *
 * With daemon keys whatever changes something has to come sealed (envelope.h), and fresh. Questions may
 * come open as long as OpenMonitorStatus is on; for the hash, which stands on every packet, always.
 *
 * New is the question for the hash, which is answered whatever hash the monitor has: else one who
 * looks for the daemon with the wrong file would hear nothing of just that one. Its answer is no
 * longer than it is, and goes to the address that it came from.
 *
 * Of several commands in one packet the first of these counts: partition, status, flow control,
 * reload, hash, peers, part.
 */
#ifndef SPREAD_MONITOR_MONITOR_H
#define SPREAD_MONITOR_MONITOR_H

#include "daemon/base/why.h"
#include "daemon/config/conf.h"
#include "daemon/monitor/commands.h"
#include "daemon/monitor/part.h"

enum monitor_command {
    COMMAND_NONE,
    COMMAND_STATUS,
    COMMAND_PARTITION,
    COMMAND_TERMINATE,
    COMMAND_FLOW,
    COMMAND_RELOAD,
    COMMAND_HASH,
    COMMAND_PEERS,
    COMMAND_PART,
    COMMANDS,
};

/* How a packet came. */
enum monitor_trust {
    TRUST_ALL,    /* open, and there are no keys */
    TRUST_OPEN,   /* open, and there are keys */
    TRUST_STALE,  /* sealed, and for no moment, or another one */
    TRUST_AGAIN,  /* sealed, and has come before */
    TRUST_SEALED, /* sealed and fresh */
};

/* What is to be done. */
struct monitor_order {
    enum monitor_command command;      /* known as far as the verdict goes */
    uint16_t report_to;                /* STATUS, HASH, PEERS, PART: the daemon whose address the report goes to ... */
    uint16_t report_port;              /* ... and the port there; 0: nowhere */
    int16_t component[PROCS_MAX];      /* PARTITION: of each daemon */
    int window, personal, accelerated; /* FLOW: of this daemon, MONITOR_KEEP or >= 0 */
    struct part_question part;         /* PART */
};

enum why monitor_judge(const struct conf *conf, int self, const uint8_t *bytes,
                                   size_t len, const struct ip *source, enum monitor_trust trust,
                                   struct monitor_order *order);

/* Monitors' packets have the header that daemons of 5.0.1 use among themselves. One that comes from
 * the address of a daemon of ours and names it, but asks for nothing that a monitor could ask for,
 * was sent by such a daemon, which runs in the place of ours: its index; else -1. Monitors send to
 * no token port, so any packet there will do. */
int monitor_other_spread(const struct conf *conf, const uint8_t *bytes, size_t len,
                         const struct ip *source, bool token_port);

/* "flow control" and so on; "packet" for none. */
const char *monitor_command_text(enum monitor_command c);

#endif
