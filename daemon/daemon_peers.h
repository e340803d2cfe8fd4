/* SPDX-License-Identifier: MIT
 *
 * daemon_peers.h - the room of other daemons: their packets in, ours out, and where their hosts are
 * asked whether they live (daemon_hosts.c).
 */
#ifndef SPREAD_DAEMON_PEERS_H
#define SPREAD_DAEMON_PEERS_H

#include "daemon/daemon_shared.h"
#include "daemon/net/route.h"

struct peers_room {
    struct shared *shared;
    struct sending sending; /* being turned into datagrams: the next is routes.list[route_at] */
    struct routes routes;
    int route_at;
    struct sending *relays; /* to be passed on to our segment */
    size_t relay_next, relay_count, relay_size;
    bool heard_one; /* another daemon, since the start */
    usec lone_at; /* whether anybody was heard is to be told then; NEVER: it is not */
};

void peers_init(struct peers_room *r, struct shared *shared);
void peers_fini(struct peers_room *r);

/* False: it is no packet of a daemon, but may be a monitor's. */
bool peers_on_datagram(struct peers_room *r, const struct datagram_in *in);
void peers_on_unreachable(struct peers_room *r, uint16_t proc, const uint8_t *quoted, size_t len);
/* A message that a client sent. False: it is of another daemon and not sound, and is dropped. */
bool peers_let_in(struct peers_room *r, struct ordered *o);
/* Some time after the start, a daemon that has heard nobody says so, once. */
void peers_on_time(struct peers_room *r);
/* Every daemon has another place in the file. */
void peers_on_renumbered(struct peers_room *r);

bool peers_next_datagram(struct peers_room *r, struct datagram_out *out);
bool peers_have_datagrams(const struct peers_room *r);

/* -- daemon_hosts.c -------------------------------------------------------------------------- */

bool peers_next_question(struct peers_room *r, struct host_question *q);

#endif
