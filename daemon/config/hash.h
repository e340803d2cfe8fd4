/* SPDX-License-Identifier: MIT
 *
 * hash.h - the numbers that 5.0.1 computes for a daemon's name and for a whole configuration.
 *
 * Both are Bob Jenkins' one-at-a-time hash. They tell configurations apart that differ by
 * mistake; they protect from nobody.
 */
#ifndef SPREAD_CONFIG_HASH_H
#define SPREAD_CONFIG_HASH_H

#include "daemon/config/conf.h"

/* The VirtualID of a daemon of that name for which the file gives none. */
uint32_t conf_id_of_name(const char *name);

/* An address as it is hashed: IPv6 in full, without its interface, which is a matter of one
 * machine. Returns text. */
const char *conf_full_address(const struct ip *ip, char text[IP_TEXT]);

/* Over segments, daemons and the ring protocol as written; every other option is left out. */
uint32_t conf_hash_of(const struct conf *conf);

#endif
