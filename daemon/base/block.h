/* SPDX-License-Identifier: MIT
 *
 * block.h - reference-counted bytes: where messages live from the socket they came from to the
 * last socket they go to.
 *
 * A slab is a large block that many messages share; those of a pool are kept for reuse.
 */
#ifndef SPREAD_BASE_BLOCK_H
#define SPREAD_BASE_BLOCK_H

#include <stddef.h>
#include <stdint.h>

struct block_pool;

struct block {
    uint32_t refs;
    uint32_t size;
    struct block_pool *pool; /* where it returns to; NULL: to the heap */
    struct block *next_free;
    uint8_t bytes[];
};

/* Blocks of one size, at most keep_max of which lie idle. The pool may be freed while blocks of
 * it are still referenced; they go to the heap then. */
struct block_pool *block_pool_new(uint32_t block_size, uint32_t keep_max);
void block_pool_free(struct block_pool *pool);

struct block *block_new(size_t size);               /* not zeroed; one reference */
struct block *block_take(struct block_pool *pool);  /* one reference */
void block_release(struct block *block);            /* what block_unref does at 0 */

static inline struct block *block_ref(struct block *block)
{
    block->refs++;
    return block;
}

static inline void block_unref(struct block *block)
{
    if (block && --block->refs == 0)
        block_release(block);
}

#endif
