/* SPDX-License-Identifier: MIT
 *
 * Other rules are in force: those who are in are judged by them. Whoever would not be let in is cut off;
 * whoever is in a group that it may not join any more leaves it through the order, as if it had asked to,
 * so all daemons see it at one place. What it may send and see follows from its grant at once.
 *
 * A client can be in 200,000 groups, so so many are looked at in a turn, and the rest in the next ones. A join
 * that was on its way when the rules changed is judged when it has come about.
 */
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_clients.h"
#include "daemon/packet/data.h"
#include "daemon/session/access.h"
#include "daemon/session/handshake.h"

enum { GROUPS_A_TURN = 2048 };

/* The client of that name, whose groups up to that one have been judged; it may go meanwhile. */
struct judgement {
    struct link link;
    struct name who, up_to;
};

static void take_out(struct clients_room *c, const struct session *s, const struct name *group)
{
    struct event_record e = session_event(EVENT_TAKEN_FROM_GROUP, s, WHY_NONE);
    e.whom = *group;
    events_tell(c->shared, &e);
    shared_submit(c->shared, request_leave(&s->private_group, group), SERVICE_AGREED);
    c->shared->counters.messages_in++;
}

/* Whether what it has shown, and the name that it has, would let it in now. */
static bool may_be_in(const struct clients_room *c, const struct session *s)
{
    const struct auth_policy *p = c->shared->auth;
    struct name name = name_from_text(s->name);
    struct peer peer = session_peer(s);
    return handshake_lacks(s, p) == WHY_NONE &&
           auth_lets_in(p, s->passed, s->password, &peer, s->identity) &&
           (!s->grant || grant_permits(s->grant, MAY_CONNECT, &name));
}

static void judge(struct clients_room *c, const struct session *s)
{
    struct judgement *j = memory_new(sizeof *j);
    j->who = s->private_group;
    list_init(&j->link);
    list_append(&c->judgements, &j->link);
}

static void end_first(struct clients_room *c)
{
    free(list_entry(list_take_first(&c->judgements), struct judgement, link));
}

void revoke_end(struct clients_room *c)
{
    while (!list_empty(&c->judgements))
        end_first(c);
}

void revoke_begin(struct clients_room *c)
{
    struct session *s, *next;
    revoke_end(c);
    HASH_ITER(by_name, c->table.by_name, s, next) {
        struct rights *rights = c->shared->auth->rights;
        s->grant = rights && s->opened ? rights_grant(rights, s->identity) : NULL;
        if (!session_is_open(s))
            continue;
        if (!may_be_in(c, s))
            clients_end(c, s, END_REVOKED, 0);
        else if (s->grant)
            judge(c, s);
    }
}

/* As many of its groups as that. False: that was not all. */
static bool judge_groups(struct clients_room *c, struct judgement *j, uint32_t *left)
{
    const struct session *s = table_find_private(&c->table, &j->who, shared_me(c->shared)->name);
    if (!s || !session_is_open(s))
        return true;
    while (*left > 0 && core_has_room(c->shared->core)) {
        if (!groups_next_of(c->shared->groups, &j->who, &j->up_to))
            return true;
        if (!access_may_join(s, &j->up_to))
            take_out(c, s, &j->up_to);
        (*left)--;
    }
    return false;
}

void revoke_on_turn(struct clients_room *c)
{
    uint32_t left = GROUPS_A_TURN;
    while (!list_empty(&c->judgements) && !c->shared->leaving) {
        if (!judge_groups(c, list_entry(c->judgements.next, struct judgement, link), &left))
            return;
        end_first(c);
    }
}

bool revoke_waits(const struct clients_room *c)
{
    return !list_empty(&c->judgements) && !c->shared->leaving && core_has_room(c->shared->core);
}

void revoke_on_joined(struct clients_room *c, const struct name *who, const struct name *group)
{
    char connection[PRIVATE_NAME_MAX + 1];
    if (!c->shared->auth->rights || c->shared->leaving ||
        !name_of_connection(who, shared_me(c->shared)->name, connection))
        return;
    const struct session *s = table_find(&c->table, connection);
    if (s && session_is_open(s) && !access_may_join(s, group))
        take_out(c, s, group);
}
