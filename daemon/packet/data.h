/* SPDX-License-Identifier: MIT
 *
 * data.h - DATA and RDATA: numbered packets and the parts of messages in them.
 *
 *   offset size
 *     0     8   tag of the ring
 *     8     8   seq
 *    16     8   DATA: hop of the token during which it was sent
 *    16     8   RDATA: tag of the ring that is being formed, 0 inside a ring
 *    24     1   flags
 *    25     1   number of parts
 *    26     2   RDATA: index of the origin; DATA: 0
 *    28         the parts, each on a multiple of 4:
 *               service 1, flags 1, length 2; number 4, fragment 2, zero 2 unless it is FIRST and
 *               LAST; then its bytes
 *
 * A message is one part, or consecutive fragments of one origin with one number. A part of
 * service 0 is padding. RDATA is what anybody sends who was asked for a packet: the same body but
 * for the fields above.
 */
#ifndef SPREAD_PACKET_DATA_H
#define SPREAD_PACKET_DATA_H

#include "daemon/packet/bytes.h"

enum {
    DATA_HEADER = 28,
    DATA_PART = 4,          /* bytes before a whole message in a packet */
    DATA_FRAGMENT = 12,     /* bytes before a fragment */
    DATA_PARTS_MAX = 255,
};

enum {
    DATA_CONTROL = 1, /* lane 1: messages of the group layer */
    DATA_FLAGS = 1,
};

enum { PART_FIRST = 1, PART_LAST = 2, PART_WHOLE = 3 };

enum { SERVICE_PADDING, SERVICE_AGREED, SERVICE_SAFE, SERVICES };

struct data_header {
    uint64_t tag, seq;
    uint64_t hop;     /* DATA */
    uint64_t attempt; /* RDATA */
    uint8_t flags, parts;
    uint16_t origin;  /* RDATA */
};

struct part {
    uint8_t service, flags;
    uint16_t len, fragment;
    uint32_t number;
    uint8_t *bytes;
};

/* Takes the header of a body apart and walks over all its parts. False: malformed. After that the
 * parts can be read without asking again. */
bool data_decode(struct data_header *h, const uint8_t *body, size_t len);

void data_encode_header(uint8_t body[DATA_HEADER], const struct data_header *h);
/* Makes a DATA body an RDATA body in place, or back. */
void data_mark_resent(uint8_t *body, uint64_t attempt, uint16_t origin);

/* Flags and number of parts of a checked body. */
static inline uint8_t data_flags(const uint8_t *body)
{
    return body[24];
}

static inline unsigned data_parts(const uint8_t *body)
{
    return body[25];
}

/* The part at *at (DATA_HEADER to begin with) of a checked body; moves *at behind it. */
struct part data_part(uint8_t *body, size_t *at);

/* -- writing parts ------------------------------------------------------------------------- */

/* Bytes a part takes with the zeros behind it, up to a multiple of 4. */
static inline size_t data_part_size(bool whole, size_t len)
{
    return ((whole ? DATA_PART : DATA_FRAGMENT) + len + 3) & ~(size_t)3;
}

/* How many bytes a fragment that others follow has in that much space: a multiple of 4, 0 if there
 * is no room for one. */
static inline size_t data_fragment_room(size_t space)
{
    return space < DATA_FRAGMENT + 4 ? 0 : (space - DATA_FRAGMENT) & ~(size_t)3;
}

/* Writes a part, for which there is data_part_size room; returns that size. */
size_t data_put_part(uint8_t *at, const struct part *p);
/* Whether there is room for padding from there to there, and the padding. */
static inline bool data_can_pad(size_t from, size_t to)
{
    return to >= from + DATA_PART;
}
void data_put_padding(uint8_t *body, size_t from, size_t to);

#endif
