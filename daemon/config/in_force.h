/* SPDX-License-Identifier: MIT
 *
 * in_force.h - the configuration in force, and which of its daemons we are.
 *
 * There is one of these in a daemon (daemon.c owns it, daemon_reload.c changes it), and the rooms have
 * a pointer to it: whoever wants to know an option, a name, an address or how many daemons there are
 * asks here when he wants to know it, and keeps nothing. So a reload has nothing to refresh.
 *
 * What may be kept is what has been made of it, and is then more than the file says:
 *
 *   until the next view     the size of packets, on which its members have agreed; their places, and
 *                           what is counted for each of them
 *   until the next reload   windows that a monitor has set
 *   until the file changes  sockets, groups that were joined, the open log (io/reload.c sees to them)
 *   as long as we run       sockets of clients, the root folder, the user: these take a restart, and
 *                           options.h says which options do
 *
 * Places are another matter: d3, third in one file, may be second in the next. What is known of each
 * daemon by its place is moved to the new one (core_reload, groups_renumber, ways).
 */
#ifndef SPREAD_CONFIG_IN_FORCE_H
#define SPREAD_CONFIG_IN_FORCE_H

#include "daemon/base/procset.h"
#include "daemon/config/conf.h"

struct in_force {
    const struct conf *conf;
    uint16_t self; /* index into conf->daemons */
};

/* Daemon i is of our segment; so are we. */
static inline bool in_force_near(const struct in_force *f, unsigned i)
{
    return i < (unsigned)f->conf->daemon_count &&
           f->conf->daemons[i].segment == f->conf->daemons[f->self].segment;
}

/* All daemons of a segment. */
static inline struct procset conf_segment_set(const struct conf *conf, int segment)
{
    const struct conf_segment *s = &conf->segments[segment];
    struct procset all = {{0}};
    for (int i = 0; i < s->daemon_count; i++)
        procset_add(&all, (unsigned)(s->first_daemon + i));
    return all;
}

#endif
