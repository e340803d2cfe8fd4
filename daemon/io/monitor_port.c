/* SPDX-License-Identifier: MIT */
#include "daemon/io/monitor_port.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/host.h"
#include "daemon/io/tcp_port.h"

enum {
    ACCEPTS_A_TURN = 16,
    LOOK_AGAIN_US = 100000, /* after accepting failed: there are no descriptors, say */
};

struct entrance {
    int fd;
    struct event event;
};

struct monitor_port {
    struct entrance list[CONF_INTERFACES_MAX];
    int count;
    struct http *http;
    struct event look_again;
};

static bool open_at(struct monitor_port *p, const struct ip *ip, const struct conf *conf, char *why,
                    size_t why_size)
{
    int fd = tcp_port_open(ip, (uint16_t)conf->monitor_port, conf->socket_port_reuse != CONF_OFF, why,
                           why_size);
    if (fd >= 0)
        p->list[p->count++] = (struct entrance){.fd = fd};
    return fd >= 0;
}

struct monitor_port *monitor_port_open(const struct conf *conf, int self, char *why, size_t why_size)
{
    struct monitor_port *p = memory_new(sizeof *p);
    const struct conf_daemon *me = &conf->daemons[self];
    const struct ip any = {.family = me->ip.family};
    bool ok = true;
    if (conf->monitor_port == 0)
        return p;
    if (me->interface_count == 0)
        ok = open_at(p, &any, conf, why, why_size);
    for (int i = 0; ok && i < me->interface_count; i++)
        if ((me->interfaces[i].uses & CONF_FOR_CLIENTS) &&
            !conf_listens_to_all(me, CONF_FOR_CLIENTS, &me->interfaces[i].ip))
            ok = open_at(p, &me->interfaces[i].ip, conf, why, why_size);
    if (ok)
        return p;
    monitor_port_close(p);
    return NULL;
}

static void set_watched(struct monitor_port *p, bool watched)
{
    for (int i = 0; i < p->count; i++) {
        if (watched)
            event_add(&p->list[i].event, NULL);
        else
            event_del(&p->list[i].event);
    }
}

static void on_look_again(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    set_watched(context, true);
}

static void on_connectable(evutil_socket_t listener, short what, void *context)
{
    struct monitor_port *p = context;
    (void)what;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        struct sockaddr_storage address = {0};
        socklen_t len = sizeof address;
        uint16_t port;
        int fd = accept4(listener, (struct sockaddr *)&address, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd < 0 && errno == EAGAIN)
            return;
        if (fd < 0) {
            struct timeval wait = {.tv_usec = LOOK_AGAIN_US};
            set_watched(p, false);
            event_add(&p->look_again, &wait);
            return;
        }
        struct ip from = host_ip(&address, &port);
        http_take(p->http, fd, &from);
    }
}

void monitor_port_start(struct monitor_port *p, struct event_base *base, struct http *http)
{
    p->http = http;
    event_assign(&p->look_again, base, -1, 0, on_look_again, p);
    for (int i = 0; i < p->count; i++)
        event_assign(&p->list[i].event, base, p->list[i].fd, EV_READ | EV_PERSIST, on_connectable, p);
    set_watched(p, true);
}

void monitor_port_close(struct monitor_port *p)
{
    if (!p)
        return;
    if (p->http) {
        set_watched(p, false);
        event_del(&p->look_again);
    }
    for (int i = 0; i < p->count; i++)
        close(p->list[i].fd);
    free(p);
}
