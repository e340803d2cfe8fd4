/* SPDX-License-Identifier: MIT
 *
 * port.h - numbers nobody uses.
 */
#ifndef SPREAD_TEST_PORT_H
#define SPREAD_TEST_PORT_H

#include <stdint.h>

/* A TCP port of loopback that is free now, and whose Unix socket does not exist either. */
uint16_t port_free(void);

#endif
