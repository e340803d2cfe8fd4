/* SPDX-License-Identifier: MIT */
#include "daemon/membership/accepting.h"

enum { OLD_ROUNDS = 2, LOOKS_BEFORE_RNACK = 2 };

bool accepting_is_near(uint32_t round, uint32_t ours)
{
    return ours - round + OLD_ROUNDS <= 2 * OLD_ROUNDS;
}

bool bond_forbids(const struct bond *b, uint16_t leader, uint16_t self, usec patience, usec now)
{
    if (!b->any)
        return false;
    if (b->own)
        return b->committed || leader > self;
    return leader != b->leader && now < b->heard_at + patience;
}

bool accepting_tears_ring(const struct procset *mine, unsigned from, const struct procset *members)
{
    return !procset_has(mine, from) && !procset_within(mine, members) &&
           procset_count(members) <= procset_count(mine);
}

bool lack_look(struct lack *l, uint32_t missing)
{
    l->idle_looks = missing == l->missing ? l->idle_looks + 1 : 0;
    l->missing = missing;
    if (l->idle_looks < LOOKS_BEFORE_RNACK)
        return false;
    l->idle_looks = 0;
    l->attempt++;
    return true;
}

void accepting_share(struct seqmap *share, const struct seqmap *missing,
                     const struct procset *holders, unsigned self, uint8_t attempt)
{
    uint64_t rank = 0, count = (uint64_t)procset_count(holders);
    for procset_each(i, holders)
        rank += (unsigned)i < self;
    for (uint32_t i = 1; i <= missing->count; i++) {
        uint64_t seq = missing->from + i;
        if (seqmap_has(missing, seq) && (seq + attempt) % count == rank)
            seqmap_add(share, seq);
    }
}
