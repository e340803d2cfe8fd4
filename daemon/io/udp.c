/* SPDX-License-Identifier: MIT */
#include "daemon/io/udp.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdio.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/replies.h"
#include "daemon/io/udp_inside.h"

enum {
    CONTROL = 512,
    MEMORY_WAIT_US = 1000,
};

/* -- what the system says ------------------------------------------------------------------ */

static int daemon_at(const struct udp *u, const struct sockaddr_storage *address)
{
    uint16_t port;
    struct ip ip = host_ip(address, &port);
    const struct conf *conf = daemon_in_force(u->daemon)->conf;
    for (int i = 0; i < conf->daemon_count; i++)
        if (ip_equal(&conf->daemons[i].ip, &ip) &&
            (port == udp_port_of(conf, i) || port == udp_port_of(conf, i) + 1))
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
    for (int i = 0; i < UDP_CALL; i++) {
        struct sockaddr_storage to = {0};
        uint8_t quoted[64];
        union {
            struct cmsghdr align;
            char bytes[CONTROL];
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
    /* Nobody has a reason to send to this port; who floods it must not keep us here. */
    char waste[64];
    for (int i = 0; i < UDP_CALL && recv(fd, waste, sizeof waste, MSG_DONTWAIT) >= 0; i++)
        ;
}

/* -- sending ------------------------------------------------------------------------------- */

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
    u->base = base;
    for (int i = 0; i < u->count; i++)
        udp_watch(u, u->endpoints[i]);
    event_assign(&u->errors, base, u->sender, EV_READ | EV_PERSIST, on_errors, u);
    event_add(&u->errors, NULL);
    event_assign(&u->writable, base, u->sender, EV_WRITE, on_writable, u);
    event_assign(&u->memory, base, -1, 0, on_writable, u);
    udp_follow(u);
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
              "%llu datagrams to other daemons could not be sent: %s; look at the interfaces, routes and packet "
              "filters of this machine",
              (unsigned long long)(refused - u->refused_told), strerrordesc_np(error));
    u->refused_told = refused;
}

static void await_room(struct udp *u)
{
    struct timeval wait = {.tv_usec = MEMORY_WAIT_US};
    if (batch_wants_memory(u->batch))
        event_add(&u->memory, &wait);
    else
        event_add(&u->writable, NULL);
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
        await_room(u);
    tell_refused(u);
}
