/* SPDX-License-Identifier: MIT
 *
 * What becomes of the sockets between daemons when the interface that has our address goes and
 * comes back, as when a machine's network is restarted.
 *
 * Sockets outlive it, but what the system has noted by its number does not: membership in the
 * groups of our segment, and the interface that datagrams for groups leave by. The new interface
 * may even have the old number. So both are done anew.
 */
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/udp_inside.h"

static void retry_later(struct udp *u)
{
    struct timeval second = {.tv_sec = 1};
    event_add(&u->retry, &second);
}

static void follow(struct udp *u)
{
    char text[IP_TEXT];
    const struct ip *own = udp_own_ip(daemon_in_force(u->daemon));
    unsigned now = host_interface_of(own);
    ip_text(own, text);
    if (now != 0 && udp_choose_interface(u, own) && udp_rejoin(u)) {
        u->interface = now;
        u->interface_lost = false;
        event_del(&u->retry);
        log_event(log_output(), LOG_NETWORK | LOG_PRINT, LEVEL_INFO,
                  "an interface has the address %s again: the segment is heard by it", text);
        return;
    }
    retry_later(u); /* the system may have more to do before it lets us */
}

static void on_retry(evutil_socket_t fd, short what, void *context)
{
    (void)fd;
    (void)what;
    follow(context);
}

static void on_change(void *context, int deleted)
{
    struct udp *u = context;
    char text[IP_TEXT];
    const struct ip *own = udp_own_ip(daemon_in_force(u->daemon));
    bool ours = deleted == INTERFACE_ANY || deleted == (int)u->interface;
    if (deleted != INTERFACE_NONE && !ours)
        return;
    if (!u->interface_lost) {
        if (!ours && host_interface_of(own) == u->interface)
            return;
        u->interface_lost = true;
        log_event(log_output(), LOG_NETWORK | LOG_PRINT, LEVEL_WARNING,
                  "the interface that has the address %s has changed or is gone",
                  ip_text(own, text));
    }
    follow(u);
}

void udp_follow(struct udp *u)
{
    u->interface = host_interface_of(udp_own_ip(daemon_in_force(u->daemon)));
    event_assign(&u->retry, u->base, -1, 0, on_retry, u);
    u->interfaces = interfaces_watch(u->base, on_change, u);
}
