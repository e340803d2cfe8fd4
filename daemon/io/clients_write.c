/* SPDX-License-Identifier: MIT */
#include <errno.h>

#include "daemon/base/memory.h"
#include "daemon/io/clients_inside.h"
#include "daemon/io/clock.h"

enum {
    PIECES = 64,            /* iovecs a call */
    WRITE_BUDGET = 256 << 10, /* bytes a client may be written in one turn: a tenth of a millisecond by TLS */
};

/* Writes once. True: all that was offered is out. */
static bool write_once(struct client *c, size_t *budget)
{
    struct iovec iov[PIECES];
    int count = outbox_peek(&c->session->outbox, iov, PIECES);
    size_t offered = 0;
    for (int i = 0; i < count; i++)
        offered += iov[i].iov_len;
    ssize_t n = channel_write(&c->channel, iov, count);
    if (n < 0 && errno == EINTR)
        return true;
    if (n < 0 && errno != EAGAIN) {
        /* It has gone, but what it said before may still be in the socket: reading finds both the
         * last words and the end. */
        c->deaf = true;
        return false;
    }
    size_t written = n > 0 ? (size_t)n : 0;
    bool all_out = written == offered;
    *budget = written < *budget ? *budget - written : 0;
    daemon_on_written(c->all->daemon, c->session, written, !all_out, clock_now());
    return all_out;
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct client *c = context;
    (void)fd;
    (void)what;
    clients_write(c);
}

void clients_await_writable(struct client *c)
{
    enum room room = channel_await_room(&c->channel);
    if (room == ROOM_IS_THERE)
        clients_come_again(c);
    if (room != ROOM_BY_SOCKET)
        return;
    if (!c->write) {
        c->write = memory_new(sizeof *c->write);
        event_assign(c->write, c->all->base, c->channel.fd, EV_WRITE, on_writable, c);
    }
    event_add(c->write, NULL);
}

void clients_write(struct client *c)
{
    if (c->deaf) {
        daemon_on_deaf(c->all->daemon, c->session, clock_now());
        return;
    }
    size_t budget = WRITE_BUDGET;
    while (!outbox_empty(&c->session->outbox) && budget > 0)
        if (!write_once(c, &budget))
            break;
    if (!channel_flush(&c->channel) || !outbox_empty(&c->session->outbox))
        clients_await_writable(c);
    else if (c->session->state == SESSION_REFUSED && !c->shut) {
        c->shut = true;
        channel_say_end(&c->channel);
    }
}
