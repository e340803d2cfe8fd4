/* SPDX-License-Identifier: MIT */
#include "daemon/io/standing.h"

#include <stdio.h>

/* Of those that the configuration in force has: a view may have one still that a reload has removed. */
static int count_members(const struct daemon *d)
{
    int count = 0;
    for procset_each(i, &daemon_view(d)->members)
        count += i < daemon_conf(d)->daemon_count;
    return count;
}

static void ring_text(int members, int daemons, char *text, size_t size)
{
    if (daemons == 1)
        snprintf(text, size, "the only daemon of its configuration");
    else if (members < 2)
        snprintf(text, size, "ALONE: none of the others of %d daemons is in its view", daemons);
    else if (members < daemons)
        snprintf(text, size, "in a view of %d of %d daemons", members, daemons);
    else
        snprintf(text, size, "in a view of all %d daemons", daemons);
}

void standing_text(const struct daemon *d, bool refused, char text[STANDING_TEXT])
{
    const struct conf *conf = daemon_conf(d);
    const struct conf_daemon *me = &conf->daemons[daemon_in_force(d)->self];
    char ring[80];
    ring_text(count_members(d), conf->daemon_count, ring, sizeof ring);
    snprintf(text, STANDING_TEXT, "%s serves clients at port %u, %s%s", me->name,
             conf->segments[me->segment].port, ring,
             refused ? "; the last reload was refused, see the log" : "");
}
