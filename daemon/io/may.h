/* SPDX-License-Identifier: MIT
 *
 * may.h - spreadd --check --may: whether a policy allows something, and by which line.
 */
#ifndef SPREAD_IO_MAY_H
#define SPREAD_IO_MAY_H

#include "daemon/session/auth.h"

/* identity: null, or one or more of user:NAME, uid:USER, cert:NAME and ip:ADDRESS between commas. right and
 * name: as in the policy. Says so on standard output. 0: yes; 1: no; 2: the question is not understood,
 * and standard error has why. */
int may_explain(const struct conf *conf, const struct auth_policy *auth, const char *identity,
                const char *right, const char *name);

#endif
