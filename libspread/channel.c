/* SPDX-License-Identifier: MIT */
#include "libspread/channel.h"

#include <errno.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "libspread/pipes.h"
#include "libspread/tls.h"

/* After a call that moved nothing: true if it is worth another try. */
static bool try_again(int fd, short events, usec deadline)
{
    if (errno == EINTR)
        return true;
    return errno == EAGAIN && stream_wait(fd, events, deadline);
}

/* Into the first piece at least. flags: MSG_TRUNC, MSG_DONTWAIT, MSG_WAITALL. */
static ssize_t receive(struct channel c, struct msghdr *m, int flags)
{
    if (pipes_are_shared(c.pipes))
        return pipes_receive(c.pipes, m, flags);
    if (c.pipes)
        return pipes_first(c.pipes, m, flags);
    if (!c.tls)
        return recvmsg(c.fd, m, flags);
    return tls_take(c.tls, flags & MSG_TRUNC ? NULL : m->msg_iov->iov_base, m->msg_iov->iov_len);
}

static bool read_all(struct channel c, struct msghdr *m, int flags, usec deadline)
{
    flags |= deadline == NEVER ? MSG_WAITALL : MSG_DONTWAIT;
    stream_advance(m, 0);
    while (m->msg_iovlen > 0) {
        ssize_t n = receive(c, m, flags);
        if (n == 0 || (n < 0 && !try_again(c.fd, POLLIN, deadline)))
            return false;
        stream_advance(m, n > 0 ? (size_t)n : 0);
    }
    return true;
}

bool channel_read(struct channel c, void *bytes, size_t len, usec deadline)
{
    struct iovec iov = {.iov_base = bytes, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    return read_all(c, &m, 0, deadline);
}

bool channel_discard(struct channel c, size_t len, void *waste, size_t size)
{
    while (len > 0) {
        struct iovec iov = {.iov_base = waste, .iov_len = len < size ? len : size};
        struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
        len -= iov.iov_len;
        if (!read_all(c, &m, MSG_TRUNC, NEVER)) /* which spares TCP the copying */
            return false;
    }
    return true;
}

bool channel_read_pieces(struct channel c, struct iovec *iov, int count)
{
    char waste[4096];
    for (int i = 0, end; i < count; i = end) {
        end = i;
        if (!iov[i].iov_base) {
            if (!channel_discard(c, iov[end++].iov_len, waste, sizeof waste))
                return false;
            continue;
        }
        while (end < count && iov[end].iov_base)
            end++;
        struct msghdr m = {.msg_iov = iov + i, .msg_iovlen = (size_t)(end - i)};
        if (!read_all(c, &m, 0, NEVER))
            return false;
    }
    return true;
}

ssize_t channel_peek(struct channel c, void *to, size_t size, bool wait)
{
    int flags = wait ? 0 : MSG_DONTWAIT;
    if (pipes_were_offered(c.pipes))
        pipes_accept(c.pipes);
    if (pipes_are_shared(c.pipes))
        return pipes_peek(c.pipes, to, size, flags);
    if (!c.tls)
        return recv(c.fd, to, size, MSG_PEEK | flags);
    ssize_t n;
    while ((n = tls_peek(c.tls, to, size)) < 0 && errno == EAGAIN && wait)
        stream_wait(c.fd, POLLIN, NEVER);
    return n;
}

ssize_t channel_take_now(struct channel c, void *to, size_t size)
{
    struct iovec iov = {.iov_base = to, .iov_len = size};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    return receive(c, &m, MSG_DONTWAIT);
}

int channel_waiting(struct channel c)
{
    int n;
    if (c.tls)
        return (int)tls_waiting(c.tls);
    if (pipes_are_shared(c.pipes))
        return pipes_waiting(c.pipes);
    return ioctl(c.fd, FIONREAD, &n) == 0 ? n : -1;
}

const uint8_t *channel_look(struct channel c, uint32_t *len)
{
    return pipes_are_shared(c.pipes) ? pipes_look(c.pipes, len) : NULL;
}

int channel_room_fd(struct channel c)
{
    return pipes_are_shared(c.pipes) ? pipes_room_fd(c.pipes) : -1;
}

void channel_want_more(struct channel c)
{
    if (pipes_are_shared(c.pipes))
        pipes_want_more(c.pipes);
}

bool channel_await_room(struct channel c, usec deadline)
{
    if (channel_room_fd(c) >= 0)
        return pipes_await_room(c.pipes, deadline);
    return stream_wait(c.fd, POLLOUT, deadline);
}

enum written channel_write_now(struct channel c, struct msghdr *m)
{
    if (c.tls)
        return tls_write_now(c.tls, m);
    if (pipes_are_shared(c.pipes) && pipes_go_up(c.pipes))
        return pipes_write_now(c.pipes, m);
    stream_advance(m, 0);
    while (m->msg_iovlen > 0) {
        ssize_t n = sendmsg(c.fd, m, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n < 0 && errno != EINTR)
            return errno == EAGAIN ? BLOCKED : BROKEN;
        stream_advance(m, n > 0 ? (size_t)n : 0);
    }
    return ALL_WRITTEN;
}

bool channel_write(struct channel c, const void *bytes, size_t len, usec deadline)
{
    struct iovec iov = {.iov_base = (void *)(uintptr_t)bytes, .iov_len = len};
    struct msghdr m = {.msg_iov = &iov, .msg_iovlen = 1};
    enum written w;
    while ((w = channel_write_now(c, &m)) == BLOCKED)
        if (!channel_await_room(c, deadline))
            break;
    return w == ALL_WRITTEN;
}
