/* SPDX-License-Identifier: MIT
 *
 * What comes in by the sockets between daemons.
 */
#include <netinet/udp.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "daemon/io/host.h"
#include "daemon/io/udp_inside.h"

enum {
    SMALL = 8 << 10,  /* what is shorter is copied, so that it does not hold so much */
    DATA_BUDGET = 4,  /* calls a turn */
    TOKEN_BUDGET = 4,
    CONTROL = 256,
};

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
    const struct conf_segment *s = udp_own_segment(daemon_in_force(u->daemon));
    bool listed = false;
    for (int i = 0; i < s->address_count; i++)
        listed = listed || ip_equal(&s->addresses[i], to);
    return listed || ip_is_multicast(to);
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
    a->bytes = memcpy(slab_room(&u->slab, a->len), a->bytes, a->len);
    a->block = block_ref(u->slab.block);
    slab_use(&u->slab, (a->len + 3) & ~(size_t)3);
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
    struct mmsghdr messages[UDP_CALL] = {0};
    struct iovec iov[UDP_CALL];
    struct sockaddr_storage sources[UDP_CALL];
    union {
        struct cmsghdr align;
        char bytes[CONTROL];
    } control[UDP_CALL];
    for (int i = 0; i < UDP_CALL; i++) {
        if (!u->room[i])
            u->room[i] = block_take(u->rooms);
        iov[i] = (struct iovec){.iov_base = u->room[i]->bytes, .iov_len = UDP_ROOM};
        messages[i].msg_hdr = (struct msghdr){.msg_name = &sources[i],
                                              .msg_namelen = sizeof sources[i],
                                              .msg_iov = &iov[i],
                                              .msg_iovlen = 1,
                                              .msg_control = control[i].bytes,
                                              .msg_controllen = CONTROL};
    }
    int n = recvmmsg(e->fd, messages, UDP_CALL, MSG_DONTWAIT, NULL);
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
    return n == UDP_CALL;
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct endpoint *e = context;
    (void)fd;
    (void)what;
    e->readable = true;
}

void udp_watch(struct udp *u, struct endpoint *e)
{
    event_assign(&e->event, u->base, e->fd, EV_READ | EV_PERSIST, on_readable, e);
    event_add(&e->event, NULL);
}

static void receive_port(struct udp *u, bool token_port, int budget)
{
    for (int i = 0; i < u->count; i++) {
        struct endpoint *e = u->endpoints[i];
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
