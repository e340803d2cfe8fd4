/* SPDX-License-Identifier: MIT
 *
 * port.h - numbers nobody uses.
 */
#ifndef SPREAD_TEST_PORT_H
#define SPREAD_TEST_PORT_H

#include <stdint.h>

/* A port of loopback that is free for TCP, for UDP together with the next one, and whose Unix socket
 * does not exist. No other test is given it before this process ends, nor does the kernel give it to
 * a connection: ports.py has the reasons. */
uint16_t port_free(void);

#endif
