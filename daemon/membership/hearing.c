/* SPDX-License-Identifier: MIT */
#include "daemon/membership/hearing.h"

static bool says_it_hears(const struct hearing *h, unsigned i, unsigned k)
{
    return peer_hears(&h->peers[i], k, k == h->self ? h->inc : (uint32_t)h->peers[k].life.inc);
}

bool hearing_mutual(const struct hearing *h, unsigned i)
{
    return peer_heard_since(&h->peers[i], h->since) && says_it_hears(h, i, h->self);
}

bool hearing_all(const struct hearing *h, const struct procset *expected)
{
    for procset_each(i, expected)
        if (!hearing_mutual(h, (unsigned)i))
            return false;
    return !procset_empty(expected);
}

static bool hear_each_other(const struct hearing *h, unsigned a, unsigned b)
{
    if (a == h->self)
        return hearing_mutual(h, b);
    if (b == h->self)
        return hearing_mutual(h, a);
    return says_it_hears(h, a, b) && says_it_hears(h, b, a);
}

struct procset hearing_set(const struct hearing *h, const struct procset *candidates)
{
    struct procset chosen = {{0}};
    for procset_each(i, candidates) {
        bool fits = (unsigned)i == h->self || hearing_mutual(h, (unsigned)i);
        for procset_each(k, &chosen)
            fits = fits && hear_each_other(h, (unsigned)i, (unsigned)k);
        if (fits)
            procset_add(&chosen, (unsigned)i);
    }
    return chosen;
}
