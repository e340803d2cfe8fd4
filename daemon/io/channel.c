/* SPDX-License-Identifier: MIT */
#include "daemon/io/channel.h"

#include <errno.h>
#include <linux/sockios.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

void channel_close(struct channel *c)
{
    tls_stream_free(c->tls);
    c->tls = NULL;
    pipe_stream_free(c->pipes, c->fd);
    c->pipes = NULL;
    close(c->fd);
}

ssize_t channel_read(struct channel *c, const struct iovec *iov, int count)
{
    if (c->pipes)
        return pipe_stream_read(c->pipes, c->fd, iov, count);
    return c->tls ? tls_stream_read(c->tls, iov, count) : readv(c->fd, iov, count);
}

/* A session that has become busy is offered memory, once. */
static void note_written(struct channel *c, ssize_t n)
{
    if (n > 0 && c->written < UINT32_MAX / 2)
        c->written += (uint32_t)n;
    if (c->written < c->supply->after || c->supply->used >= c->supply->most)
        return;
    c->pipes = pipe_stream_new(c->supply);
    c->supply = NULL;
}

static ssize_t write_through(struct channel *c, const struct iovec *iov, int count)
{
    ssize_t n = pipe_stream_write(c->pipes, c->fd, iov, count);
    if (pipe_stream_is_idle(c->pipes)) {
        pipe_stream_free(c->pipes, c->fd);
        c->pipes = NULL;
    }
    return n;
}

ssize_t channel_write(struct channel *c, const struct iovec *iov, int count)
{
    struct msghdr m = {.msg_iov = (struct iovec *)(uintptr_t)iov, .msg_iovlen = (size_t)count};
    if (c->tls)
        return tls_stream_write(c->tls, iov, count);
    if (c->pipes)
        return write_through(c, iov, count);
    ssize_t n = sendmsg(c->fd, &m, MSG_NOSIGNAL | MSG_DONTWAIT);
    if (c->supply)
        note_written(c, n);
    return n;
}

bool channel_has_more(const struct channel *c)
{
    return c->pipes ? pipe_stream_has_more(c->pipes) : c->tls && tls_has_more(c->tls);
}

enum room channel_await_room(struct channel *c)
{
    return c->pipes ? pipe_stream_await_room(c->pipes) : ROOM_BY_SOCKET;
}

bool channel_hush(struct channel *c)
{
    return c->pipes && pipe_stream_hush(c->pipes, c->fd);
}

bool channel_flush(struct channel *c)
{
    return !c->tls || tls_flush(c->tls) < 0 || tls_kept(c->tls) == 0;
}

void channel_say_end(struct channel *c)
{
    if (c->tls)
        tls_say_end(c->tls);
    shutdown(c->fd, SHUT_WR);
}

bool channel_drain(struct channel *c)
{
    char waste[4096];
    ssize_t n = recv(c->fd, waste, sizeof waste, MSG_DONTWAIT);
    return n > 0 || (n < 0 && (errno == EAGAIN || errno == EINTR));
}

/* Linux before 5.4 does not tell the window: there what is acknowledged has to do. */
uint64_t channel_unread(struct channel *c, bool local)
{
    int unread = 0;
    struct tcp_info t = {0};
    if (c->pipes && pipe_stream_unread(c->pipes) > 0)
        return pipe_stream_unread(c->pipes);
    socklen_t len = sizeof t;
    if (!local && getsockopt(c->fd, IPPROTO_TCP, TCP_INFO, &t, &len) == 0) {
        window_moves(&c->window, t.tcpi_bytes_acked, t.tcpi_snd_wnd, 1u << t.tcpi_snd_wscale);
        return UINT64_MAX - c->window.edge;
    }
    return ioctl(c->fd, SIOCOUTQ, &unread) == 0 && unread > 0 ? (uint64_t)unread : 0;
}
