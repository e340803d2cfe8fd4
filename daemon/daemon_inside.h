/* SPDX-License-Identifier: MIT
 *
 * daemon_inside.h - a daemon's parts, for the daemon*.c files only. daemon.c lets in what happens,
 * hands it to one of those below and turns the wheel: daemon_clients.c speaks with clients,
 * daemon_departures.c sees them off, daemon_peers.c speaks with other daemons, daemon_hosts.c says
 * where their hosts are asked, daemon_monitor.c speaks with monitors, daemon_views.c prints views and
 * groups as 5.0.1 does; below them daemon_events.c tells what happens, and daemon_hints.c what that may
 * come from. None of these turns the wheel itself; daemon_reload.c, which does, is called by none of
 * them.
 */
#ifndef SPREAD_DAEMON_INSIDE_H
#define SPREAD_DAEMON_INSIDE_H

#include "daemon/config/in_force.h"
#include "daemon/daemon.h"
#include "daemon/events/report.h"
#include "daemon/groups/groups.h"
#include "daemon/membership/core.h"
#include "daemon/monitor/monitor.h"
#include "daemon/net/admit.h"
#include "daemon/net/partition.h"
#include "daemon/net/route.h"
#include "daemon/net/ways.h"
#include "daemon/session/crowd.h"
#include "daemon/session/ends.h"
#include "daemon/session/table.h"

enum { REPLIES_MAX = 64 }; /* to monitors, that the I/O has not sent yet */
enum { HINT_TEXT = 400, STRANGER = CONF_DAEMONS_MAX };

/* Departures, in units of work of groups_departure(). */
struct departures {
    struct link waiting; /* sessions that have more to send, in turn */
    uint32_t under_way;  /* is in the order */
    uint32_t done;       /* came back out of it in this turn */
};

struct daemon {
    struct daemon_parts parts;
    struct in_force in_force;
    struct conf *started_with; /* a copy, for what takes a restart */
    const char *name;
    struct core *core;
    struct groups *groups;
    usec now; /* of the call that is being served */
    usec started_at;

    struct session_table table;
    struct intake *intake;
    struct link ready;
    bool reading; /* what core_has_room said last */
    struct crowd crowd;
    struct departures departures;
    struct ends ends;

    struct view view; /* installed last */
    uint64_t seq;     /* of the message that is being taken in, and its part: for the trace */
    uint16_t part;
    struct partition partition;
    struct sending sending; /* being turned into datagrams: the next is routes.list[route_at] */
    struct routes routes;
    int route_at;
    struct sending *relays; /* to be passed on to our segment */
    size_t relay_next, relay_count, relay_size;
    struct monitor_reply replies[REPLIES_MAX]; /* a queue that runs round */
    unsigned reply_first, reply_count;
    bool reload_asked;
    bool leave_asked; /* by a monitor */
    bool leaving, left;
    const struct conf *next_conf; /* to be in force as soon as the ring is at rest; NULL: none */
    int next_self;
    const struct auth_policy *next_auth;
    unsigned ghosts; /* daemons that reloads have removed since the last view */
    struct ways ways[CONF_DAEMONS_MAX];
    usec lone_at; /* whether anybody was heard is to be told then; NEVER: it is not */

    struct counters counters;
    struct report report;
};

/* -- daemon.c -------------------------------------------------------------------------------- */

/* Lets the rooms work until none has anything left to say, or a turn has had its share of work. */
void daemon_run(struct daemon *d);

/* -- daemon_clients.c ------------------------------------------------------------------------ */

/* A message or notice for local sessions; takes over its reference. */
void clients_deliver(struct daemon *d, const struct delivery *e);
void clients_on_read(struct daemon *d, struct session *s, size_t len);
/* True: it does not read and is ended. */
bool clients_on_written(struct daemon *d, struct session *s, size_t len, bool blocked);
void clients_on_deaf(struct daemon *d, struct session *s);
/* Takes up what was set aside when s was held. False: there is no room for it now. */
bool clients_go_on(struct daemon *d, struct session *s);
/* The connection is over, whatever its state. error: what the system says, or 0. */
void clients_end(struct daemon *d, struct session *s, enum why why, int error);
void clients_end_overdue(struct daemon *d);
void clients_free_all(struct daemon *d);

/* -- daemon_departures.c ---------------------------------------------------------------------- */

/* Sends the departure of a session that was open through the order; till then it is a member and
 * its name is taken. */
void departures_begin(struct daemon *d, struct session *s);
/* Some of it has been ordered, and more is to follow. */
void departures_parted(struct daemon *d, const struct name *who);
/* All of it: the name is free. The session whose connection waited for it and is to end; NULL: none
 * does. */
struct session *departures_complete(struct daemon *d, const struct name *who);
/* A turn begins: more may go. */
void departures_on_turn(struct daemon *d);
/* There is more that may go as soon as a turn begins. */
bool departures_wait(const struct daemon *d);

/* -- daemon_peers.c -------------------------------------------------------------------------- */

void peers_on_datagram(struct daemon *d, const struct datagram_in *in);
void peers_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len);
/* Some time after the start, a daemon that has heard nobody says so, once. */
void peers_begin(struct daemon *d);
void peers_on_time(struct daemon *d);
/* daemon_next_datagram has more. */
bool peers_have_datagrams(const struct daemon *d);
void peers_free_all(struct daemon *d);

/* -- daemon_events.c ------------------------------------------------------------------------- */

/* Completes the record and hands it to all readers. */
void events_tell(struct daemon *d, struct event_record *e);
/* One that is about nobody. */
void events_tell_kind(struct daemon *d, enum event_kind kind, uint64_t number);

/* -- daemon_hints.c -------------------------------------------------------------------------- */

/* For how long nothing has come from a daemon; 0: nothing ever has. */
uint64_t hints_silence_ms(const struct daemon *d, unsigned who);
/* Of the two of a ONE_WAY, what came here of the other one if one is this daemon. */
void hints_ways(const struct daemon *d, struct event_record *e);
/* What a person should look at; "" where nothing comes to mind. */
const char *hints_advice(const struct daemon *d, const struct event_record *e, char text[HINT_TEXT]);

/* -- daemon_views.c -------------------------------------------------------------------------- */

void views_log_view(struct daemon *d);
void views_log_groups(struct daemon *d);

/* -- daemon_monitor.c ------------------------------------------------------------------------ */

/* What came to the data port and is no packet of ours. */
void monitor_on_datagram(struct daemon *d, const struct datagram_in *in);

#endif
