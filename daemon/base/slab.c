/* SPDX-License-Identifier: MIT */
#include "daemon/base/slab.h"

#include <assert.h>

enum { SLABS_KEPT = 16 };

void slab_init(struct slab *s)
{
    *s = (struct slab){.pool = block_pool_new(SLAB_SIZE, SLABS_KEPT)};
}

void slab_fini(struct slab *s)
{
    block_unref(s->block);
    block_pool_free(s->pool);
}

uint8_t *slab_room(struct slab *s, size_t len)
{
    assert(len <= SLAB_SIZE);
    if (s->block && s->block->refs == 1)
        s->used = 0; /* nobody refers to it any more */
    if (!s->block || SLAB_SIZE - s->used < len) {
        block_unref(s->block);
        s->block = block_take(s->pool);
        s->used = 0;
    }
    return s->block->bytes + s->used;
}
