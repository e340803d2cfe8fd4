/* SPDX-License-Identifier: MIT
 *
 * daemon_shared.h - what the rooms of a daemon are lent: the configuration in force, the core and the
 * groups, the time of the call that is being served, and whom to tell what happens. Each of these has
 * one owner, named here; the others ask.
 *
 *   daemon.c           the wheel: makes the rooms, sets the time, hands in what happens, turns
 *   daemon_clients.h   sessions and their departures       these rooms call neither each other
 *   daemon_peers.h     packets from and to other daemons   nor daemon.c; where one has something for
 *   daemon_monitor.h   monitors                            another, it gives it back to daemon.c
 *   daemon_reload.h    another configuration
 *   daemon_shared.h    events, hints and views: below all of them
 */
#ifndef SPREAD_DAEMON_SHARED_H
#define SPREAD_DAEMON_SHARED_H

#include "daemon/config/in_force.h"
#include "daemon/daemon.h"
#include "daemon/events/report.h"
#include "daemon/groups/groups.h"
#include "daemon/membership/core.h"
#include "daemon/net/partition.h"
#include "daemon/net/ways.h"
#include "daemon/seal/seal.h"
#include "daemon/sight/history.h"
#include "daemon/sight/latency.h"

enum { HINT_TEXT = 400 };

struct shared {
    /* daemon.c's */
    usec now; /* of the call that is being served */
    usec started_at;
    struct core *core;
    struct seal *seal;
    struct groups *groups;
    struct view view; /* installed last; its places follow a reload */
    bool leaving;
    uint32_t slice; /* of work on groups in a turn */
    struct latency latency; /* of our clients' messages */

    /* daemon_reload.c's */
    struct in_force in_force;
    const struct auth_policy *auth;

    /* daemon_monitor.c's: daemons that we are not to hear; daemon_peers.c asks */
    struct partition partition;
    /* daemon_peers.c's: what came from each daemon, by which way; daemon_hints.c asks */
    struct ways ways[CONF_DAEMONS_MAX];
    /* likewise: what came last in the name of each that could not be opened; daemon_monitor.c asks */
    struct unopened {
        enum why why; /* WHY_NONE: nothing did */
        uint8_t key_id;
        usec at;
    } unopened[CONF_DAEMONS_MAX];

    /* daemon_events.c's; every room counts */
    struct counters counters;
    struct history history;
    struct report report;
    void (*on_event)(void *context, const struct event_record *e);
    void *events_context;
    const struct recorder *recorder; /* of that reader; daemon_records.c asks; NULL: none */
};

static inline const struct conf *shared_conf(const struct shared *s)
{
    return s->in_force.conf;
}

/* This daemon, as the configuration has it. */
static inline const struct conf_daemon *shared_me(const struct shared *s)
{
    return &s->in_force.conf->daemons[s->in_force.self];
}

/* What a client of ours sends, or what is said for it, goes into the order. */
static inline void shared_submit(struct shared *s, struct message m, uint8_t service)
{
    latency_on_submit(&s->latency, s->now);
    core_submit(s->core, LANE_CLIENTS, m, service, s->now);
}

/* -- daemon_events.c ------------------------------------------------------------------------- */

/* Completes the record and hands it to all readers. */
void events_tell(struct shared *d, struct event_record *e);
/* One that is about nobody. */
void events_tell_kind(struct shared *d, enum event_kind kind, uint64_t number);

/* -- daemon_hints.c -------------------------------------------------------------------------- */

/* For how long nothing has come from a daemon; 0: nothing ever has. */
uint64_t hints_silence_ms(const struct shared *d, unsigned who);
/* Of the two of a ONE_WAY, what came here of the other one if one is this daemon. */
void hints_ways(const struct shared *d, struct event_record *e);
/* What a person should look at; "" where nothing comes to mind. */
const char *hints_advice(const struct shared *d, const struct event_record *e, char text[HINT_TEXT]);

/* -- daemon_views.c -------------------------------------------------------------------------- */

/* A view is installed, or groups of several sides have come together. */
void views_on_view(struct shared *d);
void views_log_groups(const struct shared *d);

#endif
