/* SPDX-License-Identifier: MIT
 *
 * assembly.h - fragments into messages, one message of each origin at a time.
 */
#ifndef SPREAD_RING_ASSEMBLY_H
#define SPREAD_RING_ASSEMBLY_H

#include <stdbool.h>

#include "daemon/base/message.h"
#include "daemon/base/procset.h"
#include "daemon/packet/data.h"

/* No message is longer; what claims to be is dropped. */
enum { ASSEMBLY_MAX = 1 << 20 };

struct assembly {
    struct block *block; /* NULL: nothing begun */
    uint32_t len, number;
    uint16_t fragment; /* the next one */
};

struct assemblies {
    struct assembly of[PROCS_MAX];
};

/* Adds a fragment of origin. True: that completes a message, *m is it with its reference. A
 * fragment that does not follow the one before ends what was begun.
 *
 * framed: it is one of a client's message, which says in its first 48 bytes how long it is. So a block
 * is made that fits, which matters: one of 1,000 bytes may wait in outboxes for long. What says
 * something else than the truth is believed up to ASSEMBLY_MAX, and not let in when it is complete. */
bool assembly_add(struct assemblies *a, unsigned origin, bool framed, const struct part *p,
                  struct message *m);

/* Drops everything begun. */
void assemblies_drop(struct assemblies *a);

#endif
