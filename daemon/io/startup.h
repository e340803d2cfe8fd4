/* SPDX-License-Identifier: MIT
 *
 * startup.h - from files to the parts of a daemon: configuration, access files, keys, and the
 * lines of the log that scripts look for.
 */
#ifndef SPREAD_IO_STARTUP_H
#define SPREAD_IO_STARTUP_H

#include "daemon/config/conf.h"
#include "daemon/seal/keys.h"
#include "daemon/session/auth.h"

/* The configuration in path. Findings go to the log; NULL after a fatal one. known: the one in
 * force, whose daemons have the addresses that they have there if the system does not find their
 * names, or cannot look where it found them at the start; NULL: none. */
struct conf *startup_read_conf(const char *path, const struct conf *known);

/* The authentication of the configuration with the rules of spread.access_ip and the users of
 * spread.access_pword, here or in /etc, and the rights of its PolicyFile. NULL after a line in the log. */
struct auth_policy *startup_auth(const struct conf *conf);

/* The keys of the configuration's DaemonKeyFile, to be wiped; none where it names none. False after a
 * line in the log. */
bool startup_keys(const struct conf *conf, struct keyring *keys);

/* The same without a daemon, of those files that the configuration names. NULL also for hashes that let
 * nobody in. */
struct auth_policy *startup_check_auth(const struct conf *conf);

/* Whether the files for TLS can be read and fit together; else the log says what is wrong. */
bool startup_check_tls(const struct conf *conf);

/* Whether the group that may connect to the Unix socket is there; else the log says that it is not. */
bool startup_check_socket(const struct conf *conf);

/* Warns of addresses of our segment that reach nobody else by the networks of this machine. */
void startup_check_segment(const struct conf *conf, int self);

/* Which configuration runs and who we are in it. */
void startup_announce(const struct conf *conf, int self);

#endif
