/* SPDX-License-Identifier: MIT
 *
 * outbox.h - what waits to be written to one client, in order.
 *
 * Messages stand here by reference. Frames that lie behind each other in one
 * block are one piece, so a burst goes out as few iovecs. An empty outbox holds
 * no memory of its own.
 */
#ifndef SPREAD_SESSION_OUTBOX_H
#define SPREAD_SESSION_OUTBOX_H

#include <stdbool.h>
#include <sys/uio.h>

#include "daemon/base/message.h"
#include "daemon/base/usec.h"

enum { OUTBOX_IN_PLACE = 2 }; /* pieces kept without an allocation */

struct piece {
    struct block *block;
    uint8_t *at;
    uint32_t len;
    uint32_t messages; /* whole frames in it; 0: bytes of the handshake */
    usec since;        /* when the first of them came */
};

struct outbox {
    struct piece *pieces;   /* a circle; NULL: in_place is used */
    uint32_t head, used, size;
    uint32_t messages;      /* waiting, the half-written one included */
    uint32_t done;          /* bytes already written of the first message */
    uint64_t bytes;         /* waiting */
    bool blocked;           /* the socket took no more */
    const struct block *thin_block; /* see outbox_push */
    uint32_t thin_bytes;
    struct piece in_place[OUTBOX_IN_PLACE];
};

void outbox_init(struct outbox *o);
/* Drops what waits; the outbox can be used again. */
void outbox_clear(struct outbox *o);

/* Appends m, taking a reference of its own. While the socket is blocked a small part of a large
 * block is copied instead, so that a slow reader does not hold whole slabs for little. */
void outbox_push(struct outbox *o, const struct message *m, usec now);
/* Appends bytes of the handshake. */
void outbox_push_bytes(struct outbox *o, const void *bytes, size_t len);

/* What to write next: at most max pieces. Returns how many were filled in. */
int outbox_peek(const struct outbox *o, struct iovec *iov, int max);
/* len bytes of that are written. */
void outbox_written(struct outbox *o, size_t len);

/* When the oldest of what waits came, or the first of those that lay together with it; NEVER: nothing
 * waits. */
usec outbox_oldest(const struct outbox *o);

static inline bool outbox_empty(const struct outbox *o)
{
    return o->used == 0;
}

#endif
