/* SPDX-License-Identifier: MIT
 *
 * defaults.h - what holds where the file is silent.
 */
#ifndef SPREAD_CONFIG_DEFAULTS_H
#define SPREAD_CONFIG_DEFAULTS_H

#include "daemon/config/conf.h"

/* Every option of an empty configuration; the timeouts are those of a local network. */
void conf_set_defaults(struct conf *conf);

/* The membership timeouts of a local or a wide area network. */
const struct conf_timeouts *conf_default_timeouts(bool wide_area);

#endif
