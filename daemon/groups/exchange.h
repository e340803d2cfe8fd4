/* SPDX-License-Identifier: MIT
 *
 * exchange.h - one side tells the other sides who is in which of its groups (tell.h), and hears them.
 *
 * A side is a set of daemons that know the same; its smallest speaks for it. What it says is one
 * stream of bytes, cut anywhere into control messages: packet/telling.h.
 */
#ifndef SPREAD_GROUPS_EXCHANGE_H
#define SPREAD_GROUPS_EXCHANGE_H

#include "daemon/base/message.h"
#include "daemon/config/in_force.h"
#include "daemon/config/view.h"
#include "daemon/groups/member.h"

enum { EXCHANGE_MESSAGE = 128 << 10 }; /* the most of one message */

/* One group as a side knows it. */
struct told_group {
    struct name name;
    struct group_view_id id;
    bool changed;
    uint32_t first, count; /* of the side's members list */
};

/* A client of the side that is in some group. */
struct told_client {
    struct name name;
    struct client *client; /* the one in our table, once it has been asked for */
    uint16_t daemon;
};

/* What one side has said so far; our own says nothing that we do not know. */
struct side {
    struct procset daemons;
    bool all_said, complete; /* heard to its end, too */
    struct told_group *groups;
    size_t group_count;
    uint32_t *members; /* of one group after the other: where they stand among the clients */
    size_t member_count;
    struct told_client *clients; /* of one daemon after the other */
    size_t client_count;

    size_t said; /* bytes */
    uint32_t next_message;
    struct hearing *hearing; /* while it is taken apart; NULL: our side, or it is complete */
};

/* What has been said in one view. */
struct exchange {
    const struct in_force *in_force;
    struct view view;
    struct procset claimed; /* daemons whose sides have begun to speak */
    struct procset told;    /* daemons whose sides are complete */
    struct side *sides[PROCS_MAX]; /* by the daemon that speaks */
    struct side *heard;            /* has said something that has not been heard yet */
};

struct exchange *exchange_new(const struct in_force *in_force, const struct view *v);
void exchange_free(struct exchange *x);

/* Takes in a control message of origin. True: exchange_hear is to be called until it is through. What
 * belongs to another view is ignored. */
bool exchange_on_message(struct exchange *x, const struct message *m, uint16_t origin);
/* Takes apart what a side has said so far, as far as units go. True: it is through. A side that says
 * nonsense counts as one without groups. */
bool exchange_hear(struct exchange *x, int64_t *units);
/* All sides of the view are complete. */
bool exchange_is_complete(const struct exchange *x);

#endif
