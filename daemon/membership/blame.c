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

bool note_bad_pair(struct core *c, unsigned a, unsigned b, usec now)
{
    unsigned times = pairs_note(&c->pairs, a, b, lookup_of(c), now);
    if (times >= PAIR_SURELY)
        effects_note(&c->effects, NOTE_ONE_WAY, a, b, "%s", "");
    return times > 0 && times <= PAIR_SURELY;
}

void note_unheard(struct core *c, unsigned i)
{
    struct peer *peer = &c->peers[i];
    uint32_t n = ++peer->unheard;
    if (n >= UNHEARD && (n & (n - 1)) == 0)
        effects_note(&c->effects, NOTE_ONE_WAY, i, self_of(c), "%s", "");
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
        effects_note(&c->effects, NOTE_KEPT_OUT, i, NO_PROC, "%llu ms",
                     (unsigned long long)(wait / USEC_MS));
}
