/* SPDX-License-Identifier: MIT
 *
 * daemon_reload.h - the room of another configuration while we run: who is who in it, and when it may
 * take over.
 *
 * Packets are queued for daemons by their index, which the next configuration may give to another
 * one: with d1 taken out of the file, d2's packets for d5 would go to d6. So the change waits until
 * the I/O has taken all there were, to addresses of the configuration they were made under.
 */
#ifndef SPREAD_DAEMON_RELOAD_H
#define SPREAD_DAEMON_RELOAD_H

#include "daemon/daemon_shared.h"

struct reload_room {
    struct shared *shared;
    struct conf *started_with; /* a copy, for what takes a restart */
    const struct conf *next;   /* to be in force as soon as the ring is at rest; NULL: none */
    int next_self;
    const struct auth_policy *next_auth;
    const struct keyring *next_keys;
    unsigned ghosts; /* daemons that reloads have removed since the last view */
};

void reload_init(struct reload_room *r, struct shared *shared);
void reload_fini(struct reload_room *r);

void reload_offer(struct reload_room *r, const struct conf *conf, int self,
                  const struct auth_policy *auth, const struct keyring *keys);
/* A view is installed, which has no ghosts. */
void reload_on_view(struct reload_room *r);

enum reload_outcome {
    RELOAD_NOT_NOW,  /* nothing is offered, or this is no moment for it */
    RELOAD_OPTIONS,  /* it is in force, and only options differ */
    RELOAD_NEW_RING, /* it is in force, and daemons have other places */
};
enum reload_outcome reload_take_over(struct reload_room *r);

#endif
