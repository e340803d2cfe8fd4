/* SPDX-License-Identifier: MIT
 *
 * accounts.h - users of this machine and their groups, for rules that name them.
 *
 * In another root folder the system's own databases are out of reach; there users are looked up in the
 * passwd and group files of the root that was, which knows no users of a directory service.
 */
#ifndef SPREAD_IO_ACCOUNTS_H
#define SPREAD_IO_ACCOUNTS_H

#include "daemon/rights/rights.h"

/* A rights_account. */
bool account_id(bool group, const char *name, uint32_t *id);

/* What the system would say of a process of that user: its number and its groups. A number that no user has
 * has no groups. False: there is no such user. */
bool account_identity(const char *user, struct identity *who);

#endif
