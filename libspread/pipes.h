/* SPDX-License-Identifier: MIT
 *
 * pipes.h - a mailbox whose bytes go through memory that it shares with its daemon: wire/pipe.h says how.
 *
 * The daemon offers that memory along with ordinary bytes, once a session on its Unix socket has become
 * busy. It is taken by who receives, if no other process can have the mailbox: one that was forked before
 * has not got it. A process that is forked afterwards has it like its parent; counts are in the memory
 * itself, and who writes and who reads is guarded by the locks that the mailbox has anyway.
 */
#ifndef SPREAD_PIPES_H
#define SPREAD_PIPES_H

#include <stdatomic.h>
#include <sys/types.h>

#include "libspread/shared.h"
#include "libspread/stream.h"
#include "libspread/wire/pipe.h"

struct pipes {
    int fd;                 /* the socket */
    unsigned born;          /* process_forks() when the mailbox was made */
    struct shared *shared;
    _Atomic(void *) memory; /* NULL: bytes go through the socket */
    int offered[PIPE_DESCRIPTORS]; /* that nobody has looked at yet; -1: none */
    int room;               /* readable when there is room, once there is memory */
    usec alive_at;          /* when the daemon was last seen to be there, by who sends */
};

void pipes_init(struct pipes *p, int fd, unsigned born, struct shared *shared);
/* With the process lock held, as is ... */
void pipes_fini(struct pipes *p);
/* ... this: we are the child of a fork. */
void pipes_inherit(struct pipes *p);

/* True: the calls below have to be used. */
static inline bool pipes_are_shared(const struct pipes *p)
{
    return p && atomic_load_explicit(&p->memory, memory_order_acquire);
}

/* As recvmsg() of a socket that pipes do not serve yet; keeps what is offered along with the bytes. */
ssize_t pipes_first(struct pipes *p, struct msghdr *m, int flags);
/* Takes that, if it can. With the receive lock held, and not the process lock. */
void pipes_accept(struct pipes *p);
/* There is something to be accepted. */
static inline bool pipes_were_offered(const struct pipes *p)
{
    return p && p->offered[0] >= 0;
}

/* As recv() with MSG_PEEK and recvmsg(), with MSG_DONTWAIT, MSG_WAITALL and MSG_TRUNC. With the receive
 * lock held. */
ssize_t pipes_peek(struct pipes *p, void *to, size_t size, int flags);
ssize_t pipes_receive(struct pipes *p, struct msghdr *m, int flags);
/* What waits and lies together, where it lies until it is received; NULL: nothing does, or it comes through
 * the socket. */
const uint8_t *pipes_look(struct pipes *p, uint32_t *len);
/* Bytes that wait; -1: the system does not tell. Takes no lock. */
int pipes_waiting(const struct pipes *p);

/* True: what is written from here on goes through the memory, by the next; false: through the socket still. With
 * the send lock held, as is ... */
bool pipes_go_up(struct pipes *p);
/* ... this: writes of m what there is room for. */
enum written pipes_write_now(struct pipes *p, struct msghdr *m);
/* True: what was written may be lost when the connection is closed. What is in the memory the daemon reads first. */
bool pipes_hold_unread(const struct pipes *p);
/* Who waits for room is to be woken, too, when more comes than what it has left. */
void pipes_want_more(struct pipes *p);
/* The descriptor that is readable when there is room for who was told BLOCKED; -1: the socket tells, by
 * being writable. */
int pipes_room_fd(const struct pipes *p);
/* Waits for that, or for the end of the connection. False: the deadline passed. */
bool pipes_await_room(const struct pipes *p, usec deadline);

#endif
