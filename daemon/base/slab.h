/* SPDX-License-Identifier: MIT
 *
 * slab.h - bytes one behind the other in blocks of a pool, for packets that are built, sealed or
 * opened: what lies together can leave with one system call, and each holder of a piece holds the
 * block that it lies in.
 */
#ifndef SPREAD_BASE_SLAB_H
#define SPREAD_BASE_SLAB_H

#include "daemon/base/block.h"

enum { SLAB_SIZE = 64 << 10 };

struct slab {
    struct block_pool *pool;
    struct block *block;
    uint32_t used; /* of it */
};

void slab_init(struct slab *s);
void slab_fini(struct slab *s);

/* Room for len bytes, at most SLAB_SIZE, in s->block; the next call may return the same unless
 * slab_use says how many of them were used. */
uint8_t *slab_room(struct slab *s, size_t len);

static inline void slab_use(struct slab *s, size_t len)
{
    s->used += (uint32_t)len;
}

#endif
