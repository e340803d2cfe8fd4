/* SPDX-License-Identifier: MIT
 *
 * conf.h - configurations for tests that need daemons and segments, not a file.
 */
#ifndef SPREAD_TEST_CONF_H
#define SPREAD_TEST_CONF_H

#include "daemon/config/conf.h"

/* "AB|C": two daemons in one segment, a third in another; at most 26. Daemon i has the name that
 * stands there, id 101 + i and address 10.0.<segment>.<i + 1>; timeouts and windows are those of a
 * LAN. To be freed with free. */
struct conf *test_conf(const char *segments);

/* So many daemons in one segment, named d1, d2 and so on. */
struct conf *test_conf_of_size(int daemons);

#endif
