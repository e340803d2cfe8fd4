/* SPDX-License-Identifier: MIT
 *
 * policy.h - what is done about a receiver that does not keep up: what spread.conf says of it, or else
 * of the groups of a message (config/slow.h), unless its program has asked for something stricter.
 *
 *   spread.conf says of r   of the group   r asked for   so
 *   hold                    drop           -             hold
 *   -                       drop           -             drop
 *   -                       drop           cut           cut
 *   cut                     -              drop          cut
 */
#ifndef SPREAD_SESSION_POLICY_H
#define SPREAD_SESSION_POLICY_H

#include "daemon/session/session.h"

/* For a message of whose groups the configuration says that much. */
enum slow_policy policy_for(const struct session *s, const struct conf *conf,
                            enum slow_policy of_groups);
/* Of its groups, for a checked frame in our byte order; a notice is of the group that it tells of. */
enum slow_policy policy_of_groups(const struct conf *conf, const uint8_t *frame);

/* What is to wait for s while it presses, as packet/pressure.h tells others; 0: nothing. */
uint8_t policy_waits(const struct session *s, const struct conf *conf);

#endif
