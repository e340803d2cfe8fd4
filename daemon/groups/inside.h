/* SPDX-License-Identifier: MIT
 *
 * inside.h - the state of the groups, for the files of this room only.
 */
#ifndef SPREAD_GROUPS_INSIDE_H
#define SPREAD_GROUPS_INSIDE_H

#include "daemon/groups/exchange.h"
#include "daemon/groups/groups.h"
#include "daemon/groups/member.h"
#include "daemon/groups/notice.h"
#include "libspread/wire/frame.h"

/* A delivery in the making: its sessions are a stretch of g->sessions. */
struct pending {
    enum delivery_kind kind;
    struct message message;
    size_t first, count;
    struct name who;
};

struct groups {
    const struct conf *conf;
    uint16_t self;
    struct members members;
    uint64_t stamp; /* number of the message being routed */

    enum groups_state state;
    struct group_view_id id;   /* of groups born now; index unused */
    struct view view;          /* the regular view installed last */
    struct view next;          /* INTERRUPTED: the transitional one to come after */
    struct procset synced;     /* daemons that know what we know */
    struct procset lost;       /* TRANSITIONAL: went out of the view, members still listed */
    struct exchange *exchange; /* GATHERING, INTERRUPTED */

    struct pending *pending; /* deliveries not yet taken, oldest at next */
    size_t pending_next, pending_count, pending_size;
    void **sessions;
    size_t session_count, session_size;
};

/* -- groups.c: deliveries and what clients ask for ------------------------------------------- */

/* Starts a delivery; sessions are added to the one started last. */
struct pending *start_delivery(struct groups *g, enum delivery_kind kind, struct message m);
void add_session(struct groups *g, void *session);
/* True if some local member of group is to be told of changes. */
bool anybody_to_tell(const struct group *group);
/* Takes c out of group, and the group away with its last member. */
void forget_member(struct groups *g, struct group *group, struct client *c);

/* -- change.c: views -------------------------------------------------------------------------- */

/* In TRANSITIONAL a client of a lost daemon joins a group that had no member to lose until now: the
 * group is told of the transition first, so that it is told at the end who is left. */
void change_for_late_joiner(struct groups *g, struct group *group);
/* In TRANSITIONAL a join, leave or departure of a group that is changed: NETWORK, then TRANSITION.
 * joiner: who stands alone in the last set, or NULL. */
void tell_in_transition(struct groups *g, struct group *group, const struct client *joiner);

#endif
