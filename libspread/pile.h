/* SPDX-License-Identifier: MIT
 *
 * pile.h - bytes that are put behind and taken in front, in a block that is there only while it has some.
 */
#ifndef SPREAD_PILE_H
#define SPREAD_PILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes from at to len. */
struct pile {
    uint8_t *bytes;
    bool lent; /* by buffers.h, else allocated */
    size_t at, len, size;
};

static inline size_t pile_left(const struct pile *p)
{
    return p->len - p->at;
}

/* Has a block of BUFFER_BYTES if it had none. False: no memory. */
bool pile_open(struct pile *p);
void pile_close(struct pile *p);
/* Twice as large, if that is not more than most. */
bool pile_grow(struct pile *p, size_t most);
/* All its room is behind. */
void pile_pack(struct pile *p);

#endif
