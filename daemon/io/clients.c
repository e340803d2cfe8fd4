/* SPDX-License-Identifier: MIT */
#include "daemon/io/clients.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/base/memory.h"
#include "daemon/io/clock.h"
#include "daemon/io/journal.h"

enum {
    PIECES = 64,            /* iovecs a call */
    WRITE_BUDGET = 1 << 20, /* bytes a client may be written in one turn */
};

struct client {
    struct clients *all;
    struct session *session;
    int fd;
    bool shut; /* refused, and told so: only its end is awaited */
    bool deaf; /* writing to it failed: it is read to its end, and hears no more */
    bool in_journal; /* its coming was written there, so its going will be */
    struct event read, write;
    struct link link;   /* among all */
    struct link paused; /* among those not read for now, or held */
};

struct clients {
    struct event_base *base;
    struct daemon *daemon;
    struct link list;
    struct link paused; /* the daemon reads nobody for now */
    struct link held;   /* the daemon says when it goes on with them: they come as ready */
};

struct clients *clients_new(struct event_base *base, struct daemon *daemon)
{
    struct clients *all = memory_new(sizeof *all);
    all->base = base;
    all->daemon = daemon;
    list_init(&all->list);
    list_init(&all->paused);
    list_init(&all->held);
    return all;
}

static void close_client(struct client *c)
{
    event_del(&c->read);
    event_del(&c->write);
    if (c->in_journal)
        journal_gone(c->all->daemon, c->session, c->fd);
    close(c->fd);
    daemon_forget(c->all->daemon, c->session);
    list_remove(&c->link);
    list_remove(&c->paused);
    free(c);
}

void clients_free(struct clients *all)
{
    if (!all)
        return;
    while (!list_empty(&all->list))
        close_client(list_entry(all->list.next, struct client, link));
    free(all);
}

/* -- reading ------------------------------------------------------------------------------- */

/* A refused client may still be talking: its bytes are thrown away until it hangs up. */
static void drain(struct client *c)
{
    char waste[4096];
    ssize_t n = recv(c->fd, waste, sizeof waste, 0);
    if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR))
        daemon_on_hangup(c->all->daemon, c->session, END_REFUSED, 0, clock_now());
}

/* The handshake may be over, and the session with it. */
static void note_opened(struct client *c)
{
    if (!c->session->opened || c->in_journal)
        return;
    c->in_journal = true;
    journal_connected(c->all->daemon, c->session, c->fd);
}

static void read_input(struct client *c)
{
    struct daemon *d = c->all->daemon;
    struct iovec iov[2];
    int count = daemon_read_room(d, c->session, iov);
    ssize_t n = readv(c->fd, iov, count);
    if (n > 0) {
        daemon_on_read(d, c->session, (size_t)n, clock_now());
        note_opened(c);
    } else if (n == 0)
        daemon_on_hangup(d, c->session, END_CLOSED, 0, clock_now());
    else if (errno != EAGAIN && errno != EINTR)
        daemon_on_hangup(d, c->session, END_BROKEN, errno, clock_now());
}

static void rest(struct client *c)
{
    list_append(daemon_holds(c->session) ? &c->all->held : &c->all->paused, &c->paused);
}

static void on_readable(evutil_socket_t fd, short what, void *context)
{
    struct client *c = context;
    (void)fd;
    (void)what;
    if (c->session->state == SESSION_REFUSED) {
        drain(c);
    } else if (!session_listens(c->session)) {
        event_del(&c->read);
    } else if (daemon_may_read(c->all->daemon, c->session)) {
        read_input(c);
    } else {
        event_del(&c->read);
        rest(c);
    }
}

static void resume_paused(struct clients *all)
{
    while (!list_empty(&all->paused)) {
        struct client *c = list_entry(all->paused.next, struct client, paused);
        if (daemon_may_read(all->daemon, c->session)) {
            list_remove(&c->paused);
            event_add(&c->read, NULL);
        } else if (daemon_holds(c->session)) {
            rest(c);
        } else {
            return;
        }
    }
}

/* -- writing ------------------------------------------------------------------------------- */

/* Writes once. True: all that was offered is out. */
static bool write_once(struct client *c, size_t *budget)
{
    struct iovec iov[PIECES];
    int count = outbox_peek(&c->session->outbox, iov, PIECES);
    struct msghdr message = {.msg_iov = iov, .msg_iovlen = (size_t)count};
    size_t offered = 0;
    for (int i = 0; i < count; i++)
        offered += iov[i].iov_len;

    ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
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

static void write_output(struct client *c)
{
    if (c->deaf) {
        daemon_on_deaf(c->all->daemon, c->session, clock_now());
        return;
    }
    size_t budget = WRITE_BUDGET;
    while (!outbox_empty(&c->session->outbox) && budget > 0)
        if (!write_once(c, &budget))
            break;
    if (!outbox_empty(&c->session->outbox))
        event_add(&c->write, NULL);
    else if (c->session->state == SESSION_REFUSED && !c->shut) {
        c->shut = true;
        shutdown(c->fd, SHUT_WR);
    }
}

static void on_writable(evutil_socket_t fd, short what, void *context)
{
    struct client *c = context;
    (void)fd;
    (void)what;
    write_output(c);
}

static void say_unread(struct client *c)
{
    int unread = 0;
    if (ioctl(c->fd, SIOCOUTQ, &unread) != 0)
        unread = 0;
    daemon_on_unread(c->all->daemon, c->session, (uint64_t)unread, clock_now());
}

void clients_serve(struct clients *all)
{
    struct session *s;
    while ((s = daemon_next_ready(all->daemon))) {
        struct client *c = s->owner;
        note_opened(c);
        if (daemon_asks(s))
            say_unread(c);
        if (s->state != SESSION_GONE)
            write_output(c);
        if (s->state == SESSION_GONE)
            close_client(c);
        else if (!list_empty(&c->paused))
            rest(c);
    }
    resume_paused(all);
}

void clients_add(struct clients *all, int fd, const struct peer *peer)
{
    struct client *c = memory_new(sizeof *c);
    c->all = all;
    c->fd = fd;
    list_init(&c->link);
    list_init(&c->paused);
    list_append(&all->list, &c->link);
    event_assign(&c->read, all->base, fd, EV_READ | EV_PERSIST, on_readable, c);
    event_assign(&c->write, all->base, fd, EV_WRITE, on_writable, c);
    event_add(&c->read, NULL);
    c->session = daemon_accept(all->daemon, peer, c, clock_now());
}
