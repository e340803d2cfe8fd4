/* SPDX-License-Identifier: MIT */
#include "tools/splog/collectors.h"

/* The place of a collector: its own, a free one, or that of the one furthest behind. */
static unsigned place_of(struct collectors *c, const struct id *who)
{
    unsigned last = 0;
    for (unsigned i = 0; i < c->count; i++) {
        if (id_equal(&c->known[i].who, who))
            return i;
        if (c->known[i].next < c->known[last].next)
            last = i;
    }
    return c->count < COLLECTORS_MAX ? c->count++ : last;
}

/* How many are at next or beyond. */
static unsigned count_at(const struct collectors *c, uint64_t next)
{
    unsigned count = 0;
    for (unsigned i = 0; i < c->count; i++)
        count += c->known[i].next >= next;
    return count;
}

uint64_t collectors_note(struct collectors *c, const struct id *who, uint64_t next, unsigned wanted)
{
    uint64_t settled = 0;
    unsigned at = place_of(c, who);
    c->known[at].who = *who;
    c->known[at].next = next;
    for (unsigned i = 0; i < c->count; i++)
        if (c->known[i].next > settled && count_at(c, c->known[i].next) >= wanted)
            settled = c->known[i].next;
    return settled;
}
