/* SPDX-License-Identifier: MIT
 *
 * Who is found not to go with whom, or to hold up the others: that is told, and dampened.
 */
#include "daemon/membership/inside.h"

enum { UNHEARD = 4 /* questions running that our answers did not end; a power of two */ };

static usec lookup_of(const struct core *c)
{
    return ms(conf_of(c)->timeouts.lookup);
}

static void tell_one_way(struct core *c, unsigned a, unsigned b)
{
    struct event_record e = event_about(EVENT_ONE_WAY, a, 0);
    e.other = (uint16_t)b;
    effects_tell(&c->effects, &e);
}

bool note_bad_pair(struct core *c, unsigned a, unsigned b, usec now)
{
    unsigned times = pairs_note(&c->pairs, a, b, lookup_of(c), now);
    if (times >= PAIR_SURELY)
        tell_one_way(c, a, b);
    return times > 0;
}

void note_unheard(struct core *c, unsigned i)
{
    struct peer *peer = &c->peers[i];
    uint32_t n = ++peer->unheard;
    if (n >= UNHEARD && (n & (n - 1)) == 0)
        tell_one_way(c, i, self_of(c));
}

void peer_shun(struct core *c, unsigned i, bool learnt, usec now)
{
    shun(&c->peers[i].shunning, learnt, lookup_of(c), now);
}

void peer_evict(struct core *c, unsigned i, usec now)
{
    shun_evicted(&c->peers[i].shunning, lookup_of(c), now);
}

void peer_restarted(struct core *c, unsigned i, usec now)
{
    usec wait = restarts_note(&c->peers[i].restarts, lookup_of(c), now);
    if (wait)
        tell(c, EVENT_KEPT_OUT, i, wait / USEC_MS);
}
