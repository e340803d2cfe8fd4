/* SPDX-License-Identifier: MIT
 *
 * mailbox.h - the mailboxes of this process, found by their descriptor.
 *
 * A connection is entered by each call that uses it and left at the call's end.
 * Closing takes it out of the table at once, so nobody finds it any more, but its
 * descriptor is closed by whoever leaves last: a number is never reused under a
 * call that is still running. Looking up takes no lock.
 *
 * A forked child has the mailboxes of its parent, and no calls in them: the
 * threads that were inside exist in the parent only.
 */
#ifndef SPREAD_MAILBOX_H
#define SPREAD_MAILBOX_H

#include "include/sp.h"
#include "libspread/address.h"
#include "libspread/pipes.h"
#include "libspread/readahead.h"
#include "libspread/shared.h"

/* What a connection was to. */
struct endpoint {
    struct address address;
    uint16_t port; /* ours, which the daemon sees; 0: a Unix socket */
    usec since;    /* when it was made */
};

/* What a layer above has of a connection, at the front of a structure of its own. */
struct attachment {
    void (*free)(struct attachment *a); /* with the process lock held, as is ... */
    /* ... this: we are the child of a fork, and the calls that were inside are the parent's. */
    void (*inherit)(struct attachment *a);
};

struct connection {
    int fd;
    struct tls *tls; /* NULL: bytes are as they are */
    unsigned born; /* process_forks() when it was made */
    struct shared *shared;
    struct shared_slab *slab;  /* where shared lies */
    struct pipes pipes;        /* of a Unix socket */
    struct readahead incoming; /* guarded by shared->receive_lock */
    atomic_int wake;           /* eventfd that ends waits of this process; -1: nobody has waited */
    int edges;                 /* epoll of a send that waits; -1: none does (blocked.h) */
    int waits_in_vain;         /* for room, of sends that had to read ahead then */
    atomic_uint keep_most;     /* bytes that are read ahead while a send waits */
    bool end_noted;            /* guarded by the process lock (ends.h) */
    struct endpoint endpoint;
    _Atomic(struct attachment *) attached; /* NULL: nothing */
    char private_group[MAX_GROUP_NAME];
};

/* A connection that is in no table yet, its private group empty; NULL: no memory. */
struct connection *connection_new(void);
/* For one that was never opened. Closes fd, unless it is -1. */
void connection_free(struct connection *c);

/* Makes c, whose fd is connected, the mailbox of that number. False: no memory. */
bool mailbox_open(struct connection *c);

/* The connection of a live mailbox, which must be left again; NULL if the number is none. */
struct connection *mailbox_enter(mailbox mbox);
void mailbox_leave(struct connection *c);

/* As mailbox_enter, and from now on nobody else finds it. What had it entered before goes on,
 * unless told by shutdown or wake. */
struct connection *mailbox_close(mailbox mbox);

/* False once it was closed: what calls that wait inside ask when they get on. */
bool mailbox_is_open(const struct connection *c);

/* True if no other process can hold this mailbox. */
bool connection_is_alone(const struct connection *c);

/* False: it is one by TLS, and another process has gone on with it. What this process has of it is of
 * no use, and must not disturb that one. */
bool connection_is_ours(const struct connection *c);

/* A descriptor that connection_wake makes readable; -1 where there is none, or nobody to wake. Who
 * waits asks mailbox_is_open after this and before the wait. */
int connection_wake_fd(struct connection *c);
/* Ends the waits of this process, for good. */
void connection_wake(struct connection *c);

/* A send or receive went wrong: nobody can use the connection any more, in any process. Ends the
 * stream too, so that those who wait for it learn. Returns CONNECTION_CLOSED. */
int connection_fail(struct connection *c);

#endif
