/* SPDX-License-Identifier: MIT
 *
 * core.h - the ordering core: who is in the view, and one order inside it.
 *
 * Everything enters through calls and leaves through core_next(). It starts in
 * the boot view, in which nothing is ordered; the first view is installed at the
 * first core_on_time() past its deadline. This version orders within one
 * daemon; other daemons of the configuration are not contacted yet.
 *
 * No I/O, no clock, no globals.
 */
#ifndef SPREAD_MEMBERSHIP_CORE_H
#define SPREAD_MEMBERSHIP_CORE_H

#include "daemon/base/usec.h"
#include "daemon/config/view.h"
#include "daemon/ring/ring.h"

/* Back-pressure: beyond so much unordered, clients are not read; at half of it they are again. */
enum { CORE_BACKLOG_MESSAGES = 500, CORE_BACKLOG_BYTES = 16 << 20 };

enum core_effect_kind {
    CORE_DELIVER,      /* ordered: its message reference is now the caller's */
    CORE_TRANSITIONAL, /* view: what is left of the old one ... */
    CORE_REGULAR,      /* view: ... and the new one; both in order with DELIVER */
};

struct core_effect {
    enum core_effect_kind kind;
    struct ordered ordered;
    const struct view *view; /* lent until the next call */
};

struct core;

/* conf is borrowed and must outlive the core; now is the time it starts at. */
struct core *core_new(const struct conf *conf, int self, usec now);
void core_free(struct core *c);

/* Queues m for the order; the core takes over the caller's reference. */
void core_submit(struct core *c, struct message m, enum ring_service service);

/* True while clients may be read. */
bool core_has_room(struct core *c);

/* Runs what is due; wall_s (seconds since 1970) goes into view ids and nowhere else. */
void core_on_time(struct core *c, usec now, uint64_t wall_s);
usec core_deadline(const struct core *c); /* when core_on_time is due */

bool core_next(struct core *c, struct core_effect *e); /* false: nothing left to do */

/* The view installed last; the boot view before the first. */
const struct view *core_view(const struct core *c);

#endif
