/* SPDX-License-Identifier: MIT
 *
 * handshake.h - from the first byte of a client to an open session, in steps that each take what
 * has come so far. Answers go into the outbox.
 */
#ifndef SPREAD_SESSION_HANDSHAKE_H
#define SPREAD_SESSION_HANDSHAKE_H

#include "daemon/session/logins.h"
#include "daemon/session/table.h"

/* What the steps of all sessions share. */
struct handshake {
    struct session_table *table;
    struct logins *logins; /* where passwords wait to be checked */
    const struct auth_policy *policy;
    const char *daemon_name; /* of which private groups are made */
    const struct conf *conf;
};

/* One step of a session in HELLO, CHOICE or METHOD over the len bytes that have come. Returns how
 * many it used; 0 with the state unchanged: it needs more, or its password is being checked. On
 * entering REFUSED, s->end_why says why. */
size_t handshake_step(const struct handshake *h, struct session *s, const uint8_t *bytes, size_t len);
/* What has come of its password, or that nothing will within the time that it has. */
void handshake_on_login(const struct handshake *h, struct session *s, enum why fault);
void handshake_on_no_login(struct session *s);

/* Not let in, before it has said anything: because its source has too much already. */
void handshake_on_limit(struct session *s, enum why why);

/* The reject byte for a client that is turned away before it has a session. */
uint8_t handshake_quota_byte(void);

/* What TLSRequire asks for and s has not; WHY_NONE: nothing. */
enum why handshake_lacks(const struct session *s, const struct auth_policy *policy);

#endif
