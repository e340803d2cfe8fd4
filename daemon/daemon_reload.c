/* SPDX-License-Identifier: MIT
 *
 * Another configuration while we run: who is who in it, and when it may take over.
 *
 * Packets are queued for daemons by their index, which the next configuration may give to another
 * one: with d1 taken out of the file, d2's packets for d5 would go to d6. So the change waits until
 * the I/O has taken all there were, to addresses of the configuration they were made under.
 */
#include <string.h>

#include "daemon/config/options.h"
#include "daemon/daemon_inside.h"

void daemon_reload(struct daemon *d, const struct conf *conf, int self,
                   const struct auth_policy *auth)
{
    d->next_conf = conf;
    d->next_self = self;
    d->next_auth = auth;
}

const struct conf *daemon_conf(const struct daemon *d)
{
    return d->in_force.conf;
}

const struct in_force *daemon_in_force(const struct daemon *d)
{
    return &d->in_force;
}

/* Old indices to new ones. All members of the old view come to the same: whoever is gone becomes
 * the next ghost, in the order of the old configuration. */
static void make_map(struct daemon *d, const struct conf *old, const struct conf *new,
                     uint16_t map[PROCS_MAX])
{
    int index[CONF_DAEMONS_MAX];
    conf_match(old, new, index);
    for (unsigned i = 0; i < PROCS_MAX; i++)
        map[i] = (uint16_t)i;
    for (int i = 0; i < old->daemon_count; i++)
        map[i] = (uint16_t)(index[i] >= 0
                                ? index[i]
                                : FIRST_GHOST + (int)(d->ghosts++ % (PROCS_MAX - FIRST_GHOST)));
}

static void use_other_ring(struct daemon *d, const struct conf *old, const struct conf *new)
{
    uint16_t map[PROCS_MAX];
    struct view before = d->view;
    make_map(d, old, new, map);
    d->view.members = procset_renumbered(&before.members, map);
    d->partition = (struct partition){.until = 0};
    groups_renumber(d->groups, map);
    core_on_renumbered(d->core, map, d->now);
    memset(d->ways, 0, sizeof d->ways); /* they stand in the order of the file */
}

/* No promise to the coordinator of a ring binds us, and the groups are agreed. That the ring turns
 * is not asked for: were it, then of a ring that falls apart because d1 has changed over, each member
 * would have to form another one before it may. Only where a file since the last view has made ghosts
 * it is: of d3, which is taken out and put in again, the clients of the old view are not those of the
 * next. */
static bool is_at_rest(const struct daemon *d)
{
    return core_may_reload(d->core) && groups_state(d->groups) == GROUPS_STEADY && !d->leaving &&
           !groups_are_behind(d->groups) && (d->ghosts == 0 || core_state(d->core) == CORE_OPER);
}

/* What this process was started with is what it has of these; it is said at each reload until it is
 * started again, or the file is as it was. */
static void tell_restarts(struct daemon *d)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].change == CHANGE_RESTART &&
            option_differs(&option_table[i], d->started_with, d->in_force.conf))
            events_tell_kind(d, EVENT_NEEDS_RESTART, i);
}

bool daemon_take_over(struct daemon *d, usec now)
{
    const struct conf *old = d->parts.conf, *new = d->next_conf;
    if (!new || peers_have_datagrams(d))
        return false;
    bool same_ring = conf_same_ring(old, new);
    if (!same_ring && !is_at_rest(d))
        return false;
    bool same =
        conf_same_meaning(old, new) && auth_policy_equal(d->parts.auth, d->next_auth);
    d->now = now;
    d->next_conf = NULL;
    d->parts.conf = new;
    d->parts.self = d->next_self;
    d->in_force = (struct in_force){new, (uint16_t)d->next_self};
    d->parts.auth = d->next_auth;
    d->name = new->daemons[d->parts.self].name;
    if (same_ring)
        core_on_options(d->core);
    else
        use_other_ring(d, old, new);
    events_tell_kind(d, same ? EVENT_UNCHANGED : same_ring ? EVENT_OPTIONS : EVENT_RELOADED, 0);
    tell_restarts(d);
    daemon_run(d);
    return true;
}
