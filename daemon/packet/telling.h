/* SPDX-License-Identifier: MIT
 *
 * telling.h - what daemons that came together tell the others of who is in which group.
 *
 * It is one stream of bytes, cut anywhere into messages of the control lane. Each begins with
 *
 *   kind 1, tag of the view 8, the daemons told of as a bit for each of all, number of the message 4,
 *   last 1
 *
 *   the stream: for each daemon told of the count of its clients, and of each client the length of
 *   its connection's name 1 and the name; then the count of the groups, and of each in order of
 *   their names: bytes shared with the name before 1, length of the rest 1, the rest, view id 12,
 *   changed 1, count of daemons, and for each its index, count of members and their ordinals among
 *   the clients, each as the distance from the one before.
 *
 * Counts, indices and ordinals are written seven bits to the byte, the low ones first.
 */
#ifndef SPREAD_PACKET_TELLING_H
#define SPREAD_PACKET_TELLING_H

#include "daemon/base/procset.h"
#include "daemon/packet/bytes.h"

enum {
    TELLING_CLIENT_LEAST = 2, /* bytes: a length and a letter */
    TELLING_GROUP_LEAST = 20, /* lengths, a letter, id, changed, and one member of one daemon */
    TELLING_RECORD_MAX = 288, /* bytes: none of what is given below is longer */
};

/* What each message begins with. */
struct telling {
    uint64_t tag; /* of the view */
    struct procset daemons;
    uint32_t number; /* of the message */
    bool last;
};

void telling_give(struct writer *w, const struct telling *m, int procs);
bool telling_take(struct reader *r, struct telling *m, int procs);
/* Says in a message that has been written that it is the last. */
void telling_mark_last(uint8_t *message, int procs);

/* Fails on more than 35 bits. */
void telling_give_count(struct writer *w, uint64_t v);
uint64_t telling_take_count(struct reader *r);

/* The connection's part of a client's name; taken: lent, of len bytes, or NULL. */
void telling_give_client(struct writer *w, const char *connection, size_t len);
const char *telling_take_client(struct reader *r, size_t *len);

/* A group, but for its members. */
struct telling_group {
    size_t shared, len;         /* bytes of its name: of the one before, and its own ... */
    const char *rest;           /* ... which are here */
    uint32_t proc, time, index; /* view id */
    bool changed;
    uint64_t daemons; /* that have members of it */
};

void telling_give_group(struct writer *w, const struct telling_group *g);
void telling_take_group(struct reader *r, struct telling_group *g);

#endif
