/* SPDX-License-Identifier: MIT
 *
 * header.h - what every packet between daemons begins with.
 *
 *   offset size
 *     0     2   magic: 0x53 0x52; no packet of a 5.0.1 monitor begins with it
 *     2     1   version
 *     3     1   type
 *     4     1   flags
 *     5     1   key id; 0: not sealed
 *     6     2   index of the sender
 *     8     4   hash of the configuration
 *    12     8   incarnation of the sender: random, drawn when its process started
 *    20     8   counter: grows with each packet of that incarnation
 *    28     2   length of the body
 *    30     2   index of the receiver, 0xffff: whoever hears it
 *    32         the body; behind it 16 bytes of tag if the key id is not 0
 *
 * All words are most significant byte first. The header is what a seal will
 * authenticate besides the body, so nobody changes it on the way.
 */
#ifndef SPREAD_PACKET_HEADER_H
#define SPREAD_PACKET_HEADER_H

#include "daemon/packet/bytes.h"

enum {
    PACKET_HEADER = 32,
    PACKET_TAG = 16,
    PACKET_VERSION = 2,
    PACKET_MAGIC_0 = 0x53,
    PACKET_MAGIC_1 = 0x52,
    PACKET_MAX = 65507, /* largest UDP payload */
};

enum packet_type {
    PACKET_DATA = 1, /* the first nine: inside a ring */
    PACKET_RDATA,
    PACKET_TOKEN,
    PACKET_TOKACK,
    PACKET_HURRY,
    PACKET_SUSPECT,
    PACKET_LEAVE,
    PACKET_ALIVE, /* who is there */
    PACKET_JOIN,
    PACKET_REFER,
    PACKET_PROBE,
    PACKET_PREPARE, /* would it work */
    PACKET_READY,
    PACKET_HOPCHK,
    PACKET_PROPOSE, /* a new ring */
    PACKET_ACCEPT,
    PACKET_REFUSE,
    PACKET_COMMIT,
    PACKET_RNACK,
    PACKET_RECOVERED,
    PACKET_INSTALL,
    PACKET_ABORT,
    PACKET_TYPES,
};

enum {
    PACKET_ACKREQ = 1, /* answer with TOKACK */
    PACKET_SEGFWD = 2, /* whoever gets it at its own address passes it on to its segment */
    PACKET_FRAG = 4,   /* the body is a piece of a longer one: split.h */
};

struct packet_header {
    uint8_t version, type, flags, key_id;
    uint16_t sender, receiver;
    uint32_t hash;
    uint64_t incarnation, counter;
    uint16_t body_len;
};

/* Whether this is a packet of ours at all, rather than a monitor's. */
static inline bool packet_is_ours(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[0] == PACKET_MAGIC_0 && bytes[1] == PACKET_MAGIC_1;
}

/* False: too short, or length and body length disagree. Version, type, hash and indices are for
 * the caller to judge. */
bool packet_header_decode(struct packet_header *h, const uint8_t *bytes, size_t len);
/* The header of a packet that the system gives back, cut off somewhere behind it. False: too short,
 * or not ours. */
bool packet_header_decode_cut(struct packet_header *h, const uint8_t *bytes, size_t len);
void packet_header_encode(uint8_t bytes[PACKET_HEADER], const struct packet_header *h);

/* "TOKEN" and so on; "?" for what is no type. */
const char *packet_type_name(unsigned type);

#endif
