/* SPDX-License-Identifier: MIT
 *
 * split.h - control packets that are longer than a datagram may be: cut into pieces, and put
 * together again.
 *
 * A piece is a packet with PACKET_FRAG whose body begins with id 4, index 1, count 1. A sender
 * has two messages in the making at most; what is older is dropped.
 */
#ifndef SPREAD_PACKET_SPLIT_H
#define SPREAD_PACKET_SPLIT_H

#include "daemon/base/procset.h"
#include "daemon/base/usec.h"
#include "daemon/packet/header.h"

enum {
    SPLIT_PREFIX = 6,
    SPLIT_PIECES_MAX = 64,
    SPLIT_WHOLE_MAX = UINT16_MAX, /* bytes of a whole message */
};

/* How many pieces a body of len takes when each packet has room bytes; 1: it need not be cut. 0: it
 * is too long. */
unsigned split_pieces(size_t len, size_t room);

/* Writes piece index of that many, prefix and all, into at most room bytes; returns its length. */
size_t split_piece(uint8_t *piece, size_t room, uint32_t id, unsigned index, unsigned pieces,
                   const uint8_t *body, size_t len);

struct split_inbox;

struct split_inbox *split_inbox_new(int procs);
void split_inbox_free(struct split_inbox *in);

/* Takes the body of a packet with PACKET_FRAG. True: a message is complete, *body and *len are it,
 * lent until the next call. patience: how long the rest of it may take, if this is its first. */
bool split_take(struct split_inbox *in, const struct packet_header *h, const uint8_t *piece,
                usec patience, usec now, const uint8_t **body, size_t *len);

#endif
