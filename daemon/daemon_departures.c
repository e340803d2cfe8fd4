/* SPDX-License-Identifier: MIT
 *
 * Departures: a client that goes leaves its groups through the order, and only so much of that is
 * under way at a time. A client in 200,000 groups goes in a hundred parts, and ten such clients take turns;
 * between the parts the token goes round and others are served.
 */
#include "daemon/daemon_clients.h"
#include "daemon/packet/data.h"

/* The next part of the departure of s; false: it is too much for now. */
static bool send_part(struct clients_room *c, struct session *s)
{
    struct departures *all = &c->departures;
    struct name last;
    uint32_t units =
        groups_departure(c->shared->groups, &s->private_group, c->shared->slice, &last);
    uint32_t now = all->under_way + all->done;
    if (now > 0 && now + units > c->shared->slice)
        return false;
    s->going_units = units;
    all->under_way += units;
    shared_submit(c->shared, request_departure(&s->private_group, &last), SERVICE_AGREED);
    c->shared->counters.messages_in++;
    return true;
}

static void send_parts(struct clients_room *c)
{
    struct link *head = &c->departures.waiting;
    while (!list_empty(head)) {
        struct session *s = list_entry(head->next, struct session, going);
        if (!send_part(c, s))
            return;
        list_remove(&s->going);
    }
}

void departures_begin(struct clients_room *c, struct session *s)
{
    groups_mute(c->shared->groups, &s->private_group);
    s->departing = true;
    list_append(&c->departures.waiting, &s->going);
    send_parts(c);
}

/* A part has come back out of the order: the session it is of; NULL: there is none. */
static struct session *part_done(struct clients_room *c, const struct name *who)
{
    struct session *s = table_find_private(&c->table, who, shared_me(c->shared)->name);
    if (!s)
        return NULL;
    c->departures.under_way -= s->going_units;
    c->departures.done += s->going_units;
    s->going_units = 0;
    return s;
}

void departures_parted(struct clients_room *c, const struct name *who)
{
    struct session *s = part_done(c, who);
    if (s && !c->shared->leaving) /* else all that is left here goes with us */
        list_append(&c->departures.waiting, &s->going);
}

struct session *departures_complete(struct clients_room *c, const struct name *who)
{
    struct session *s = part_done(c, who);
    if (!s)
        return NULL;
    c->shared->counters.departures++;
    table_unname(&c->table, s);
    s->departing = false;
    if (s->owner)
        return s;
    session_free(s);
    return NULL;
}

void departures_on_turn(struct clients_room *c)
{
    c->departures.done = 0;
    send_parts(c);
}

bool departures_wait(const struct clients_room *c)
{
    return !list_empty(&c->departures.waiting) && c->departures.under_way == 0;
}
