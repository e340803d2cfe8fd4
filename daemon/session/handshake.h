/* SPDX-License-Identifier: MIT
 *
 * handshake.h - from the first byte of a client to an open session, in steps that each take what
 * has come so far. Answers go into the outbox.
 */
#ifndef SPREAD_SESSION_HANDSHAKE_H
#define SPREAD_SESSION_HANDSHAKE_H

#include "daemon/session/table.h"

/* One step of a session in HELLO, CHOICE or METHOD over the len bytes that have come. Returns how
 * many it used; 0 with the state unchanged: it needs more. daemon_name makes the private group.
 * On entering REFUSED, s->end_reason says why. */
size_t handshake_step(struct session_table *t, struct session *s, const struct auth_policy *policy,
                      const char *daemon_name, const uint8_t *bytes, size_t len);

/* The reject byte for a client that is turned away before it has a session. */
uint8_t handshake_quota_byte(void);

#endif
