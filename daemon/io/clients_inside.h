/* SPDX-License-Identifier: MIT
 *
 * clients_inside.h - a connection, for clients.c, which reads and closes, and clients_write.c alone.
 */
#ifndef SPREAD_IO_CLIENTS_INSIDE_H
#define SPREAD_IO_CLIENTS_INSIDE_H

#include <event2/event_struct.h>

#include "daemon/io/greeter.h"
#include "daemon/io/http.h"
#include "daemon/io/share.h"

struct client {
    struct clients *all;
    struct session *session;
    struct channel channel;
    struct share share;
    struct greeting *greeting; /* NULL: that is over, or there was none */
    bool shut; /* refused, and told so: only its end is awaited */
    bool deaf; /* writing to it failed: it is read to its end, and hears no more */
    bool in_journal; /* its coming was written there, so its going will be */
    bool held;       /* paused is in that list */
    bool may_share;  /* memory may be offered to it, or was */
    struct event read;
    struct event *write; /* NULL: its socket has always taken what was there for it, as most do */
    struct link link;   /* among all */
    struct link paused; /* among those not read for now, or held */
    struct link again;  /* among those that have more to be read in the next turn */
    struct link turn;   /* of one who is not in: among those that come up, or are in line */
};

struct clients {
    struct event_base *base;
    struct daemon *daemon;
    struct http *http;
    struct pipe_supply pipes;
    long preemptions; /* when they were asked for last */
    struct greeter greeter;
    struct link list;
    size_t count;
    struct link again; /* to be read in the next turn, though their sockets do not say so */
    struct event soon; /* that turn */
    struct link coming; /* who are not in and have something to say, as their sockets tell ... */
    struct link line;   /* ... and those whose sockets are not watched until their turn comes */
    struct link paused; /* the daemon reads nobody for now */
    struct link held;   /* the daemon says when it goes on with them: they come as ready */
};

/* There is work for a turn that no socket will bring about. */
static inline void clients_turn_again(struct clients *all)
{
    static const struct timeval at_once = {0};
    event_add(&all->soon, &at_once);
}

/* It is read and written in the next turn, whatever its socket says. */
static inline void clients_come_again(struct client *c)
{
    list_append(&c->all->again, &c->again);
    clients_turn_again(c->all);
}

/* Writes to c what waits for it, as far as its socket takes it and a turn's share goes. */
void clients_write(struct client *c);
/* The rest is written when there is room for it. */
void clients_await_writable(struct client *c);

#endif
