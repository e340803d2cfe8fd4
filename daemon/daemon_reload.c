/* SPDX-License-Identifier: MIT */
#include "daemon/daemon_reload.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/config/options.h"
#include "daemon/session/auth.h"

void reload_init(struct reload_room *r, struct shared *shared)
{
    r->shared = shared;
    r->started_with = memory_new(sizeof *r->started_with);
    *r->started_with = *shared_conf(shared);
}

void reload_fini(struct reload_room *r)
{
    free(r->started_with);
}

void reload_offer(struct reload_room *r, const struct conf *conf, int self,
                  const struct auth_policy *auth, const struct keyring *keys)
{
    r->next = conf;
    r->next_self = self;
    r->next_auth = auth;
    r->next_keys = keys;
}

void reload_on_view(struct reload_room *r)
{
    r->ghosts = 0;
}

/* Old indices to new ones. All members of the old view come to the same: whoever is gone becomes
 * the next ghost, in the order of the old configuration. */
static void make_map(struct reload_room *r, const struct conf *old, const struct conf *new,
                     uint16_t map[PROCS_MAX])
{
    int index[CONF_DAEMONS_MAX];
    conf_match(old, new, index);
    for (unsigned i = 0; i < PROCS_MAX; i++)
        map[i] = (uint16_t)i;
    for (int i = 0; i < old->daemon_count; i++)
        map[i] = (uint16_t)(index[i] >= 0
                                ? index[i]
                                : FIRST_GHOST + (int)(r->ghosts++ % (PROCS_MAX - FIRST_GHOST)));
}

static void use_other_ring(struct reload_room *r, const struct conf *old)
{
    uint16_t map[PROCS_MAX];
    struct shared *d = r->shared;
    struct view before = d->view;
    make_map(r, old, shared_conf(d), map);
    d->view.members = procset_renumbered(&before.members, map);
    d->partition = (struct partition){.until = 0};
    groups_renumber(d->groups, map);
    seal_on_renumbered(d->seal);
    core_on_renumbered(d->core, map, d->now);
    history_on_renumbered(&d->history, &d->view.members);
}

/* No promise to the coordinator of a ring binds us, and the groups are agreed. That the ring turns
 * is not asked for: were it, then of a ring that falls apart because d1 has changed over, each member
 * would have to form another one before it may. Only where a file since the last view has made ghosts
 * it is: of d3, which is taken out and put in again, the clients of the old view are not those of the
 * next. */
static bool is_at_rest(const struct reload_room *r)
{
    const struct shared *d = r->shared;
    return core_may_reload(d->core) && groups_state(d->groups) == GROUPS_STEADY && !d->leaving &&
           !groups_are_behind(d->groups) && (r->ghosts == 0 || core_state(d->core) == CORE_OPER);
}

/* What this process was started with is what it has of these; it is said at each reload until it is
 * started again, or the file is as it was. */
static void tell_restarts(const struct reload_room *r)
{
    for (unsigned i = 0; i < OPTION_COUNT; i++)
        if (option_table[i].change == CHANGE_RESTART &&
            option_differs(&option_table[i], r->started_with, shared_conf(r->shared)))
            events_tell_kind(r->shared, EVENT_NEEDS_RESTART, i);
}

/* True: they are others. What is sealed with a key that is gone cannot be opened any more. */
static bool take_keys(struct reload_room *r)
{
    static const struct keyring none;
    struct shared *d = r->shared;
    const struct keyring *keys = r->next_keys ? r->next_keys : &none;
    r->next_keys = NULL;
    if (seal_keys_are(d->seal, keys))
        return false;
    seal_take_keys(d->seal, keys);
    struct event_record e = event_of(keys->count > 0 ? EVENT_KEYS : EVENT_NO_KEYS, WHY_NONE);
    e.number[0] = keys->keys[keys->sending].id;
    e.number[1] = (uint64_t)keys->count;
    events_tell(d, &e);
    return true;
}

enum reload_outcome reload_take_over(struct reload_room *r)
{
    struct shared *d = r->shared;
    const struct conf *old = d->in_force.conf, *new = r->next;
    bool same_ring = new && conf_same_ring(old, new);
    if (!new || (!same_ring && !is_at_rest(r)))
        return RELOAD_NOT_NOW;
    bool other_keys = take_keys(r);
    bool same = conf_same_meaning(old, new) && auth_policy_equal(d->auth, r->next_auth);
    d->in_force = (struct in_force){new, (uint16_t)r->next_self};
    d->auth = r->next_auth;
    r->next = NULL;
    if (same_ring)
        core_on_options(d->core);
    else
        use_other_ring(r, old);
    if (!same || !other_keys)
        events_tell_kind(d, same ? EVENT_UNCHANGED : same_ring ? EVENT_OPTIONS : EVENT_RELOADED, 0);
    tell_restarts(r);
    return same_ring ? RELOAD_OPTIONS : RELOAD_NEW_RING;
}
