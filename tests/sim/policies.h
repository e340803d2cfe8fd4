/* SPDX-License-Identifier: MIT
 *
 * policies.h - the files of passwords and rights that the hosts of a simulated world may have: which of
 * the users there are, with which password, and what each may do in groups p0 to p2. Everybody else, as
 * the other clients of a run, may do everything elsewhere.
 *
 * Hosts take another one at any time, each for itself, and their daemons read it.
 */
#ifndef TESTS_SIM_POLICIES_H
#define TESTS_SIM_POLICIES_H

#include "daemon/base/usec.h"
#include "daemon/session/auth.h"

struct fault_script;

enum { POLICIES = 6, POLICY_USERS = 4, POLICY_GROUPS = 3, POLICY_PASSWORDS = 2 };

struct policy {
    struct policy_user {
        bool known;
        unsigned password; /* which of the user's */
        bool connects;     /* as the user's own name, nobody's else */
        bool joins[POLICY_GROUPS], sends[POLICY_GROUPS];
    } users[POLICY_USERS];
};

/* The first one allows everything, as a host begins. */
void policies_fill(struct policy list[POLICIES], uint64_t seed);
struct auth_policy *policy_auth(const struct policy *p, const struct conf *conf);

void policy_password(char text[AUTH_PASSWORD + 1], unsigned user, unsigned password);
/* Whether it makes the hash, as hashing it would tell. */
bool policy_matches(const char *password, const char *hash);

/* Adds to a script that hosts take other files. */
void policies_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end);

#endif
