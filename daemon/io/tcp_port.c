/* SPDX-License-Identifier: MIT */
#include "daemon/io/tcp_port.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/clock.h"
#include "daemon/io/host.h"
#include "daemon/io/log_output.h"
#include "daemon/io/port_holder.h"

enum {
    BACKLOG = 65535,                  /* the system cuts it to its own limit */
    LOW = 1024,
    PATIENCE_US = 65 * USEC_SECOND,   /* TIME-WAIT lasts sixty */
    UNSEEN_PATIENCE_US = USEC_SECOND, /* it may have gone while we looked for it */
    RETRY_US = 100 * USEC_MS,
};

/* The socket, or -1 with errno. */
static int try(const struct ip *ip, uint16_t port, bool reuse)
{
    struct sockaddr_storage address;
    socklen_t len = host_sockaddr(&address, ip, port);
    int on = 1, off = 0;
    int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    if (reuse)
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (ip->family == 6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(fd, (struct sockaddr *)&address, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    int error = errno;
    close(fd);
    errno = error;
    return -1;
}

/* How long it makes sense to wait for the end of such a holder. */
static usec patience(enum port_holder holder)
{
    switch (holder) {
    case HOLDER_REMAINS:
    case HOLDER_CONNECTION:
        return PATIENCE_US;
    case HOLDER_UNSEEN:
        return UNSEEN_PATIENCE_US;
    case HOLDER_LISTENER:
        break;
    }
    return 0;
}

static void tell_wait(enum port_holder holder, const char *where, const char *who)
{
    if (holder != HOLDER_UNSEEN)
        log_event(log_output(), LOG_PRINT, LEVEL_WARNING,
                  "%s is held by %s%s; tried again for a minute", where,
                  holder == HOLDER_CONNECTION ? "a connection of " : "", who);
}

/* Signals that are held reach us here, and end the wait with the process. */
static void wait_a_little(void)
{
    const struct timespec t = {.tv_nsec = RETRY_US * 1000L};
    sigset_t none;
    sigemptyset(&none);
    ppoll(NULL, 0, &t, &none);
}

int tcp_port_open(const struct ip *ip, uint16_t port, bool reuse, char *why, size_t why_size)
{
    char text[IP_TEXT], where[IP_TEXT + 32], who[HOLDER_TEXT];
    const usec begun = clock_now();
    enum port_holder told = HOLDER_UNSEEN, holder;
    int fd;

    snprintf(where, sizeof where, "%s TCP port %u", ip_text(ip, text), port);
    while ((fd = try(ip, port, reuse)) < 0) {
        if (errno != EADDRINUSE) {
            bool low = errno == EACCES && port < LOW;
            snprintf(why, why_size, "cannot listen at %s: %s%s", where, strerror(errno),
                     low ? ": a port under 1024 takes root, or in a unit of systemd "
                           "AmbientCapabilities=CAP_NET_BIND_SERVICE"
                         : "");
            return -1;
        }
        holder = port_holder(ip, port, who);
        if (clock_now() - begun >= patience(holder)) {
            snprintf(why, why_size, "%s is in use: %s %s: end that, or write another port into the file, "
                     "on all hosts",
                     where, who, holder == HOLDER_LISTENER ? "listens there" : "still has it");
            return -1;
        }
        if (holder != told)
            tell_wait(holder, where, who);
        told = holder;
        wait_a_little();
    }
    if (told != HOLDER_UNSEEN)
        log_event(log_output(), LOG_PRINT, LEVEL_INFO, "%s is free now", where);
    return fd;
}
