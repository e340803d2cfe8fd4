/* SPDX-License-Identifier: MIT
 *
 * monitor_port.h - MonitorPort: a TCP port for the status alone, at the interfaces that clients come to.
 */
#ifndef SPREAD_IO_MONITOR_PORT_H
#define SPREAD_IO_MONITOR_PORT_H

#include "daemon/io/http.h"

struct monitor_port;

/* Listens; NULL with a line in why. Where the configuration has no MonitorPort it is open nowhere. */
struct monitor_port *monitor_port_open(const struct conf *conf, int self, char *why, size_t why_size);
/* Hands whoever connects to http. */
void monitor_port_start(struct monitor_port *p, struct event_base *base, struct http *http);
void monitor_port_close(struct monitor_port *p); /* NULL: nothing to do */

#endif
