/* SPDX-License-Identifier: MIT
 *
 * What a daemon is asked, or told, between two turns of the wheel: it goes to the room that knows, and the
 * wheel does not turn for it.
 */
#include "daemon/daemon_inside.h"

void daemon_on_secured(struct session *s, const char *name)
{
    s->tls = true;
    identities_add_name(&s->identity, KNOWN_CERT, name);
}

void daemon_withdraw(struct daemon *d, struct session *s)
{
    clients_withdraw(&d->clients, s);
}

bool daemon_may_read(const struct daemon *d, const struct session *s)
{
    return clients_may_read(&d->clients, s);
}

bool daemon_holds(const struct session *s)
{
    return clients_hold(s);
}

int daemon_read_room(struct daemon *d, struct session *s, struct iovec iov[2])
{
    return clients_read_room(&d->clients, s, iov);
}

struct session *daemon_next_ready(struct daemon *d)
{
    return clients_take_ready(&d->clients);
}

void daemon_forget(struct daemon *d, struct session *s)
{
    clients_forget(&d->clients, s);
}

void daemon_count_quota(struct daemon *d)
{
    d->shared.counters.refused_quota++;
}

bool daemon_login_waits(const struct daemon *d)
{
    return logins_wait(&d->clients.logins);
}

bool daemon_next_login(struct daemon *d, struct login_question *q)
{
    return clients_next_login(&d->clients, q);
}

bool daemon_next_datagram(struct daemon *d, struct datagram_out *out)
{
    return peers_next_datagram(&d->peers, out);
}

bool daemon_next_question(struct daemon *d, struct host_question *q)
{
    return peers_next_question(&d->peers, q);
}

bool daemon_next_reply(struct daemon *d, struct monitor_reply *out)
{
    return monitor_next_reply(&d->monitors, out);
}

bool daemon_is_leaving(const struct daemon *d)
{
    return d->shared.leaving;
}

bool daemon_has_left(const struct daemon *d)
{
    return d->left;
}

const struct in_force *daemon_in_force(const struct daemon *d)
{
    return &d->shared.in_force;
}

const struct counters *daemon_counters(const struct daemon *d)
{
    return &d->shared.counters;
}

const struct view *daemon_view(const struct daemon *d)
{
    return &d->shared.view;
}

const struct core *daemon_core(const struct daemon *d)
{
    return d->shared.core;
}

const struct groups *daemon_groups(const struct daemon *d)
{
    return d->shared.groups;
}
