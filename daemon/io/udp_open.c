/* SPDX-License-Identifier: MIT
 *
 * Which sockets there are between daemons, by the interfaces and segments of the configuration.
 */
#include <errno.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/port_holder.h"
#include "daemon/io/replies.h"
#include "daemon/io/udp_inside.h"

enum {
    DATA_BUFFER = 8 << 20,
    TOKEN_BUFFER = 512 << 10,
    SEND_BUFFER = 4 << 20,
    TRUESIZE = 2304, /* what a packet of 1,472 bytes takes of a receive buffer, about */
    ROOMS_KEPT = 64,
};

static void set(int fd, int level, int name, int value)
{
    setsockopt(fd, level, name, &value, sizeof value);
}

/* As large as the system lets us; returns what it granted. */
static int grow_buffer(int fd, int force, int name, int wanted)
{
    int granted = 0;
    socklen_t len = sizeof granted;
    if (setsockopt(fd, SOL_SOCKET, force, &wanted, sizeof wanted) != 0)
        set(fd, SOL_SOCKET, name, wanted);
    getsockopt(fd, SOL_SOCKET, name, &granted, &len);
    return granted;
}

static bool fail(char *why, size_t why_size, const char *what, const struct ip *ip, unsigned port)
{
    char text[IP_TEXT];
    snprintf(why, why_size, "%s %s UDP port %u: %s", what, ip_text(ip, text), port,
             strerrordesc_np(errno));
    return false;
}

static int new_socket(const struct ip *ip)
{
    int fd = socket(ip->family == 6 ? AF_INET6 : AF_INET,
                    SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd >= 0 && ip->family == 6)
        set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 0);
    return fd;
}

static bool has_endpoint(const struct udp *u, const struct ip *ip, bool token_port)
{
    for (int i = 0; i < u->count; i++)
        if (u->endpoints[i]->token_port == token_port && ip_equal(&u->endpoints[i]->ip, ip))
            return true;
    return false;
}

static void fail_to_bind(char *why, size_t why_size, const struct ip *ip, unsigned port)
{
    char text[IP_TEXT], who[HOLDER_TEXT];
    if (errno == EADDRINUSE)
        snprintf(why, why_size, "%s UDP port %u is in use: %s has it: end that, or write another port into "
                 "the file, on all hosts",
                 ip_text(ip, text), port, port_holder_udp(ip, (uint16_t)port, who));
    else
        fail(why, why_size, "cannot listen at", ip, port);
}

/* A socket that packets come in by, unless it is there; with GRO the kernel hands over runs of them
 * in one piece. */
static bool add_endpoint(struct udp *u, const struct ip *ip, unsigned port, bool token_port,
                         bool shared, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    socklen_t len = host_sockaddr(&address, ip, (uint16_t)port);
    if (has_endpoint(u, ip, token_port))
        return true;
    int fd = new_socket(ip);
    if (fd < 0)
        return fail(why, why_size, "no socket for", ip, port);
    if (shared)
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, (struct sockaddr *)&address, len) != 0) {
        fail_to_bind(why, why_size, ip, port);
        close(fd);
        return false;
    }
    set(fd, SOL_SOCKET, SO_BROADCAST, 1);
    set(fd, IPPROTO_UDP, UDP_GRO, 1);
    set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (ip->family == 6)
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    int granted = grow_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF,
                              token_port ? (int)TOKEN_BUFFER : (int)DATA_BUFFER);
    if (!token_port)
        u->capacity = (uint32_t)granted / TRUESIZE;
    struct endpoint *e = memory_new(sizeof *e);
    *e = (struct endpoint){.fd = fd, .ip = *ip, .token_port = token_port};
    u->endpoints[u->count++] = e;
    if (u->base)
        udp_watch(u, e);
    return true;
}

static void close_endpoint(struct udp *u, int at)
{
    struct endpoint *e = u->endpoints[at];
    if (u->base)
        event_del(&e->event);
    close(e->fd);
    free(e);
    u->endpoints[at] = u->endpoints[--u->count];
}

/* Another daemon of our segment runs on this machine, so what we send to it must come back here. */
static bool has_neighbour_here(const struct in_force *f)
{
    const struct conf_segment *s = udp_own_segment(f);
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++)
        if (i != f->self && host_has(&f->conf->daemons[i].ip))
            return true;
    return false;
}

/* The interface that has an IPv6 address; 0: let the system choose. */
static unsigned interface_of(const struct ip *own)
{
    return own->zone[0] ? if_nametoindex(own->zone) : 0;
}

static bool open_sender(struct udp *u, const struct ip *own, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    socklen_t len = host_sockaddr(&address, own, 0);
    u->sender = new_socket(own);
    if (u->sender < 0 || bind(u->sender, (struct sockaddr *)&address, len) != 0)
        return fail(why, why_size, "cannot send from", own, 0);
    grow_buffer(u->sender, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    set(u->sender, SOL_SOCKET, SO_BROADCAST, 1);
    set(u->sender, own->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
        own->family == 6 ? IPV6_RECVERR : IP_RECVERR, 1);
    set(u->sender, own->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
        own->family == 6 ? IPV6_MULTICAST_HOPS : IP_MULTICAST_TTL, 1);
    udp_choose_interface(u, own);
    u->batch = batch_new(u->sender);
    return true;
}

bool udp_choose_interface(const struct udp *u, const struct ip *own)
{
    struct in_addr address;
    memcpy(&address, own->bytes, sizeof address);
    if (own->family == 4)
        return setsockopt(u->sender, IPPROTO_IP, IP_MULTICAST_IF, &address, sizeof address) == 0;
    int interface = (int)interface_of(own);
    return interface == 0 || setsockopt(u->sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, &interface,
                                        sizeof interface) == 0;
}

unsigned udp_port_of(const struct conf *conf, int daemon)
{
    return conf->segments[conf->daemons[daemon].segment].port;
}

/* Begins or ends a membership in a segment's group. */
static int change_group(int fd, bool begin, const struct ip *group, const struct ip *own)
{
    if (group->family == 4) {
        struct ip_mreqn m = {0};
        memcpy(&m.imr_multiaddr, group->bytes, 4);
        memcpy(&m.imr_address, own->bytes, 4);
        return setsockopt(fd, IPPROTO_IP, begin ? IP_ADD_MEMBERSHIP : IP_DROP_MEMBERSHIP, &m,
                          sizeof m);
    }
    /* One that was begun by an interface that is gone ends by any. */
    struct ipv6_mreq m = {.ipv6mr_interface = begin ? interface_of(own) : 0};
    memcpy(&m.ipv6mr_multiaddr, group->bytes, 16);
    return setsockopt(fd, IPPROTO_IPV6, begin ? IPV6_JOIN_GROUP : IPV6_LEAVE_GROUP, &m, sizeof m);
}

/* Whether datagrams for that address of our segment come in here; false with errno set. */
static bool join(const struct udp *u, const struct ip *group, const struct ip *own)
{
    bool joined = !ip_is_multicast(group);
    for (int i = 0; i < u->count && !joined; i++)
        joined = !u->endpoints[i]->token_port &&
                 (change_group(u->endpoints[i]->fd, true, group, own) == 0 || errno == EADDRINUSE);
    return joined;
}

bool udp_rejoin(struct udp *u)
{
    const struct in_force *f = daemon_in_force(u->daemon);
    const struct conf_segment *s = udp_own_segment(f);
    for (int i = 0; i < s->address_count; i++)
        for (int k = 0; k < u->count && ip_is_multicast(&s->addresses[i]); k++)
            change_group(u->endpoints[k]->fd, false, &s->addresses[i], udp_own_ip(f));
    udp_use(u, f);
    return u->segment_count == s->address_count ||
           (u->segment_count > 0 && f->conf->ignore_multicast_join_errors);
}

/* Joins the segment's groups. What cannot be joined is an error, or is left out with
 * IgnoreMulticastJoinErrors as long as one address is left. */
static bool join_segment(struct udp *u, const struct in_force *f, char *why, size_t why_size)
{
    const struct conf_segment *s = udp_own_segment(f);
    int joined = 0;
    for (int i = 0; i < s->address_count; i++) {
        if (join(u, &s->addresses[i], udp_own_ip(f))) {
            joined++;
            continue;
        }
        fail(why, why_size, "cannot join", &s->addresses[i], s->port);
        if (!f->conf->ignore_multicast_join_errors)
            return false;
        log_event(log_output(), LOG_NETWORK | LOG_PRINT, LEVEL_WARNING, "%s: left out", why);
    }
    if (joined == 0 && s->daemon_count > 1) {
        snprintf(why, why_size, "no address of our segment can be used: write one that the network passes");
        return false;
    }
    return true;
}

/* Whether a listed interface takes packets of daemons at that address: it is this one or all. */
static bool covers(const struct conf_daemon *me, const struct ip *ip)
{
    for (int i = 0; i < me->interface_count; i++)
        if ((me->interfaces[i].uses & CONF_FOR_DAEMONS) && ip_equal(&me->interfaces[i].ip, ip))
            return true;
    return conf_listens_to_all(me, CONF_FOR_DAEMONS, ip);
}

bool udp_prepare(struct udp *u, const struct in_force *next, char *why, size_t why_size)
{
    const struct conf_daemon *me = &next->conf->daemons[next->self];
    const struct conf_segment *s = udp_own_segment(next);
    struct conf_interface any = {.ip = {.family = me->ip.family}, .uses = CONF_FOR_ALL};
    const struct conf_interface *list = me->interface_count ? me->interfaces : &any;
    int count = me->interface_count ? me->interface_count : 1;
    bool alone = next->conf->daemon_count == 1; /* nobody will send it a token */

    for (int i = 0; i < count; i++) {
        if (!(list[i].uses & CONF_FOR_DAEMONS) ||
            conf_listens_to_all(me, CONF_FOR_DAEMONS, &list[i].ip))
            continue;
        if (!add_endpoint(u, &list[i].ip, s->port, false, false, why, why_size) ||
            (!alone && !add_endpoint(u, &list[i].ip, s->port + 1u, true, false, why, why_size)))
            return false;
    }
    for (int i = 0; me->interface_count && s->daemon_count > 1 && i < s->address_count; i++)
        if (!covers(me, &s->addresses[i]) &&
            !add_endpoint(u, &s->addresses[i], s->port, false, true, why, why_size))
            return false;
    return join_segment(u, next, why, why_size);
}

static bool has_address(const struct in_force *f, const struct ip *ip)
{
    const struct conf_segment *s = udp_own_segment(f);
    for (int i = 0; i < s->address_count; i++)
        if (ip_equal(&s->addresses[i], ip))
            return true;
    return false;
}

void udp_give_up(struct udp *u, const struct in_force *gone, const struct in_force *now)
{
    const struct conf_segment *s = udp_own_segment(gone);
    for (int i = 0; i < s->address_count; i++)
        for (int k = 0; k < u->count && !has_address(now, &s->addresses[i]); k++)
            change_group(u->endpoints[k]->fd, false, &s->addresses[i], udp_own_ip(gone));
    for (int i = u->count - 1; i >= 0; i--) {
        const struct endpoint *e = u->endpoints[i];
        if (!e->token_port && !ip_is_wildcard(&e->ip) &&
            !covers(&now->conf->daemons[now->self], &e->ip) && !has_address(now, &e->ip))
            close_endpoint(u, i);
    }
}

void udp_use(struct udp *u, const struct in_force *now)
{
    const struct ip *own = udp_own_ip(now);
    const struct conf_segment *s = udp_own_segment(now);
    u->segment_count = 0;
    for (int i = 0; i < s->address_count; i++) {
        struct batch_address *a = &u->segment[u->segment_count];
        a->len = host_sockaddr(&a->address, &s->addresses[i], s->port);
        u->segment_count += join(u, &s->addresses[i], own);
    }
    for (int i = 0; i < now->conf->daemon_count; i++) {
        const struct ip *ip = &now->conf->daemons[i].ip;
        unsigned port = udp_port_of(now->conf, i);
        u->data[i].len = host_sockaddr(&u->data[i].address, ip, (uint16_t)port);
        u->token[i].len = host_sockaddr(&u->token[i].address, ip, (uint16_t)(port + 1));
    }
    set(u->sender, own->family == 6 ? IPPROTO_IPV6 : IPPROTO_IP,
        own->family == 6 ? IPV6_MULTICAST_LOOP : IP_MULTICAST_LOOP, has_neighbour_here(now));
}

struct udp *udp_open(const struct in_force *first, char *why, size_t why_size)
{
    const struct ip *own = udp_own_ip(first);
    struct udp *u = memory_new(sizeof *u);
    u->sender = u->replies = -1;
    u->rooms = block_pool_new(UDP_ROOM, ROOMS_KEPT);
    slab_init(&u->slab);
    if (!udp_prepare(u, first, why, why_size) || !open_sender(u, own, why, why_size) ||
        (u->replies = replies_open(own, why, why_size)) < 0) {
        udp_close(u);
        return NULL;
    }
    udp_use(u, first);
    return u;
}

void udp_close(struct udp *u)
{
    if (!u)
        return;
    while (u->count > 0)
        close_endpoint(u, u->count - 1);
    if (u->base) {
        event_del(&u->errors);
        event_del(&u->writable);
        event_del(&u->memory);
        event_del(&u->retry);
        interfaces_free(u->interfaces);
    }
    if (u->sender >= 0)
        close(u->sender);
    replies_close(u->replies);
    batch_free(u->batch);
    for (int i = 0; i < UDP_CALL; i++)
        block_unref(u->room[i]);
    slab_fini(&u->slab);
    block_pool_free(u->rooms);
    free(u);
}

uint32_t udp_capacity(const struct udp *u)
{
    return u->capacity;
}
