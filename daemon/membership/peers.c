/* SPDX-License-Identifier: MIT
 *
 * What the others said last, whom they hear, and in which of our rounds we were heard. In which life
 * each is, lives.c says.
 */
#include "daemon/membership/inside.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum { ROUND_WRAP = INT32_MAX };

usec peer_silence(const struct core *c)
{
    return ms(conf_of(c)->timeouts.alive + 2 * conf_of(c)->timeouts.join);
}

uint32_t peer_inc32(const struct core *c, unsigned i)
{
    return i == self_of(c) ? c->inc32 : (uint32_t)c->peers[i].inc;
}

/* -- what they say ------------------------------------------------------------------------- */

void see_epoch(struct core *c, uint64_t epoch)
{
    if (epoch > c->epoch_seen)
        c->epoch_seen = epoch;
}

bool peer_is_news(const struct core *c, unsigned i, const struct alive *a)
{
    const struct peer *peer = &c->peers[i];
    return !peer->said_at || a->round - peer->round - 1 < ROUND_WRAP;
}

bool peer_said(struct core *c, unsigned i, const struct alive *a, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!peer_is_news(c, i, a))
        return false;
    peer->round = a->round;
    peer->said = *a;
    peer->said_at = now;
    if (roster_has(&a->heard, self_of(c), c->inc32))
        peer->unheard = 0;
    see_epoch(c, a->promised);
    see_epoch(c, a->ring.epoch);
    return true;
}

void peer_said_join(struct core *c, unsigned i, const struct join *j, usec now)
{
    struct peer *peer = &c->peers[i];
    if (!peer->join)
        peer->join = memory_new(sizeof *peer->join);
    *peer->join = *j;
    peer->join_at = now;
}

bool peer_heard_since(const struct core *c, unsigned i, usec since)
{
    return c->peers[i].said_at && c->peers[i].said_at >= since;
}

void peers_heard(const struct core *c, struct alive *m, usec now)
{
    m->heard = (struct roster){0};
    for (unsigned i = 0; i < (unsigned)procs_of(c); i++) {
        const struct peer *peer = &c->peers[i];
        m->heard_rounds[i] = 0;
        if (i == self_of(c) || !peer->any_at || now - peer->any_at > peer_silence(c))
            continue;
        roster_add(&m->heard, i, (uint32_t)peer->inc);
        m->heard_rounds[i] = peer->round;
    }
}

bool peer_lists(const struct core *c, unsigned i, unsigned k)
{
    const struct peer *peer = &c->peers[i];
    return peer->said_at && roster_has(&peer->said.heard, k, peer_inc32(c, k));
}

bool peer_missed_join(const struct core *c, unsigned i, usec now)
{
    const struct peer *peer = &c->peers[i];
    return i < self_of(c) && peer->joined_round && now - peer->joined_at >= USEC_MS &&
           (int32_t)(peer->said.heard_rounds[self_of(c)] - peer->joined_round) < 0;
}

bool alive_is_searching(const struct alive *a)
{
    return a->state == CORE_SEG || a->state == CORE_REPD || a->state == CORE_GATHER;
}

bool peer_is_searching(const struct core *c, unsigned i)
{
    return c->peers[i].said_at && alive_is_searching(&c->peers[i].said);
}

/* -- HOPCHK -------------------------------------------------------------------------------- */

bool peer_has_hop_tag(const struct core *c, unsigned i, uint64_t tag)
{
    for (int k = 0; k < HOP_TAGS; k++)
        if (c->peers[i].hop_tags[k] == tag)
            return true;
    return false;
}

void peer_note_hop_tag(struct core *c, unsigned i, uint64_t tag)
{
    uint64_t *tags = c->peers[i].hop_tags;
    if (peer_has_hop_tag(c, i, tag))
        return;
    memmove(tags + 1, tags, (HOP_TAGS - 1) * sizeof tags[0]);
    tags[0] = tag;
}

/* -- our rounds ---------------------------------------------------------------------------- */

uint32_t next_round(struct core *c, usec now)
{
    c->round++;
    c->round_at[c->round % ROUNDS_KEPT] = now;
    return c->round;
}

bool is_recent_round(const struct core *c, uint32_t round, usec now)
{
    return c->round - round < ROUNDS_KEPT && c->round != 0 &&
           now - c->round_at[round % ROUNDS_KEPT] <= peer_silence(c);
}
