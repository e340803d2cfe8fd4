/* SPDX-License-Identifier: MIT
 *
 * The wheel: what the core has ordered goes through the groups to the clients, and what the groups
 * have to tell goes back into the core, until nobody has anything left to say.
 */
#include "daemon/daemon.h"

#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_inside.h"
#include "daemon/daemon_sight.h"
#include "daemon/groups/agreement.h"
#include "daemon/packet/data.h"
#include "daemon/session/access.h"

enum { PAUSE_US = 200 * USEC_MS }; /* no turn takes as long as that by what it has to do */

/* The core, the seal and the groups, with what they are lent. */
static void build(struct shared *s, const struct daemon_parts *parts, uint64_t seed)
{
    struct core_setup setup = {
        .in_force = &s->in_force,
        .seed = seed,
        .max_gap = parts->max_gap,
        .capacity = parts->capacity,
        .trace = parts->trace,
    };
    s->core = core_new(&setup, s->now);
    s->seal = seal_new(&s->in_force, core_incarnation(s->core));
    if (parts->keys)
        seal_take_keys(s->seal, parts->keys);
    s->groups = groups_new(&s->in_force, s->slice, access_may_see);
    s->view = core_view(s->core);
}

/* For monitors. */
static bool show(const void *daemon, const struct sight_question *q, struct text *text)
{
    const struct daemon *d = daemon;
    return daemon_show(d, q, NULL, d->shared.now, text);
}

struct daemon *daemon_new(const struct daemon_parts *parts, usec now)
{
    struct daemon *d = memory_new(sizeof *d);
    struct random seeds = {parts->seed};
    d->trace = parts->trace;
    d->shared.now = d->shared.started_at = now;
    d->shared.in_force = (struct in_force){parts->conf, (uint16_t)parts->self};
    d->shared.auth = parts->auth;
    d->shared.slice = parts->slice ? parts->slice : GROUPS_SLICE;
    d->shared.report.log = parts->log;
    d->shared.on_event = parts->on_event;
    d->shared.events_context = parts->events_context;
    history_init(&d->shared.history, now);
    d->shared.recorder = parts->recorder;
    build(&d->shared, parts, random_next(&seeds));
    clients_init(&d->clients, &d->shared, random_next(&seeds));
    peers_init(&d->peers, &d->shared);
    d->monitors.shared = &d->shared;
    d->monitors.show = show;
    d->monitors.show_context = d;
    reload_init(&d->reload, &d->shared);
    return d;
}

void daemon_free(struct daemon *d)
{
    if (!d)
        return;
    revoke_end(&d->clients);
    clients_fini(&d->clients);
    peers_fini(&d->peers);
    reload_fini(&d->reload);
    parts_fini(&d->monitors);
    groups_free(d->shared.groups);
    seal_free(d->shared.seal);
    core_free(d->shared.core);
    history_fini(&d->shared.history);
    latency_fini(&d->shared.latency);
    free(d);
}

/* -- the wheel ----------------------------------------------------------------------------- */

/* A client of ours joins or leaves a group. */
static void on_membership(struct daemon *d, struct ordered *o, bool joins)
{
    const uint8_t *frame = o->message.frame;
    struct name who = name_from_field(frame + FRAME_SENDER_AT), group = {{0}};
    if (joins)
        group = name_from_field(frame + FRAME_HEADER);
    groups_on_message(d->shared.groups, &o->message, o->origin);
    clients_on_membership(&d->clients, &who, joins);
    if (joins)
        revoke_on_joined(&d->clients, &who, &group);
}

static void on_ordered(struct daemon *d, struct ordered *o)
{
    d->seq = o->seq;
    d->part = o->part;
    if (o->lane == LANE_CONTROL) {
        groups_on_control(d->shared.groups, &o->message, o->origin);
        return;
    }
    if (!peers_let_in(&d->peers, o))
        return;
    bool ours = o->origin == d->shared.in_force.self;
    uint32_t type = word_at(o->message.frame);
    d->shared.counters.messages_ordered++;
    if (ours)
        latency_on_delivery(&d->shared.latency, o->service == SERVICE_SAFE, d->shared.now);
    if (!(type & FRAME_REQUESTS))
        d->shared.counters.messages_delivered++;
    if (ours && (type & (FRAME_JOIN | FRAME_LEAVE)))
        on_membership(d, o, type & FRAME_JOIN);
    else
        groups_on_message(d->shared.groups, &o->message, o->origin);
}

static void on_effect(struct daemon *d, struct effect *e)
{
    switch (e->kind) {
    case EFFECT_DELIVER:
        on_ordered(d, &e->ordered);
        break;
    case EFFECT_TRANSITIONAL:
        groups_on_transitional(d->shared.groups, e->view);
        break;
    case EFFECT_REGULAR:
        d->shared.view = *e->view;
        reload_on_view(&d->reload);
        groups_on_regular(d->shared.groups, e->view);
        views_on_view(&d->shared);
        break;
    case EFFECT_EVENT:
        events_tell(&d->shared, e->event);
        break;
    case EFFECT_LEFT:
        d->left = true;
        break;
    }
}

static void trace_merged(const struct daemon *d)
{
    struct trace_record t = {
        .kind = TRACE_MERGED, .tag = d->shared.view.tag, .seq = d->seq, .part = d->part};
    trace(d->trace, &t);
}

static void on_departed(struct daemon *d, const struct name *who)
{
    struct session *s = departures_complete(&d->clients, who);
    if (s)
        clients_end(&d->clients, s, END_DISCONNECTED, 0);
}

static void tell_disagreement(struct daemon *d)
{
    const struct disagreement *x = groups_disagreement(d->shared.groups);
    struct event_record e = event_about(EVENT_DISAGREES, x->daemon, x->from);
    e.why = x->why;
    e.whom = x->group;
    e.number[1] = x->here;
    e.number[2] = x->there;
    events_tell(&d->shared, &e);
}

static void on_delivery(struct daemon *d, const struct delivery *e)
{
    switch (e->kind) {
    case DELIVERY_MESSAGE:
        clients_deliver(&d->clients, e);
        break;
    case DELIVERY_DEPARTED:
        on_departed(d, &e->who);
        break;
    case DELIVERY_PARTED:
        departures_parted(&d->clients, &e->who);
        break;
    case DELIVERY_CONTROL:
        core_submit(d->shared.core, LANE_CONTROL, e->message, SERVICE_AGREED, d->shared.now);
        break;
    case DELIVERY_PRESSURE:
        pressure_hear(&d->clients, &e->who, e->waits);
        break;
    case DELIVERY_OPEN_LANE:
        core_open_lane(d->shared.core, d->shared.view.tag, d->shared.now);
        break;
    case DELIVERY_DISAGREEMENT:
        tell_disagreement(d);
        break;
    case DELIVERY_MERGED:
        trace_merged(d);
        views_log_groups(&d->shared);
        break;
    }
}

static void take_deliveries(struct daemon *d)
{
    struct delivery delivery;
    while (groups_next(d->shared.groups, &delivery))
        on_delivery(d, &delivery);
}

/* Lets the rooms work until none has anything left to say, or a turn has had its share of work. */
static void turn(struct daemon *d)
{
    struct effect e;
    take_deliveries(d);
    while (!groups_are_behind(d->shared.groups) && core_next(d->shared.core, &e)) {
        on_effect(d, &e);
        take_deliveries(d);
    }
    latency_end_run(&d->shared.latency);
    core_update_room(d->shared.core);
    clients_update_reading(&d->clients);
}

/* -- clients ------------------------------------------------------------------------------- */

struct session *daemon_accept(struct daemon *d, const struct peer *peer, void *owner, usec now)
{
    d->shared.now = now;
    return clients_accept(&d->clients, peer, owner);
}

void daemon_refuse(struct daemon *d, struct session *s, enum why why, usec now)
{
    d->shared.now = now;
    clients_refuse(&d->clients, s, why);
}

void daemon_on_read(struct daemon *d, struct session *s, size_t len, usec now)
{
    d->shared.now = now;
    clients_on_read(&d->clients, s, len);
    turn(d);
}

void daemon_on_login(struct daemon *d, uint32_t number, bool matches, usec now)
{
    d->shared.now = now;
    clients_on_login(&d->clients, number, matches);
    turn(d);
}

void daemon_on_written(struct daemon *d, struct session *s, size_t len, bool blocked, usec now)
{
    d->shared.now = now;
    if (clients_on_written(&d->clients, s, len, blocked))
        turn(d);
}

void daemon_on_deaf(struct daemon *d, struct session *s, usec now)
{
    d->shared.now = now;
    clients_on_deaf(&d->clients, s);
}

void daemon_on_hangup(struct daemon *d, struct session *s, enum why why, int error, usec now)
{
    d->shared.now = now;
    clients_end(&d->clients, s, why, error);
    turn(d);
}

void daemon_on_unread(struct daemon *d, struct session *s, uint64_t unread, usec now)
{
    d->shared.now = now;
    clients_on_unread(&d->clients, s, unread);
    turn(d);
}

/* Goes on with the senders whose turn has come. Each sees what the one before has brought about. */
static void go_on(struct daemon *d)
{
    for (struct session *s; (s = clients_take_due(&d->clients));) {
        clients_go_on(&d->clients, s);
        turn(d);
    }
}

/* -- other daemons and monitors ------------------------------------------------------------- */

void daemon_on_datagram(struct daemon *d, const struct datagram_in *in, usec now)
{
    d->shared.now = now;
    bool leave = !peers_on_datagram(&d->peers, in) &&
                 monitor_on_datagram(&d->monitors, in, d->clients.table.count);
    if (leave && !d->shared.leaving)
        daemon_leave(d, now);
    else
        turn(d);
}

void daemon_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len,
                           usec now)
{
    d->shared.now = now;
    peers_on_unreachable(&d->peers, proc, quoted, len);
    turn(d);
}

void daemon_on_answer(struct daemon *d, const struct question *q, enum host_answer answer, usec now)
{
    d->shared.now = now;
    core_on_answer(d->shared.core, q, answer, now);
    turn(d);
}

/* -- time ---------------------------------------------------------------------------------- */

void daemon_on_time(struct daemon *d, usec now, usec lag, uint64_t wall_s)
{
    d->shared.now = now;
    pressure_on_time(&d->clients);
    go_on(d);
    if (lag >= PAUSE_US)
        table_forgive(&d->clients.table, lag, now);
    clients_end_overdue(&d->clients);
    groups_on_turn(d->shared.groups);
    groups_speak(d->shared.groups, now);
    departures_on_turn(&d->clients);
    revoke_on_turn(&d->clients);
    core_on_time(d->shared.core, now, lag, wall_s);
    peers_on_time(&d->peers);
    turn(d);
}

bool daemon_is_behind(const struct daemon *d)
{
    return groups_are_behind(d->shared.groups) || departures_wait(&d->clients) ||
           revoke_waits(&d->clients) || clients_are_overdue(&d->clients);
}

usec daemon_deadline(const struct daemon *d)
{
    if (daemon_is_behind(d))
        return d->shared.now;
    usec own = usec_earlier(clients_deadline(&d->clients), d->peers.lone_at);
    own = usec_earlier(own, groups_speak_at(d->shared.groups));
    return usec_earlier(core_deadline(d->shared.core), own);
}

bool daemon_needs_looks(const struct daemon *d)
{
    return procset_count(&daemon_view(d)->members) > 1 || table_deadline(&d->clients.table) != NEVER;
}

void daemon_leave(struct daemon *d, usec now)
{
    d->shared.now = now;
    d->shared.leaving = true;
    go_on(d); /* what was read of those that are held is ordered, too */
    core_leave(d->shared.core, now);
    turn(d);
}

void daemon_tell(struct daemon *d, struct event_record *e, usec now)
{
    d->shared.now = now;
    events_tell(&d->shared, e);
}

/* -- another configuration ------------------------------------------------------------------ */

bool daemon_take_reload(struct daemon *d)
{
    return monitor_take_reload(&d->monitors);
}

void daemon_reload(struct daemon *d, const struct conf *conf, int self,
                   const struct auth_policy *auth, const struct keyring *keys)
{
    reload_offer(&d->reload, conf, self, auth, keys);
}

bool daemon_take_over(struct daemon *d, usec now)
{
    d->shared.now = now;
    enum reload_outcome outcome =
        peers_have_datagrams(&d->peers) ? RELOAD_NOT_NOW : reload_take_over(&d->reload);
    if (outcome == RELOAD_NOT_NOW)
        return false;
    clients_on_policy(&d->clients);
    revoke_begin(&d->clients);
    if (outcome == RELOAD_NEW_RING)
        peers_on_renumbered(&d->peers);
    turn(d);
    return true;
}
