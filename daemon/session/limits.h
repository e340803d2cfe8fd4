/* SPDX-License-Identifier: MIT
 *
 * limits.h - what the clients of one source (sources.h) may have together, be it where they come from or
 * who they are, so that none of them leaves
 * nothing for the others: connections, handshakes under way, groups, bytes that wait. The limits are
 * those of the configuration in force, 0 being none; what is had already when one is lowered stays.
 *
 * Each session keeps in its tally what its source has been charged for it.
 */
#ifndef SPREAD_SESSION_LIMITS_H
#define SPREAD_SESSION_LIMITS_H

#include "daemon/config/conf.h"
#include "daemon/session/session.h"

/* Those who are told at the same time why they are not let in, for each source; more are closed without
 * a word. */
enum { LIMITS_TOLD = 100 };

/* One more connection of a source. WHY_NONE, or why it is refused. */
enum why limits_on_connect(struct source **all, struct session *s, const struct conf *conf);
/* It is about to be let in, as whom it has shown that it is: the same question. */
enum why limits_on_identity(struct source **all, struct session *s, const struct conf *conf);
/* It is gone; its departure may still be under way. */
void limits_on_disconnect(struct session *s);
/* The state of s is going to change to that. */
void limits_on_state(struct session *s, enum session_state to);
/* Nothing is left of s. */
void limits_release(struct session *s);

/* s wants to join a group; false: no more of them. */
bool limits_on_join(struct session *s, const struct conf *conf);
/* A join or leave of it has been ordered, and it is in so many groups. */
void limits_on_groups(struct session *s, bool joined, uint32_t groups);

/* What waits for s is another amount. */
void limits_on_bytes(struct session *s);
/* Too much waits for its source, and more than its part of that for s. */
bool limits_exceed_bytes(const struct session *s, const struct conf *conf);

#endif
