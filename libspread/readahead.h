/* SPDX-License-Identifier: MIT
 *
 * readahead.h - many messages with one system call, while the descriptor tells the truth.
 *
 * Applications select on a mailbox and then receive once, so the descriptor must
 * be readable as long as a message waits. Therefore nothing is taken from the
 * kernel early: the window is a copy, made with MSG_PEEK, of the front of what
 * the kernel holds. Complete messages are handed out of the window without any
 * system call; with the last one, all that was handed out is taken from the
 * kernel by one call. One message costs two calls, and so does a burst.
 *
 *      taken               taken + ahead
 *        |  handed out already  |  complete messages  |  a part  |  not seen yet
 *        +-- the window ---------------------------------------- +
 *        +-- what the kernel has ---------------------------------------------->
 *
 * taken and ahead are shared between the processes that hold the mailbox, the
 * window is each one's own: it is right as long as it was made at the same
 * taken, for the kernel's bytes only grow at their end. So processes take turns
 * without sharing a buffer, and dropping a window never loses anything.
 *
 * Where a mailbox shares memory with its daemon (pipes.h) that memory stands for the kernel, and the window is
 * no copy but a view of it.
 *
 * A message that the window does not show whole is read exactly, its body
 * straight into the caller's memory, and never a byte of the next one.
 *
 * A program that sends before it reads must not hold itself: while a send waits,
 * what has come is kept (readahead_keep) in the store, in front of what the kernel
 * has. The kernel's last byte stays where it is, so the descriptor is readable
 * until the store is empty and that byte, too, was handed out: select, poll and
 * epoll see what they would see had nothing been kept. Who edge-triggers was told
 * when the bytes came, and finds the descriptor readable still.
 *
 *      taken - stored           taken
 *        |       the store        |   the kernel: one byte at least
 *
 * A daemon judges by what is taken from the kernel whether a program reads. One that receives for seconds
 * out of the store does, so half as much as it has received goes from the kernel into the store meanwhile
 * (readahead_follow): half, so that the store comes to an end.
 *
 * The store is memory of one process, so nothing is kept once another may have the
 * mailbox; what was kept before the fork, both have.
 */
#ifndef SPREAD_READAHEAD_H
#define SPREAD_READAHEAD_H

#include <sys/uio.h>

#include "libspread/channel.h"
#include "libspread/shared.h"
#include "libspread/store.h"

struct readahead {
    struct channel channel;
    unsigned born; /* process_forks() when the mailbox was made */
    struct shared *shared;
    struct store store;
    uint8_t *bytes; /* the window, lent by buffers.h; NULL: nothing is seen ahead ... */
    bool in_place;  /* ... or not a copy: what is shared with the daemon (pipes.h) */
    uint32_t len;
    uint64_t from; /* shared->taken when the window was made */
    size_t drawn;  /* bytes that came out of the store since the kernel was followed ... */
    usec follow_at; /* ... which is due again then */
};

/* The next message: its header, and where groups and body are. */
struct incoming {
    struct frame_header header;
    uint32_t front;      /* bytes before the groups */
    uint32_t old_type;   /* of a reject; in our byte order, without marks */
    const uint8_t *rest; /* in the window; NULL: in the store and the kernel */
};

enum arrival {
    ARRIVED,
    NOT_YET, /* only if not told to wait, or the descriptor is non-blocking */
    ENDED,   /* end of the stream, or an error */
};

enum patience {
    WAIT,      /* until a message comes */
    PEEK,      /* what has begun to come will be waited for */
    ALL_OF_IT, /* a message that is here to the last byte, or none */
};

void readahead_init(struct readahead *r, struct channel channel, struct shared *shared,
                    unsigned born);
/* Frees what it has; with the process lock held. */
void readahead_fini(struct readahead *r);

/* The calls below are made with the receive lock held. */

/* Looks at the next message and takes nothing. Its counts are as the daemon wrote them: if one is
 * negative the stream is of no more use. */
enum arrival readahead_next(struct readahead *r, struct incoming *in, enum patience patience);

/* Moves from the kernel into the store what waits there, except the last byte, if not more than
 * that many bytes are in the store then. False: nothing was moved. */
bool readahead_keep(struct readahead *r, size_t limit);

/* Before each message: takes on what the kernel has, if it is time to, within the same limit. */
void readahead_follow(struct readahead *r, size_t limit);

/* The message that readahead_next showed stays, and its front has been told to the application:
 * readahead_waiting no longer counts that. */
void readahead_show(struct readahead *r, const struct incoming *in);

/* Takes the message that readahead_next showed: groups and body go into the pieces in order, which
 * must be as long together; a piece with a NULL base is thrown away. Changes iov. False: the
 * stream ended or broke. */
bool readahead_take(struct readahead *r, const struct incoming *in, struct iovec *iov, int count);

/* Forgets the window; nothing is lost by it. */
void readahead_drop(struct readahead *r);

/* Bytes that wait, as the kernel and what was handed out tell; -1 if the kernel does not. Takes no
 * lock and never waits. */
int readahead_waiting(const struct readahead *r);

#endif
