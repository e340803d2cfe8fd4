/* SPDX-License-Identifier: MIT */
#include "libspread/blocked.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "include/sp_more.h"

enum {
    ROOM_MOST = 20000, /* us that a send waits for room before it reads ahead */
    ROOM_LEAST = 1000, /* the same once that was in vain again and again */
    RECHECK_MS = 10,   /* where nobody will tell us */
    KEEP_USUAL = sizeof(void *) > 4 ? 256 << 20 : 64 << 20,
    KEEP_MOST = 1 << 30, /* what waits is counted in an int */
};

/* -- waiting ------------------------------------------------------------------------------- */

/* With the process lock held: an epoll that watches fd, or -1. */
static int watch_edges(int fd)
{
    struct epoll_event all = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET};
    int edges = epoll_create1(EPOLL_CLOEXEC);
    if (edges >= 0 && epoll_ctl(edges, EPOLL_CTL_ADD, fd, &all) < 0) {
        close(edges);
        return -1;
    }
    return edges;
}

/* Known to the connection, for the child of a fork has to close it. */
static int edges_of(struct connection *c)
{
    if (c->edges < 0) {
        process_lock();
        c->edges = watch_edges(c->fd);
        process_unlock();
    }
    int room = channel_room_fd(c->incoming.channel);
    struct epoll_event told = {.events = EPOLLIN | EPOLLET};
    if (c->edges >= 0 && room >= 0)
        epoll_ctl(c->edges, EPOLL_CTL_ADD, room, &told); /* where it is watched already, that is all right */
    return c->edges;
}

void blocked_end(struct connection *c)
{
    if (c->edges < 0)
        return;
    process_lock();
    close(c->edges);
    c->edges = -1;
    process_unlock();
}

/* Keeps what has come. *busy: somebody receives, and what he leaves is to be looked at later. */
static bool read_ahead(struct connection *c, bool *busy)
{
    if (c->keep_most == 0 || !connection_is_alone(c))
        return false;
    *busy = !lock_take_until(&c->shared->receive_lock, 0);
    if (*busy)
        return false;
    bool kept = readahead_keep(&c->incoming, c->keep_most);
    if (!kept) {
        channel_want_more(c->incoming.channel);
        kept = readahead_keep(&c->incoming, c->keep_most);
    }
    lock_leave(&c->shared->receive_lock);
    return kept;
}

/* True: there is room, or there will be none. A program that waits for itself soon waits no longer than
 * it must: 20 ms, 10, 5, 2.5, 1.25, 1; and longer again as room comes by itself. */
static bool room_comes(struct connection *c, usec deadline)
{
    usec patience = ROOM_MOST >> c->waits_in_vain, soon;
    if (patience < ROOM_LEAST)
        patience = ROOM_LEAST;
    soon = clock_now() + patience;
    if (channel_await_room(c->incoming.channel, soon < deadline ? soon : deadline)) {
        c->waits_in_vain -= c->waits_in_vain > 0;
        return true;
    }
    if (patience > ROOM_LEAST)
        c->waits_in_vain++;
    return false;
}

bool blocked_wait(struct connection *c, usec deadline, bool first)
{
    struct epoll_event news;
    bool busy = false;
    int ms;
    if (first && room_comes(c, deadline))
        return true;
    if (read_ahead(c, &busy))
        return true;
    int edges = edges_of(c);
    if (!time_left(deadline, busy || edges < 0 ? RECHECK_MS : -1, &ms))
        return false;
    if (edges >= 0)
        epoll_wait(edges, &news, 1, ms);
    else
        channel_await_room(c->incoming.channel, clock_now() + (usec)ms * 1000);
    return true;
}

/* -- the setting --------------------------------------------------------------------------- */

unsigned keep_default(void)
{
    const char *text = getenv("SPREAD_READ_AHEAD");
    char *end;
    if (!text || *text < '0' || *text > '9')
        return KEEP_USUAL;
    unsigned long n = strtoul(text, &end, 10);
    if (*end != '\0')
        return KEEP_USUAL;
    return n < KEEP_MOST ? (unsigned)n : KEEP_MOST;
}

int SP_set_read_ahead(mailbox mbox, int max_bytes)
{
    if (max_bytes < 0)
        return ILLEGAL_MESSAGE;
    struct connection *c = mailbox_enter(mbox);
    if (!c)
        return ILLEGAL_SESSION;
    c->keep_most = max_bytes < KEEP_MOST ? (unsigned)max_bytes : KEEP_MOST;
    mailbox_leave(c);
    return 0;
}
