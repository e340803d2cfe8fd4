/* SPDX-License-Identifier: MIT */
#include "daemon/io/udp.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <linux/errqueue.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/base/quiet.h"
#include "daemon/io/batch.h"
#include "daemon/io/clock.h"
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/replies.h"

enum {
    SOCKETS_MAX = 2 * CONF_INTERFACES_MAX + CONF_SEGMENT_ADDRESSES_MAX + 2,
    DATA_BUFFER = 8 << 20,
    TOKEN_BUFFER = 512 << 10,
    SEND_BUFFER = 4 << 20,
    TRUESIZE = 2304,        /* what a packet of 1,472 bytes takes of a receive buffer, about */
    ROOM = 64 << 10,        /* for a datagram, or several that the kernel has put together */
    CALL = 8,               /* of them a call */
    SMALL = 8 << 10,        /* what is shorter is copied, so that it does not hold so much */
    DATA_BUDGET = 4,        /* calls a turn */
    TOKEN_BUDGET = 4,
    ROOMS_KEPT = 64,
    CONTROL = 256,
};

struct endpoint {
    struct udp *udp;
    int fd;
    bool token_port;
    bool readable;
    struct event event;
};

struct udp {
    const struct conf *conf;
    int self;
    struct daemon *daemon;
    struct endpoint endpoints[SOCKETS_MAX];
    int count;
    int sender;              /* the socket that everything leaves from, but for ... */
    int replies;             /* ... reports to monitors */
    struct event errors, writable;
    bool started, blocked;
    struct batch *batch;
    struct batch_address data[PROCS_MAX], token[PROCS_MAX];
    struct batch_address segment[CONF_SEGMENT_ADDRESSES_MAX];
    int segment_count;
    uint32_t capacity;

    struct block_pool *rooms;
    struct block *room[CALL]; /* what the next calls read into */
    struct block *slab;       /* small datagrams, one behind the other */
    uint32_t slab_used;
    uint64_t refused_told;
    struct quiet quiet_refused;
};

/* -- opening ------------------------------------------------------------------------------- */

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

/* A socket that packets come in by; with GRO the kernel hands over runs of them in one piece. */
static bool add_endpoint(struct udp *u, const struct ip *ip, unsigned port, bool token_port,
                         bool shared, char *why, size_t why_size)
{
    struct sockaddr_storage address;
    socklen_t len = host_sockaddr(&address, ip, (uint16_t)port);
    int fd = new_socket(ip);
    if (fd < 0)
        return fail(why, why_size, "no socket for", ip, port);
    struct endpoint *e = &u->endpoints[u->count++];
    *e = (struct endpoint){.udp = u, .fd = fd, .token_port = token_port};
    if (shared)
        set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
    if (bind(fd, (struct sockaddr *)&address, len) != 0)
        return fail(why, why_size, "cannot listen at", ip, port);
    set(fd, SOL_SOCKET, SO_BROADCAST, 1);
    set(fd, IPPROTO_UDP, UDP_GRO, 1);
    set(fd, IPPROTO_IP, IP_PKTINFO, 1);
    if (ip->family == 6)
        set(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
    int granted = grow_buffer(fd, SO_RCVBUFFORCE, SO_RCVBUF,
                              token_port ? (int)TOKEN_BUFFER : (int)DATA_BUFFER);
    if (!token_port)
        u->capacity = (uint32_t)granted / TRUESIZE;
    return true;
}

/* Another daemon of our segment runs on this machine, so what we send to it must come back here. */
static bool has_neighbour_here(const struct udp *u)
{
    const struct conf_daemon *me = &u->conf->daemons[u->self];
    const struct conf_segment *s = &u->conf->segments[me->segment];
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++)
        if (i != u->self && host_has(&u->conf->daemons[i].ip))
            return true;
    return false;
}

static bool open_sender(struct udp *u, char *why, size_t why_size)
{
    const struct ip *own = &u->conf->daemons[u->self].ip;
    struct sockaddr_storage address;
    socklen_t len = host_sockaddr(&address, own, 0);
    u->sender = new_socket(own);
    if (u->sender < 0 || bind(u->sender, (struct sockaddr *)&address, len) != 0)
        return fail(why, why_size, "cannot send from", own, 0);
    grow_buffer(u->sender, SO_SNDBUFFORCE, SO_SNDBUF, SEND_BUFFER);
    set(u->sender, SOL_SOCKET, SO_BROADCAST, 1);
    bool loop = has_neighbour_here(u);
    if (own->family == 6) {
        int interface = (int)((struct sockaddr_in6 *)&address)->sin6_scope_id;
        set(u->sender, IPPROTO_IPV6, IPV6_RECVERR, 1);
        set(u->sender, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 1);
        set(u->sender, IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop);
        if (interface)
            set(u->sender, IPPROTO_IPV6, IPV6_MULTICAST_IF, interface);
    } else {
        set(u->sender, IPPROTO_IP, IP_RECVERR, 1);
        set(u->sender, IPPROTO_IP, IP_MULTICAST_TTL, 1);
        set(u->sender, IPPROTO_IP, IP_MULTICAST_LOOP, loop);
        setsockopt(u->sender, IPPROTO_IP, IP_MULTICAST_IF,
                   &((struct sockaddr_in *)&address)->sin_addr, sizeof(struct in_addr));
    }
    u->batch = batch_new(u->sender);
    return true;
}

static unsigned port_of(const struct udp *u, int daemon)
{
    return u->conf->segments[u->conf->daemons[daemon].segment].port;
}

/* The interface that has an IPv6 address; 0: let the system choose. */
static unsigned interface_of(const struct ip *own)
{
    return own->zone[0] ? if_nametoindex(own->zone) : 0;
}

static int join(int fd, const struct ip *group, const struct ip *own)
{
    if (group->family == 4) {
        struct ip_mreqn m = {0};
        memcpy(&m.imr_multiaddr, group->bytes, 4);
        memcpy(&m.imr_address, own->bytes, 4);
        return setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &m, sizeof m);
    }
    struct ipv6_mreq m = {.ipv6mr_interface = interface_of(own)};
    memcpy(&m.ipv6mr_multiaddr, group->bytes, 16);
    return setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &m, sizeof m);
}

/* Joins the segment's groups on the data sockets. What cannot be joined ends the start, or is left
 * out with IgnoreMulticastJoinErrors as long as one address is left. */
static bool open_segment(struct udp *u, char *why, size_t why_size)
{
    const struct conf_daemon *me = &u->conf->daemons[u->self];
    const struct conf_segment *s = &u->conf->segments[me->segment];
    for (int i = 0; i < s->address_count; i++) {
        const struct ip *group = &s->addresses[i];
        bool joined = !ip_is_multicast(group);
        for (int k = 0; k < u->count && !joined; k++)
            joined = !u->endpoints[k].token_port && join(u->endpoints[k].fd, group, &me->ip) == 0;
        if (!joined) {
            fail(why, why_size, "cannot join", group, s->port);
            if (!u->conf->ignore_multicast_join_errors)
                return false;
            log_event(log_output(), LOG_NETWORK | LOG_PRINT, LEVEL_WARNING, "%s: left out", why);
            continue;
        }
        struct batch_address *a = &u->segment[u->segment_count++];
        a->len = host_sockaddr(&a->address, group, s->port);
    }
    if (u->segment_count == 0 && s->daemon_count > 1) {
        snprintf(why, why_size, "no address of our segment can be used");
        return false;
    }
    return true;
}

static bool covers(const struct conf_daemon *me, const struct ip *ip)
{
    for (int i = 0; i < me->interface_count; i++)
        if ((me->interfaces[i].uses & CONF_FOR_DAEMONS) && ip_equal(&me->interfaces[i].ip, ip))
            return true;
    return false;
}

static bool open_endpoints(struct udp *u, char *why, size_t why_size)
{
    const struct conf_daemon *me = &u->conf->daemons[u->self];
    const struct conf_segment *s = &u->conf->segments[me->segment];
    struct conf_interface any = {.ip = {.family = me->ip.family}, .uses = CONF_FOR_ALL};
    const struct conf_interface *list = me->interface_count ? me->interfaces : &any;
    int count = me->interface_count ? me->interface_count : 1;
    bool alone = u->conf->daemon_count == 1; /* nobody will send it a token */

    for (int i = 0; i < count; i++) {
        if (!(list[i].uses & CONF_FOR_DAEMONS))
            continue;
        if (!add_endpoint(u, &list[i].ip, s->port, false, false, why, why_size) ||
            (!alone && !add_endpoint(u, &list[i].ip, s->port + 1u, true, false, why, why_size)))
            return false;
    }
    for (int i = 0; me->interface_count && s->daemon_count > 1 && i < s->address_count; i++)
        if (!covers(me, &s->addresses[i]) &&
            !add_endpoint(u, &s->addresses[i], s->port, false, true, why, why_size))
            return false;
    return true;
}

struct udp *udp_open(const struct conf *conf, int self, char *why, size_t why_size)
{
    struct udp *u = memory_new(sizeof *u);
    u->conf = conf;
    u->self = self;
    u->sender = u->replies = -1;
    u->rooms = block_pool_new(ROOM, ROOMS_KEPT);
    if (!open_endpoints(u, why, why_size) || !open_sender(u, why, why_size) ||
        !open_segment(u, why, why_size) ||
        (u->replies = replies_open(&conf->daemons[self].ip, why, why_size)) < 0) {
        udp_close(u);
        return NULL;
    }
    for (int i = 0; i < conf->daemon_count; i++) {
        const struct ip *ip = &conf->daemons[i].ip;
        u->data[i].len = host_sockaddr(&u->data[i].address, ip, (uint16_t)port_of(u, i));
        u->token[i].len = host_sockaddr(&u->token[i].address, ip, (uint16_t)(port_of(u, i) + 1));
    }
    return u;
}

void udp_close(struct udp *u)
{
    if (!u)
        return;
    for (int i = 0; i < u->count; i++) {
        if (u->started)
            event_del(&u->endpoints[i].event);
        close(u->endpoints[i].fd);
    }
    if (u->started) {
        event_del(&u->errors);
        event_del(&u->writable);
    }
    if (u->sender >= 0)
        close(u->sender);
    replies_close(u->replies);
    batch_free(u->batch);
    for (int i = 0; i < CALL; i++)
        block_unref(u->room[i]);
    block_unref(u->slab);
    block_pool_free(u->rooms);
    free(u);
}

uint32_t udp_capacity(const struct udp *u)
{
    return u->capacity;
}

/* -- receiving ----------------------------------------------------------------------------- */

/* A datagram, or a run of equally long ones that the kernel has put together. */
struct arrival {
    struct block *block;
    uint8_t *bytes;
    size_t len, each;
    struct ip source;
    uint16_t source_port;
    bool own_address;
};

/* Whether an address is one that others of our segment get datagrams at, too. */
static bool is_shared(const struct udp *u, const struct ip *to)
{
    const struct conf_segment *s = &u->conf->segments[u->conf->daemons[u->self].segment];
    for (int i = 0; i < s->address_count; i++)
        if (ip_equal(&s->addresses[i], to))
            return true;
    return ip_is_multicast(to);
}

static void read_control(const struct udp *u, struct msghdr *m, struct arrival *a)
{
    a->each = a->len;
    a->own_address = true;
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        struct ip to = {0};
        if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_GRO) {
            int each;
            memcpy(&each, CMSG_DATA(c), sizeof each);
            if (each > 0)
                a->each = (size_t)each;
        } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            to.family = 4;
            memcpy(to.bytes, &info.ipi_addr, 4);
            a->own_address = !is_shared(u, &to);
        } else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(c), sizeof info);
            to.family = 6;
            memcpy(to.bytes, &info.ipi6_addr, 16);
            a->own_address = !is_shared(u, &to);
        }
    }
}

/* Small ones move to a slab, where many share a block; a large one keeps the room it is in. */
static void settle(struct udp *u, struct arrival *a, int room)
{
    if (a->len > SMALL) {
        a->block = u->room[room];
        u->room[room] = NULL;
        return;
    }
    if (u->slab && u->slab->refs == 1)
        u->slab_used = 0;
    if (!u->slab || ROOM - u->slab_used < a->len) {
        block_unref(u->slab);
        u->slab = block_take(u->rooms);
        u->slab_used = 0;
    }
    memcpy(u->slab->bytes + u->slab_used, a->bytes, a->len);
    a->bytes = u->slab->bytes + u->slab_used;
    a->block = block_ref(u->slab);
    u->slab_used += ((uint32_t)a->len + 3) & ~3u;
}

static void hand_over(struct udp *u, const struct endpoint *e, const struct arrival *a)
{
    for (size_t at = 0; at < a->len; at += a->each) {
        struct datagram_in in = {
            .block = a->block,
            .bytes = a->bytes + at,
            .len = a->len - at < a->each ? a->len - at : a->each,
            .source = a->source,
            .source_port = a->source_port,
            .token_port = e->token_port,
            .own_address = a->own_address,
        };
        daemon_on_datagram(u->daemon, &in, clock_now());
    }
}

/* One call's worth. False: there was less than that. */
static bool read_some(struct udp *u, struct endpoint *e)
{
    struct mmsghdr messages[CALL] = {0};
    struct iovec iov[CALL];
    struct sockaddr_storage sources[CALL];
    union {
        struct cmsghdr align;
        char bytes[CONTROL];
    } control[CALL];
    for (int i = 0; i < CALL; i++) {
        if (!u->room[i])
            u->room[i] = block_take(u->rooms);
        iov[i] = (struct iovec){.iov_base = u->room[i]->bytes, .iov_len = ROOM};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &sources[i],
                                              .msg_namelen = sizeof sources[i],
                                              .msg_iov = &iov[i],
                                              .msg_iovlen = 1,
                                              .msg_control = control[i].bytes,
                                              .msg_controllen = CONTROL};
    }
    int n = recvmmsg(e->fd, messages, CALL, MSG_DONTWAIT, NULL);
    for (int i = 0; i < n; i++) {
        struct arrival a = {.bytes = u->room[i]->bytes, .len = messages[i].msg_len};
        if (a.len == 0 || (messages[i].msg_hdr.msg_flags & MSG_TRUNC))
            continue;
        a.source = host_ip(&sources[i], &a.source_port);
        read_control(u, &messages[i].msg_hdr, &a);
        settle(u, &a, i);
        hand_over(u, e, &a);
        block_unref(a.block);
    }
    return n == CALL;
}

static void receive_port(struct udp *u, bool token_port, int budget)
{
    for (int i = 0; i < u->count; i++) {
        struct endpoint *e = &u->endpoints[i];
        if (e->token_port != token_port || !e->readable)
            continue;
        e->readable = false;
        for (int calls = 0; calls < budget && read_some(u, e); calls++)
            ;
    }
}

void udp_receive(struct udp *u)
{
    receive_port(u, false, DATA_BUDGET);
    receive_port(u, true, TOKEN_BUDGET);
}

/* -- what the system says ------------------------------------------------------------------ */

static int daemon_at(const struct udp *u, const struct sockaddr_storage *address)
{
    uint16_t port;
    struct ip ip = host_ip(address, &port);
    for (int i = 0; i < u->conf->daemon_count; i++)
        if (ip_equal(&u->conf->daemons[i].ip, &ip) &&
            (port == port_of(u, i) || port == port_of(u, i) + 1))
            return i;
    return -1;
}

static bool says_nobody_listens(struct msghdr *m)
{
    for (struct cmsghdr *c = CMSG_FIRSTHDR(m); c; c = CMSG_NXTHDR(m, c)) {
        bool ours = (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_RECVERR) ||
                    (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_RECVERR);
        struct sock_extended_err error;
        if (!ours)
            continue;
        memcpy(&error, CMSG_DATA(c), sizeof error);
        if (error.ee_errno == ECONNREFUSED && (error.ee_origin == SO_EE_ORIGIN_ICMP ||
                                               error.ee_origin == SO_EE_ORIGIN_ICMP6))
            return true;
    }
    return false;
}

static void on_errors(evutil_socket_t fd, short what, void *context)
{
    struct udp *u = context;
    (void)what;
    for (int i = 0; i < CALL; i++) {
        struct sockaddr_storage to = {0};
        uint8_t quoted[64];
        union {
            struct cmsghdr align;
            char bytes[2 * CONTROL];
        } control;
        struct iovec iov = {.iov_base = quoted, .iov_len = sizeof quoted};
        struct msghdr m = {.msg_name = &to,
                           .msg_namelen = sizeof to,
                           .msg_iov = &iov,
                           .msg_iovlen = 1,
                           .msg_control = control.bytes,
                           .msg_controllen = sizeof control.bytes};
        ssize_t n = recvmsg(fd, &m, MSG_ERRQUEUE | MSG_DONTWAIT);
        if (n < 0)
            break;
        int daemon = daemon_at(u, &to);
        if (daemon >= 0 && says_nobody_listens(&m))
            daemon_on_unreachable(u->daemon, (uint16_t)daemon, quoted, (size_t)n, clock_now());
    }
    char waste[64]; /* nobody has a reason to send to this port */
    while (recv(fd, waste, sizeof waste, MSG_DONTWAIT) >= 0)
        ;
}

/* -- sending ------------------------------------------------------------------------------- */

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct endpoint *e = context;
    (void)fd;
    (void)what;
    e->readable = true;
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct udp *u = context;
    (void)fd;
    (void)what;
    u->blocked = false;
}

void udp_start(struct udp *u, struct event_base *base, struct daemon *daemon)
{
    u->daemon = daemon;
    for (int i = 0; i < u->count; i++) {
        struct endpoint *e = &u->endpoints[i];
        event_assign(&e->event, base, e->fd, EV_READ | EV_PERSIST, on_readable, e);
        event_add(&e->event, NULL);
    }
    event_assign(&u->errors, base, u->sender, EV_READ | EV_PERSIST, on_errors, u);
    event_add(&u->errors, NULL);
    event_assign(&u->writable, base, u->sender, EV_WRITE, on_writable, u);
    u->started = true;
}

static void add_datagram(struct udp *u, struct datagram_out *out)
{
    if (!out->segment) {
        const struct batch_address *to =
            out->token_port ? &u->token[out->proc] : &u->data[out->proc];
        /* A token must not wait for what comes behind it, nor overtake what was sent before. */
        if (out->token_port)
            batch_flush(u->batch);
        batch_add(u->batch, to, out->block, out->bytes, out->len);
        if (out->token_port)
            batch_flush(u->batch);
        return;
    }
    for (int i = 0; i < u->segment_count; i++)
        batch_add(u->batch, &u->segment[i], block_ref(out->block), out->bytes, out->len);
    block_unref(out->block);
}

static void tell_refused(struct udp *u)
{
    int error;
    uint64_t left_out, refused = batch_refused(u->batch, &error);
    if (refused == u->refused_told || !quiet_may_speak(&u->quiet_refused, clock_now(), &left_out))
        return;
    log_event(log_output(), LOG_NETWORK | LOG_PRINT, LEVEL_WARNING,
              "%llu datagrams to other daemons could not be sent: %s",
              (unsigned long long)(refused - u->refused_told), strerrordesc_np(error));
    u->refused_told = refused;
}

void udp_flush(struct udp *u)
{
    struct datagram_out out;
    while (daemon_next_datagram(u->daemon, &out))
        add_datagram(u, &out);
    replies_send(u->replies, u->daemon);
    if (u->blocked)
        return;
    u->blocked = !batch_flush(u->batch);
    if (u->blocked)
        event_add(&u->writable, NULL);
    tell_refused(u);
}
