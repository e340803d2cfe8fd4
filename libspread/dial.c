/* SPDX-License-Identifier: MIT */
#include "libspread/dial.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

/* The functions called dial_ inside return a descriptor, or -errno. */

static usec deadline_after(usec time_left)
{
    usec now = clock_now();
    return time_left < NEVER - now ? now + time_left : NEVER;
}

static int close_with(int fd, int error)
{
    close(fd);
    return -error;
}

/* -- Unix ---------------------------------------------------------------------------------- */

/* Bounds the connect that follows; the zero of no bound is also the end of one. */
static bool set_send_timeout(int fd, usec time_left)
{
    struct timeval t = {.tv_sec = (time_t)(time_left / 1000000),
                        .tv_usec = (suseconds_t)(time_left % 1000000)};
    return setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &t, sizeof t) == 0;
}

/* A non-blocking connect to a Unix socket fails when the daemon's queue is full, and nothing tells
 * when it no longer is. A blocking one waits in line, at most for the send timeout. */
static int connect_in_line(int fd, const struct sockaddr_un *to, usec deadline)
{
    for (;;) {
        if (deadline != NEVER) {
            usec now = clock_now();
            if (now >= deadline)
                return ETIMEDOUT;
            if (!set_send_timeout(fd, deadline - now))
                return errno;
        }
        if (connect(fd, (const struct sockaddr *)to, sizeof *to) == 0)
            break;
        if (errno != EINTR)
            return errno; /* EAGAIN: the time is over */
    }
    return deadline == NEVER || set_send_timeout(fd, 0) ? 0 : errno;
}

static int dial_local(uint16_t port, usec deadline)
{
    struct sockaddr_un to = {.sun_family = AF_UNIX};
    snprintf(to.sun_path, sizeof to.sun_path, "%s/%u", SPREAD_SOCKET_DIR, port);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int error = connect_in_line(fd, &to, deadline);
    return error ? close_with(fd, error) : fd;
}

/* -- TCP ----------------------------------------------------------------------------------- */

static int connect_by(int fd, const struct sockaddr *to, socklen_t to_len, usec deadline)
{
    int error = 0;
    socklen_t len = sizeof error;
    if (connect(fd, to, to_len) == 0)
        return 0;
    if (errno != EINPROGRESS && errno != EINTR)
        return errno;
    if (!stream_wait(fd, POLLOUT, deadline))
        return ETIMEDOUT;
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

/* What is read ahead leaves a byte where it is, and with it the packet it came in, of 64 KiB on
 * loopback; Linux closes the window while no other fits in beside it. Asking for so many bytes makes
 * the buffer larger, and unlike SO_RCVBUF leaves it free to grow. */
static void make_room(int fd)
{
    const int some = 256 * 1024, one = 1;
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &some, sizeof some);
    setsockopt(fd, SOL_SOCKET, SO_RCVLOWAT, &one, sizeof one);
}

/* Small messages must not wait for company, and a daemon that vanishes without a word should be
 * noticed some time. Neither is worth failing for. */
static void set_options(int fd)
{
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
    make_room(fd);
}

static int dial_address(const struct addrinfo *to, usec deadline)
{
    int fd = socket(to->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    set_options(fd);
    int error = connect_by(fd, to->ai_addr, to->ai_addrlen, deadline);
    int flags = error ? 0 : fcntl(fd, F_GETFL);
    if (!error && fcntl(fd, F_SETFL, flags & ~O_NONBLOCK) < 0)
        error = errno;
    return error ? close_with(fd, error) : fd;
}

/* Each address gets an equal share of the time that is left, so that one that swallows packets
 * does not hide a better one behind it. */
static usec share_of(usec deadline, const struct addrinfo *first)
{
    usec now = clock_now(), addresses = 0;
    for (const struct addrinfo *a = first; a; a = a->ai_next)
        addresses++;
    if (deadline == NEVER || now >= deadline)
        return deadline;
    return now + (deadline - now) / addresses;
}

static int dial_all(const struct addrinfo *list, usec deadline)
{
    int fd = -EADDRNOTAVAIL;
    for (const struct addrinfo *a = list; a && fd < 0; a = a->ai_next)
        fd = dial_address(a, share_of(deadline, a));
    return fd;
}

/* -- either -------------------------------------------------------------------------------- */

/* DIAL_CONNECTED: the addresses, which are never none, are in *list. */
static enum dial_result look_up(const struct address *a, struct addrinfo **list)
{
    char port[8];
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    snprintf(port, sizeof port, "%u", a->port);
    int error = getaddrinfo(a->host, port, &hints, list);
    if (error == 0)
        return DIAL_CONNECTED;
    return error == EAI_NONAME ? DIAL_UNKNOWN_HOST : DIAL_REFUSED;
}

/* By a socket that is connected already. */
static enum dial_result secure(const struct address *a, struct dialled *d)
{
    switch (tls_begin(d->channel.fd, a, d->deadline, &d->channel.tls, d->why)) {
    case TLS_BEGUN:
        return DIAL_CONNECTED;
    case TLS_NOT_TRUSTED:
        return DIAL_NOT_TRUSTED;
    case TLS_REFUSED:
        return DIAL_NOT_ADMITTED;
    case TLS_BROKEN_OFF:
        break;
    }
    d->error = ECONNRESET;
    return clock_now() >= d->deadline ? DIAL_TOO_LATE : DIAL_REFUSED;
}

enum dial_result dial(const struct address *a, usec time_left, struct dialled *d)
{
    struct addrinfo *list = NULL;
    *d = (struct dialled){.channel = {.fd = -1}, .error = EHOSTUNREACH};
    if (a->host[0] != '\0') { /* the error is for where names cannot be looked up now */
        enum dial_result r = look_up(a, &list);
        if (r != DIAL_CONNECTED)
            return r;
    }
    d->deadline = deadline_after(time_left);
    int fd = list ? dial_all(list, d->deadline) : dial_local(a->port, d->deadline);
    if (list)
        freeaddrinfo(list);
    if (fd < 0) {
        d->error = -fd;
        return clock_now() >= d->deadline ? DIAL_TOO_LATE : DIAL_REFUSED;
    }
    d->channel.fd = fd;
    enum dial_result r = a->tls ? secure(a, d) : DIAL_CONNECTED;
    if (r != DIAL_CONNECTED) {
        close(fd);
        d->channel.fd = -1;
    }
    return r;
}
