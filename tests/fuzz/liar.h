/* SPDX-License-Identifier: MIT
 *
 * liar.h - a member that lies: what an honest daemon sends, with values changed before it leaves. So
 * the liar knows every nonce, life and number that a member knows, and its packets decode.
 *
 * A lie is LIE_BYTES bytes:
 *
 *   offset size
 *     0     1   kind: how the field is changed, or what is forged
 *     1     1   type of packet that it waits for
 *     2     1   how many of those go by before
 *     3     1   field, counted from 0 in the table of that type (liar.c)
 *     4     8   value
 */
#ifndef TESTS_FUZZ_LIAR_H
#define TESTS_FUZZ_LIAR_H

#include "daemon/packet/header.h"

struct core;
struct random;

enum { LIE_BYTES = 12, LIES_MAX = 12, LIE_FORGED_MAX = 2048 };

enum lie_kind {
    LIE_SET,    /* to the value */
    LIE_EDGE,   /* to one of the values at which arithmetic ends */
    LIE_NEAR,   /* by a little more or less */
    LIE_POWER,  /* by a power of two more or less */
    LIE_ALWAYS, /* as LIE_EDGE, from then on in each packet of the type */
    LIE_FORGE,  /* an RDATA or DATA of its own goes out with the packet */
    LIE_KINDS,
};

struct lie {
    enum lie_kind kind;
    uint8_t type, skip, field;
    uint64_t value;
};

struct liar {
    const struct core *core; /* the honest one that it speaks through */
    int procs;
    int count;
    struct lie lies[LIES_MAX];
    uint8_t bytes[PACKET_MAX]; /* the packet as it is sent */
};

void liar_init(struct liar *l, const struct core *core, int procs, const uint8_t *lies, size_t len);
/* The packet as the liar sends it, lent until the next call; *len may change. */
const uint8_t *liar_say(struct liar *l, const uint8_t *packet, size_t *len);
/* A packet that goes out besides; 0: none. Ask until there is none, with the packet that was sent. */
size_t liar_forge(struct liar *l, const uint8_t *packet, size_t len, uint8_t forged[LIE_FORGED_MAX]);

/* Any lie. */
void liar_draw(struct random *r, uint8_t lie[LIE_BYTES]);

#endif
