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

/* SuspectTimeout in force, in ms. Where the file is silent it is a fifth of the usual TokenTimeout; but
 * who writes TokenTimeout = 35000, to live through pauses of 20 s, means it: nobody is suspected
 * sooner then. */
uint32_t conf_suspect_timeout(const struct conf *conf);

#endif
