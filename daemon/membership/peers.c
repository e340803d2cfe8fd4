/* SPDX-License-Identifier: MIT */
#include "daemon/membership/peers.h"

#include "daemon/base/memory.h"
#include "daemon/membership/core.h"

enum { SAYING_WRAP = INT32_MAX };

void peer_forget_life(struct peer *p)
{
    p->saying = 0;
    p->any_at = p->said_at = p->join_at = p->joined_at = 0;
    p->stale = p->refusals = 0;
    p->joined_saying = 0;
    p->patience = (struct patience){0};
    memset(p->hop_tags, 0, sizeof p->hop_tags);
}

/* -- what it says -------------------------------------------------------------------------- */

bool peer_is_news(const struct peer *p, const struct alive *a)
{
    return !p->said_at || a->saying - p->saying - 1 < SAYING_WRAP;
}

void peer_note_alive(struct peer *p, const struct alive *a, usec now)
{
    p->saying = a->saying;
    p->said = *a;
    p->said_at = now;
}

void peer_note_join(struct peer *p, const struct join *j, usec now)
{
    if (!p->join)
        p->join = memory_new(sizeof *p->join);
    *p->join = *j;
    p->join_at = now;
}

bool peer_heard_since(const struct peer *p, usec since)
{
    return p->said_at && p->said_at >= since;
}

bool peer_hears(const struct peer *p, unsigned k, uint32_t inc)
{
    return p->said_at && roster_has(&p->said.heard, k, inc);
}

bool alive_is_searching(const struct alive *a)
{
    return a->state == CORE_SEG || a->state == CORE_REPD || a->state == CORE_GATHER;
}

bool peer_is_searching(const struct peer *p)
{
    return p->said_at && alive_is_searching(&p->said);
}

bool peer_missed_join(const struct peer *p, unsigned self, usec now)
{
    return p->joined_saying && now >= p->joined_at + USEC_MS &&
           (int32_t)(p->said.heard_sayings[self] - p->joined_saying) < 0;
}

void peers_heard(const struct peer peers[], int count, unsigned self, usec silence,
                 struct alive *m, usec now)
{
    m->heard = (struct roster){0};
    for (unsigned i = 0; i < (unsigned)count; i++) {
        const struct peer *p = &peers[i];
        m->heard_sayings[i] = 0;
        if (i == self || !p->any_at || now > p->any_at + silence)
            continue;
        roster_add(&m->heard, i, (uint32_t)p->life.inc);
        m->heard_sayings[i] = p->saying;
    }
}

/* -- HOPCHK -------------------------------------------------------------------------------- */

bool peer_has_hop_tag(const struct peer *p, uint64_t tag)
{
    for (int k = 0; k < HOP_TAGS; k++)
        if (p->hop_tags[k] == tag)
            return true;
    return false;
}

void peer_note_hop_tag(struct peer *p, uint64_t tag)
{
    if (peer_has_hop_tag(p, tag))
        return;
    memmove(p->hop_tags + 1, p->hop_tags, (HOP_TAGS - 1) * sizeof p->hop_tags[0]);
    p->hop_tags[0] = tag;
}
