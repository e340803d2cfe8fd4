/* SPDX-License-Identifier: MIT */
#include "daemon/io/interfaces.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/memory.h"

enum { READS_A_TURN = 16, BUFFER = 16 << 10 };

struct interfaces {
    int fd;
    struct event readable;
    void (*changed)(void *context, int deleted);
    void *context;
};

static void read_messages(const struct interfaces *s, const struct nlmsghdr *m, size_t len)
{
    for (; NLMSG_OK(m, len); m = NLMSG_NEXT(m, len)) {
        const struct ifinfomsg *link = NLMSG_DATA(m);
        if (m->nlmsg_type == RTM_DELLINK && m->nlmsg_len >= NLMSG_LENGTH(sizeof *link))
            s->changed(s->context, link->ifi_index);
    }
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    const struct interfaces *s = context;
    _Alignas(struct nlmsghdr) char buffer[BUFFER];
    (void)what;
    for (int i = 0; i < READS_A_TURN; i++) {
        struct sockaddr_nl from = {0};
        socklen_t from_len = sizeof from;
        ssize_t n =
            recvfrom(fd, buffer, sizeof buffer, MSG_DONTWAIT, (struct sockaddr *)&from, &from_len);
        if (n < 0 && errno == ENOBUFS)
            s->changed(s->context, INTERFACE_ANY);
        else if (n <= 0)
            break;
        else if (from.nl_pid == 0) /* the kernel speaks, and nobody else */
            read_messages(s, (const struct nlmsghdr *)buffer, (size_t)n);
    }
    s->changed(s->context, INTERFACE_NONE);
}

struct interfaces *interfaces_watch(struct event_base *base,
                                    void (*changed)(void *context, int deleted), void *context)
{
    struct sockaddr_nl groups = {
        .nl_family = AF_NETLINK,
        .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
    };
    int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
    if (fd < 0 || bind(fd, (struct sockaddr *)&groups, sizeof groups) != 0) {
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    struct interfaces *s = memory_new(sizeof *s);
    s->fd = fd;
    s->changed = changed;
    s->context = context;
    event_assign(&s->readable, base, fd, EV_READ | EV_PERSIST, on_readable, s);
    event_add(&s->readable, NULL);
    return s;
}

void interfaces_free(struct interfaces *s)
{
    if (!s)
        return;
    event_del(&s->readable);
    close(s->fd);
    free(s);
}
