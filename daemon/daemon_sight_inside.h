/* SPDX-License-Identifier: MIT
 *
 * daemon_sight_inside.h - between the files that gather what is shown.
 */
#ifndef SPREAD_DAEMON_SIGHT_INSIDE_H
#define SPREAD_DAEMON_SIGHT_INSIDE_H

#include "daemon/daemon_inside.h"
#include "daemon/daemon_sight.h"

struct showing {
    const struct daemon *d;
    usec now;
    struct json *json;
    const struct sight_question *question;
    const struct grant *grant; /* of who asks */
};

static inline usec sight_ago(usec at, usec now)
{
    return at && at != NEVER ? now - at : NEVER;
}

/* -- daemon_sight_clients.c ------------------------------------------------------------------- */

/* What the policy lets that one do; NULL: there is none, or it may all. */
const struct grant *sight_grant(const struct daemon *d, const struct identity *asker);

struct session_texts {
    char from[PEER_TEXT];
    struct name groups[SIGHT_FIRST];
};

/* Its texts are in t. */
struct sight_session sight_session(const struct daemon *d, const struct session *s, usec now,
                                   struct session_texts *t);

/* Whole parts. */
void sight_sessions(struct showing *w);
void sight_groups(struct showing *w);
void sight_members(struct showing *w);
/* There is the group that is asked for, and it may be seen. */
bool sight_has_group(const struct showing *w);

#endif
