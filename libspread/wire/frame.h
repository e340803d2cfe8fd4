/* SPDX-License-Identifier: MIT
 *
 * frame.h - the message frame between client and daemon.
 *
 *   offset size
 *     0     4   type       service or request bits; bits 7 and 31 mark the byte order
 *     4    32   sender     private group; on notices the group
 *    36     4   num_groups
 *    40     4   hint       bits 8-23 mess_type; bits 7 and 31 mark the body's byte order
 *    44     4   data_len
 *    48     4   old type   only if type has FRAME_REJECT
 *          32   each group, then data_len bytes of body
 *
 * type, num_groups and data_len are in the order that type marks; hint is in the
 * order that hint marks. The daemon turns the first three to its own order and
 * leaves the hint as it came.
 */
#ifndef SPREAD_WIRE_FRAME_H
#define SPREAD_WIRE_FRAME_H

#include "libspread/wire/bytes.h"
#include "libspread/wire/names.h"

enum {
    FRAME_HEADER = 48,
    FRAME_TYPE_AT = 0,
    FRAME_SENDER_AT = 4,
    FRAME_GROUPS_AT = 36,
    FRAME_HINT_AT = 40,
    FRAME_LEN_AT = 44,
    FRAME_OLD_TYPE = 4,           /* bytes of the old type in a reject */
    FRAME_GROUPS_MAX = 100,       /* groups a client may name */
    /* Groups and body that a client may send, 32 * groups + data_len: what the library of 5.0.1 lets
     * through. Ours lets through what a daemon of 5.0.1 does not end the connection for. */
    FRAME_PAYLOAD_MAX = 144000,
    FRAME_PAYLOAD_OURS = 143952,
    FRAME_MAX = FRAME_HEADER + FRAME_PAYLOAD_MAX,
};

#define FRAME_ENDIAN_BITS 0x80000080u
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define FRAME_MARK 0x80000080u /* what we write */
#else
#define FRAME_MARK 0u
#endif

/* Bits of the type word. The services and notices are those of sp.h. */
#define FRAME_UNRELIABLE    0x00000001u
#define FRAME_RELIABLE      0x00000002u
#define FRAME_FIFO          0x00000004u
#define FRAME_CAUSAL        0x00000008u
#define FRAME_AGREED        0x00000010u
#define FRAME_SAFE          0x00000020u
#define FRAME_SERVICES      0x0000003fu
#define FRAME_SELF_DISCARD  0x00000040u
#define FRAME_BY_JOIN       0x00000100u
#define FRAME_BY_LEAVE      0x00000200u
#define FRAME_BY_DISCONNECT 0x00000400u
#define FRAME_BY_NETWORK    0x00000800u
#define FRAME_REGULAR       0x00001000u
#define FRAME_TRANSITION    0x00002000u
#define FRAME_NOTICES       0x00003f00u
#define FRAME_JOIN          0x00010000u
#define FRAME_LEAVE         0x00020000u
#define FRAME_KILL          0x00040000u
#define FRAME_REQUESTS      0x00070000u
#define FRAME_INTERNAL      0x00080000u /* 5.0.1's own; never legal from a client */
#define FRAME_REJECT        0x00400000u
#define FRAME_HINT_UNUSED   0x7f00007fu /* bits of the hint that must be zero */

struct frame_header {
    uint32_t type; /* without the mark bits */
    struct name sender;
    int32_t num_groups;
    uint32_t hint; /* as on the wire */
    int32_t data_len;
    bool swapped; /* the writer's byte order is not ours */
};

/* Takes the 48 bytes apart. Judges nothing: counts may be negative or huge. */
void frame_decode(struct frame_header *h, const uint8_t bytes[FRAME_HEADER]);

/* The same 48 bytes in our byte order; sender.text is written zero-padded. */
void frame_encode(uint8_t bytes[FRAME_HEADER], const struct frame_header *h);

/* Groups and body (and a reject's old type) behind the header. Only for counts >= 0. */
static inline uint64_t frame_payload_len(const struct frame_header *h)
{
    return (uint64_t)(uint32_t)h->num_groups * NAME_FIELD + (uint32_t)h->data_len +
           (h->type & FRAME_REJECT ? (uint64_t)FRAME_OLD_TYPE : 0u);
}

/* Length of a frame that was checked and is in our byte order. */
static inline size_t frame_len(const uint8_t *frame)
{
    uint32_t type = word_at(frame + FRAME_TYPE_AT);
    return FRAME_HEADER + (type & FRAME_REJECT ? (size_t)FRAME_OLD_TYPE : 0u) +
           (size_t)word_at(frame + FRAME_GROUPS_AT) * NAME_FIELD + word_at(frame + FRAME_LEN_AT);
}

/* mess_type <-> hint. frame_mess_type also tells whether the body's writer has the other order. */
uint32_t frame_hint(int16_t mess_type);
int16_t frame_mess_type(uint32_t hint, bool *other_order);

/* The hint as a word in our order, mark cleared: for checking its unused bits. */
uint32_t frame_hint_bits(uint32_t hint);

#endif
