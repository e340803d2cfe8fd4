/* SPDX-License-Identifier: MIT */
#include "tests/sim/rest_check.h"

#include "tests/sim/world.h"

void rest_check(struct world *w, const struct procset *set)
{
    for procset_each(i, set) {
        const struct daemon *d = w->processes[i].daemon;
        const char *kept = rest_kept_by_core(daemon_core(d), w->now);
        kept = kept ? kept : rest_kept_by_clients(d);
        if (kept)
            verdict_break(&w->verdict, "P2", "d%d keeps %s", i + 1, kept);
    }
}
