/* SPDX-License-Identifier: MIT
 *
 * A dry run of a merge, as each who takes part sees it: whom it has to hear, whom it has heard.
 */
#include "daemon/membership/inside.h"

#include <stdlib.h>

void preparing_reset(struct core *c)
{
    free(c->preparing.heard);
    c->preparing = (struct preparing){0};
    disarm(c, T_PREP);
    disarm(c, T_HOPCHK);
    disarm(c, T_READY);
}

struct procset preparing_neighbours(const struct core *c)
{
    struct procset segment = segment_of(c);
    struct procset s = procset_both(&c->preparing.members.in, &segment);
    procset_remove(&s, self_of(c));
    return s;
}

/* Member i of the ring to be is heard the way it would have to be. */
static bool hears(const struct core *c, unsigned i)
{
    const struct preparing *prep = &c->preparing;
    bool before = i == (unsigned)procset_predecessor(&prep->members.in, self_of(c));
    bool near = in_our_segment(c, i);
    if (before && !peer_has_hop_tag(&c->peers[i], prep->prep))
        return false;
    if (near && !peer_has_hop_tag(&c->peers[i], segment_tag(prep->prep)))
        return false;
    return before || near;
}

bool preparing_hears_all(const struct core *c)
{
    struct procset must = preparing_neighbours(c);
    procset_add(&must, (unsigned)procset_predecessor(&c->preparing.members.in, self_of(c)));
    for
        procset_each(i, &must) if (!hears(c, (unsigned)i)) return false;
    return true;
}

struct roster preparing_heard(const struct core *c)
{
    const struct preparing *prep = &c->preparing;
    struct roster heard = {0};
    for
        procset_each(i, &prep->members.in) if (i != self_of(c) && hears(c, (unsigned)i))
            roster_add(&heard, (unsigned)i, prep->members.inc[i]);
    return heard;
}
