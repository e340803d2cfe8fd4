/* SPDX-License-Identifier: MIT
 *
 * identities.h - who the sessions are: each identity is kept once, however many of them have it. Thousands
 * of clients from one address, or of one user, are the same to all rules, and the groups of a user's
 * processes are a list each.
 */
#ifndef SPREAD_SESSION_IDENTITIES_H
#define SPREAD_SESSION_IDENTITIES_H

#include "daemon/rights/identity.h"

struct identities; /* those that are known; NULL: none */

/* The one that is equal to who, which ends here, with one more session that has it. */
const struct identity *identities_take(struct identities **all, struct identity *who);
/* What that one becomes by a name that its session has shown, as identity_add_name judges it: false, or it is
 * another one now. */
bool identities_add_name(const struct identity **who, enum identity_fact fact, const char *name);
/* As identity_text says it, lent like who. */
const char *identities_text(const struct identity *who);
/* A session has it no more. */
void identities_release(const struct identity *who);

#endif
