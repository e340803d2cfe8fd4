/* SPDX-License-Identifier: MIT
 *
 * message.h - one message between clients: a checked frame in our byte order, exactly as its
 * recipients will read it, and a reference to the block that holds it.
 */
#ifndef SPREAD_BASE_MESSAGE_H
#define SPREAD_BASE_MESSAGE_H

#include "daemon/base/block.h"

struct message {
    struct block *block;
    uint8_t *frame; /* inside the block */
    uint32_t len;
};

static inline void message_ref(const struct message *m)
{
    block_ref(m->block);
}

static inline void message_unref(const struct message *m)
{
    block_unref(m->block);
}

#endif
