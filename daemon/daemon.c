/* SPDX-License-Identifier: MIT
 *
 * The wheel: what the core has ordered goes through the groups to the clients, and what the groups
 * have to tell goes back into the core, until nobody has anything left to say.
 */
#include "daemon/daemon.h"

#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_inside.h"
#include "daemon/packet/data.h"

struct daemon *daemon_new(const struct daemon_parts *parts, usec now)
{
    struct daemon *d = memory_new(sizeof *d);
    struct random seeds = {parts->seed};
    d->parts = *parts;
    d->now = d->started_at = now;
    d->name = parts->conf->daemons[parts->self].name;
    d->in_force = (struct in_force){parts->conf, (uint16_t)parts->self};
    d->started_with = memory_new(sizeof *d->started_with);
    *d->started_with = *parts->conf;
    struct core_setup setup = {
        .in_force = &d->in_force,
        .seed = random_next(&seeds),
        .max_gap = parts->max_gap,
        .capacity = parts->capacity,
        .trace = parts->trace,
    };
    d->core = core_new(&setup, now);
    if (!d->parts.slice)
        d->parts.slice = GROUPS_SLICE;
    d->groups = groups_new(&d->in_force, d->parts.slice);
    d->intake = intake_new();
    d->reading = true;
    d->view = core_view(d->core);
    table_init(&d->table, random_next(&seeds));
    list_init(&d->ready);
    d->report.log = parts->log;
    crowd_init(&d->crowd);
    list_init(&d->departures.waiting);
    peers_begin(d);
    return d;
}

void daemon_free(struct daemon *d)
{
    if (!d)
        return;
    clients_free_all(d);
    peers_free_all(d);
    groups_free(d->groups);
    core_free(d->core);
    intake_free(d->intake);
    free(d->started_with);
    free(d);
}

/* -- the wheel ----------------------------------------------------------------------------- */

/* What another daemon's client sent is as much to be believed as that daemon, which is not enough
 * to skip the checks: they keep a faulty one from taking us with it. */
static bool is_sound(struct daemon *d, struct ordered *o)
{
    if (o->origin == d->parts.self)
        return true; /* checked when it came in */
    if (request_is_sound(&o->message, o->origin < FIRST_GHOST
                                          ? d->parts.conf->daemons[o->origin].name
                                          : NULL))
        return true;
    struct event_record e = event_about(EVENT_UNSOUND, o->origin, 0);
    events_tell(d, &e);
    message_unref(&o->message);
    return false;
}

static void on_ordered(struct daemon *d, struct ordered *o)
{
    d->seq = o->seq;
    d->part = o->part;
    if (o->lane == LANE_CONTROL) {
        groups_on_control(d->groups, &o->message, o->origin);
        return;
    }
    if (!is_sound(d, o))
        return;
    d->counters.messages_ordered++;
    if (!(word_at(o->message.frame) & FRAME_REQUESTS))
        d->counters.messages_delivered++;
    groups_on_message(d->groups, &o->message, o->origin);
}

/* The leader, its id, the time and the number of members of the view. */
static void tell_view(struct daemon *d)
{
    int leader = conf_find_id(d->parts.conf, d->view.leader_id);
    struct event_record e = event_about(EVENT_VIEW, leader < 0 ? NO_PROC : (unsigned)leader,
                                        d->view.leader_id);
    e.number[1] = d->view.time;
    e.number[2] = (uint64_t)procset_count(&d->view.members);
    e.set = d->view.members;
    events_tell(d, &e);
    views_log_view(d);
}

static void on_effect(struct daemon *d, struct effect *e)
{
    switch (e->kind) {
    case EFFECT_DELIVER:
        on_ordered(d, &e->ordered);
        break;
    case EFFECT_TRANSITIONAL:
        groups_on_transitional(d->groups, e->view);
        break;
    case EFFECT_REGULAR:
        d->view = *e->view;
        d->ghosts = 0;
        groups_on_regular(d->groups, e->view);
        tell_view(d);
        break;
    case EFFECT_EVENT:
        events_tell(d, e->event);
        break;
    case EFFECT_LEFT:
        d->left = true;
        break;
    }
}

static void trace_merged(const struct daemon *d)
{
    struct trace_record t = {
        .kind = TRACE_MERGED, .tag = d->view.tag, .seq = d->seq, .part = d->part};
    trace(d->parts.trace, &t);
}

static void on_departed(struct daemon *d, const struct name *who)
{
    struct session *s = departures_complete(d, who);
    if (s)
        clients_end(d, s, END_DISCONNECTED, 0);
}

static void on_delivery(struct daemon *d, const struct delivery *e)
{
    switch (e->kind) {
    case DELIVERY_MESSAGE:
        clients_deliver(d, e);
        break;
    case DELIVERY_DEPARTED:
        on_departed(d, &e->who);
        break;
    case DELIVERY_PARTED:
        departures_parted(d, &e->who);
        break;
    case DELIVERY_CONTROL:
        core_submit(d->core, LANE_CONTROL, e->message, SERVICE_AGREED, d->now);
        break;
    case DELIVERY_OPEN_LANE:
        core_open_lane(d->core, d->view.tag, d->now);
        break;
    case DELIVERY_MERGED:
        trace_merged(d);
        views_log_groups(d);
        break;
    }
}

static void take_deliveries(struct daemon *d)
{
    struct delivery delivery;
    while (groups_next(d->groups, &delivery))
        on_delivery(d, &delivery);
}

void daemon_run(struct daemon *d)
{
    struct effect e;
    take_deliveries(d);
    while (!groups_are_behind(d->groups) && core_next(d->core, &e)) {
        on_effect(d, &e);
        take_deliveries(d);
    }
}

/* -- clients ------------------------------------------------------------------------------- */

void daemon_on_read(struct daemon *d, struct session *s, size_t len, usec now)
{
    d->now = now;
    clients_on_read(d, s, len);
    daemon_run(d);
}

void daemon_on_written(struct daemon *d, struct session *s, size_t len, bool blocked, usec now)
{
    d->now = now;
    if (clients_on_written(d, s, len, blocked))
        daemon_run(d);
}

void daemon_on_deaf(struct daemon *d, struct session *s, usec now)
{
    d->now = now;
    clients_on_deaf(d, s);
}

void daemon_on_hangup(struct daemon *d, struct session *s, enum why why, int error, usec now)
{
    d->now = now;
    clients_end(d, s, why, error);
    daemon_run(d);
}

/* Goes on with the senders whose turn has come. Each sees what the one before has brought about. */
static void go_on(struct daemon *d)
{
    usec until = d->leaving ? NEVER : d->now;
    for (struct session *s; (s = crowd_take_due(&d->crowd, until));)
        if (clients_go_on(d, s))
            daemon_run(d);
}

/* -- other daemons and monitors ------------------------------------------------------------- */

void daemon_on_datagram(struct daemon *d, const struct datagram_in *in, usec now)
{
    d->now = now;
    peers_on_datagram(d, in);
    if (d->leave_asked && !d->leaving)
        daemon_leave(d, now);
    else
        daemon_run(d);
}

void daemon_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len,
                           usec now)
{
    d->now = now;
    peers_on_unreachable(d, proc, quoted, len);
    daemon_run(d);
}

void daemon_on_answer(struct daemon *d, const struct question *q, enum host_answer answer, usec now)
{
    d->now = now;
    core_on_answer(d->core, q, answer, now);
    daemon_run(d);
}

/* -- time ---------------------------------------------------------------------------------- */

void daemon_on_time(struct daemon *d, usec now, usec lag, uint64_t wall_s)
{
    d->now = now;
    go_on(d);
    clients_end_overdue(d);
    groups_on_turn(d->groups);
    departures_on_turn(d);
    core_on_time(d->core, now, lag, wall_s);
    peers_on_time(d);
    daemon_run(d);
}

bool daemon_is_behind(const struct daemon *d)
{
    return groups_are_behind(d->groups) || departures_wait(d);
}

usec daemon_deadline(const struct daemon *d)
{
    if (daemon_is_behind(d))
        return d->now;
    usec sessions = usec_earlier(table_deadline(&d->table), crowd_deadline(&d->crowd));
    return usec_earlier(core_deadline(d->core), usec_earlier(sessions, d->lone_at));
}

void daemon_leave(struct daemon *d, usec now)
{
    d->now = now;
    d->leaving = true;
    go_on(d); /* what was read of those that are held is ordered, too */
    core_leave(d->core, now);
    daemon_run(d);
}

bool daemon_is_leaving(const struct daemon *d)
{
    return d->leaving;
}

bool daemon_has_left(const struct daemon *d)
{
    return d->left;
}

void daemon_tell(struct daemon *d, struct event_record *e, usec now)
{
    d->now = now;
    events_tell(d, e);
}

/* -- questions ----------------------------------------------------------------------------- */

const struct counters *daemon_counters(const struct daemon *d)
{
    return &d->counters;
}

const struct view *daemon_view(const struct daemon *d)
{
    return &d->view;
}

const struct core *daemon_core(const struct daemon *d)
{
    return d->core;
}

const struct groups *daemon_groups(const struct daemon *d)
{
    return d->groups;
}
