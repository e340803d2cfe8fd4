/* SPDX-License-Identifier: MIT
 *
 * outbox.h - what waits to be written to one client, in order.
 *
 * Messages stand here by reference. Frames that lie behind each other in one
 * block are one piece, so a burst goes out as few iovecs. An empty outbox holds
 * no memory of its own.
 *
 * A reference keeps a whole block: of 256 KiB, say, for a message of 64 bytes whose neighbours were
 * for others. While the socket takes nothing that adds up, so a message is copied then if little of its
 * block is for this client, or if the blocks here are already much larger than what waits in them: by
 * OUTBOX_WASTE at most, and the block that was first.
 */
#ifndef SPREAD_SESSION_OUTBOX_H
#define SPREAD_SESSION_OUTBOX_H

#include <stdbool.h>
#include <sys/uio.h>

#include "daemon/base/message.h"
#include "daemon/base/usec.h"

enum {
    OUTBOX_IN_PLACE = 2,     /* pieces kept without an allocation */
    OUTBOX_WASTE = 2 << 20,  /* bytes that a blocked one keeps beyond those that wait ... */
    OUTBOX_SLACK = 256 << 10, /* ... which are as many as wait, until then; so many are nothing */
};

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
    uint64_t held;          /* allocated because of them */
    bool blocked;           /* the socket took no more */
    uint32_t thin_bytes;    /* seen in a row of ... */
    const struct block *thin_block; /* ... that block */
    struct piece in_place[OUTBOX_IN_PLACE];
};

void outbox_init(struct outbox *o);
/* Drops what waits; the outbox can be used again. */
void outbox_clear(struct outbox *o);

/* Appends m: a reference of its own, or a copy. */
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
