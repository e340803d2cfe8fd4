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

#endif
