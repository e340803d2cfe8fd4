/* SPDX-License-Identifier: MIT
 *
 * Departures: a client that goes leaves its groups through the order, and only so much of that is
 * under way at a time. A client in 200,000 groups goes in a hundred parts, and ten such clients take turns;
 * between the parts the token goes round and others are served.
 */
#include "daemon/daemon_inside.h"
#include "daemon/packet/data.h"

/* The next part of the departure of s; false: it is too much for now. */
static bool send_part(struct daemon *d, struct session *s)
{
    struct departures *all = &d->departures;
    struct name last;
    uint32_t units = groups_departure(d->groups, &s->private_group, d->parts.slice, &last);
    uint32_t now = all->under_way + all->done;
    if (now > 0 && now + units > d->parts.slice)
        return false;
    s->going_units = units;
    all->under_way += units;
    core_submit(d->core, LANE_CLIENTS, request_departure(&s->private_group, &last), SERVICE_AGREED,
                d->now);
    d->counters.messages_in++;
    return true;
}

static void send_parts(struct daemon *d)
{
    struct link *head = &d->departures.waiting;
    while (!list_empty(head)) {
        struct session *s = list_entry(head->next, struct session, going);
        if (!send_part(d, s))
            return;
        list_remove(&s->going);
    }
}

void departures_begin(struct daemon *d, struct session *s)
{
    groups_mute(d->groups, &s->private_group);
    s->departing = true;
    list_append(&d->departures.waiting, &s->going);
    send_parts(d);
}

/* A part has come back out of the order: the session it is of; NULL: there is none. */
static struct session *part_done(struct daemon *d, const struct name *who)
{
    char connection[PRIVATE_NAME_MAX + 1];
    struct session *s = NULL;
    if (name_of_connection(who, d->name, connection))
        s = table_find(&d->table, connection);
    if (!s)
        return NULL;
    d->departures.under_way -= s->going_units;
    d->departures.done += s->going_units;
    s->going_units = 0;
    return s;
}

void departures_parted(struct daemon *d, const struct name *who)
{
    struct session *s = part_done(d, who);
    if (s && !d->leaving) /* else all that is left here goes with us */
        list_append(&d->departures.waiting, &s->going);
}

struct session *departures_complete(struct daemon *d, const struct name *who)
{
    struct session *s = part_done(d, who);
    if (!s)
        return NULL;
    d->counters.departures++;
    table_unname(&d->table, s);
    s->departing = false;
    if (s->owner)
        return s;
    session_free(s);
    return NULL;
}

void departures_on_turn(struct daemon *d)
{
    d->departures.done = 0;
    send_parts(d);
}

bool departures_wait(const struct daemon *d)
{
    return !list_empty(&d->departures.waiting) && d->departures.under_way == 0;
}
