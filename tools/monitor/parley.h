/* SPDX-License-Identifier: MIT
 *
 * parley.h - talking to daemons that have keys: questions are sealed, answers opened, and a command
 * waits until its daemon has answered a question, for it has to show the moment that the daemon gave.
 *
 * Of the commands of one kind the newest waits: a partition that could not be sent yet is not worth
 * sending when there is another one.
 */
#ifndef TOOLS_MONITOR_PARLEY_H
#define TOOLS_MONITOR_PARLEY_H

#include "daemon/config/conf.h"
#include "daemon/monitor/envelope.h"

struct parley;

/* NULL: the system has no random numbers. keys is copied. */
struct parley *parley_new(const struct keyring *keys);
/* Other keys from now on; commands that wait leave with these. False: they are the same. */
bool parley_use(struct parley *p, const struct keyring *keys);
void parley_free(struct parley *p);

/* Each returns the length of what is sealed. */
size_t parley_ask(struct parley *p, const uint8_t *packet, size_t len, uint8_t sealed[ENVELOPE_MAX]);

/* A command for that daemon. */
void parley_keep(struct parley *p, int daemon, uint32_t type, const uint8_t *packet, size_t len);
/* The next command for that daemon, sealed; 0: there is none, or no moment for it. */
size_t parley_next(struct parley *p, int daemon, usec now, uint8_t sealed[ENVELOPE_MAX]);
bool parley_waits(const struct parley *p, int daemon); /* it has a command to be sent */

/* Opens an answer to one of our questions; false: it is none. */
bool parley_open(const struct parley *p, struct envelope *e, const uint8_t *bytes, size_t len,
                 uint8_t room[ENVELOPE_ROOM]);
/* It is that daemon's. False: it is older than one that has come. */
bool parley_note(struct parley *p, int daemon, const struct envelope *e, usec now);

/* The configuration is another one: what is known of daemons, by their places, is not true any more. */
void parley_forget(struct parley *p);

#endif
