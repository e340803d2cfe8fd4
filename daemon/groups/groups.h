/* SPDX-License-Identifier: MIT
 *
 * groups.h - who is in which group, and who gets what.
 *
 * Fed with ordered messages and views, it keeps for every group its members of
 * all daemons in the one order that is equal everywhere (daemon by daemon as
 * configured, then by private name), and answers with deliveries: a message or
 * notice and the local sessions it goes to. Joins, leaves and departures take
 * effect where they stand in the order.
 *
 * A session is an opaque pointer here; a client is one connection, local or not.
 */
#ifndef SPREAD_GROUPS_GROUPS_H
#define SPREAD_GROUPS_GROUPS_H

#include "daemon/base/message.h"
#include "daemon/config/view.h"
#include "daemon/ring/ring.h"
#include "libspread/wire/names.h"

enum delivery_kind {
    DELIVERY_MESSAGE,  /* message, to each of the sessions */
    DELIVERY_DEPARTED, /* the departure of local client who is complete: its name is free again */
};

struct delivery {
    enum delivery_kind kind;
    struct message message; /* the reference is the caller's; each outbox needs one more */
    void *const *sessions;  /* lent until the next groups_ call but groups_next */
    size_t session_count;
    struct name who;
};

struct groups;

/* conf is borrowed and must outlive it. */
struct groups *groups_new(const struct conf *conf, int self);
void groups_free(struct groups *g);

/* A local client is there: private messages reach it from now on. notices: it wants membership
 * notices. Its name must not be in use. */
void groups_open(struct groups *g, const struct name *who, void *session, bool notices);

/* The local client takes nothing any more, but stays a member until its departure is ordered. */
void groups_mute(struct groups *g, const struct name *who);

/* One ordered message; its reference is taken over. It must be a checked frame. */
void groups_on_message(struct groups *g, const struct ordered *o);
void groups_on_transitional(struct groups *g, const struct view *v);
void groups_on_regular(struct groups *g, const struct view *v);

bool groups_next(struct groups *g, struct delivery *d); /* false: nothing left */

size_t groups_count(const struct groups *g);

#endif
