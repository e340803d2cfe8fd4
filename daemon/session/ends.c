/* SPDX-License-Identifier: MIT */
#include "daemon/session/ends.h"

#include <string.h>

static enum ended reason_of(enum why why)
{
    switch (why) {
    case END_TOO_SLOW:
        return ENDED_SLOW;
    case END_BROKEN:
        return ENDED_BROKEN;
    case END_REVOKED:
        return ENDED_REVOKED;
    case REQUEST_TYPE:
    case REQUEST_SENDER:
    case REQUEST_GROUPS:
    case REQUEST_HINT:
    case REQUEST_LENGTH:
    case REQUEST_TOO_BIG:
        return ENDED_PROTOCOL;
    default:
        return ENDED_UNKNOWN;
    }
}

void ends_note(struct ends *e, const struct session *s, enum why why)
{
    enum ended reason = reason_of(why);
    if (reason == ENDED_UNKNOWN)
        return;
    struct end *end = &e->list[e->count++ % ENDS_MAX];
    *end = (struct end){.peer = session_peer(s), .reason = reason};
    end->peer.gids = NULL; /* lent */
    end->peer.gid_count = 0;
    memcpy(end->name, s->name, sizeof end->name);
}

bool ends_may_know(const struct peer *was, const struct ask *question, const struct peer *asker)
{
    if (was->local || asker->local)
        return was->local && asker->local && was->uid == asker->uid && question->port == 0;
    return ip_equal(&was->ip, &asker->ip) && was->port == question->port;
}

enum ended ends_find(const struct ends *e, const struct ask *question, const struct peer *asker)
{
    uint64_t known = e->count < ENDS_MAX ? e->count : ENDS_MAX;
    for (uint64_t i = 1; i <= known; i++) {
        const struct end *end = &e->list[(e->count - i) % ENDS_MAX];
        if (strcmp(end->name, question->name) == 0 && ends_may_know(&end->peer, question, asker))
            return end->reason;
    }
    return ENDED_UNKNOWN;
}
