/* SPDX-License-Identifier: MIT
 *
 * notice.h - membership notices as frames, built once and shared by all recipients.
 */
#ifndef SPREAD_GROUPS_NOTICE_H
#define SPREAD_GROUPS_NOTICE_H

#include "daemon/base/message.h"
#include "daemon/groups/member.h"

/* Join, leave or disconnect (cause: FRAME_BY_ bit) of one client, after it has taken effect. */
struct message notice_change(const struct group *g, uint32_t cause, const struct name *changed);

/* To the leaver alone: it has left. */
struct message notice_self_leave(const struct name *group);

/* The view of that id ends. */
struct message notice_transition(const struct group *g);

/* The members of a group, split: members come in the same set if they have the same label, and the
 * sets in the order in which their labels stand in labels. */
struct vs_split {
    const uint16_t *label_of_member; /* of each member of the group, in list order */
    const uint16_t *labels;          /* the sets, in order */
    size_t set_count;
};

/* A NETWORK notice; own is the position of the set that is to be marked as the receiver's. */
struct message notice_network(const struct group *g, const struct vs_split *split, size_t own);

#endif
