/* SPDX-License-Identifier: MIT */
#include "daemon/base/block.h"

#include <stdbool.h>
#include <stdlib.h>

#include "daemon/base/memory.h"

struct block_pool {
    uint32_t block_size;
    uint32_t keep_max;
    uint32_t idle;
    uint32_t out; /* taken and not yet released */
    bool closed;
    struct block *free_list;
};

static struct block *allocate(size_t size)
{
    struct block *block = memory_grow(NULL, sizeof *block + size);
    *block = (struct block){.refs = 1, .size = (uint32_t)size};
    return block;
}

struct block_pool *block_pool_new(uint32_t block_size, uint32_t keep_max)
{
    struct block_pool *pool = memory_new(sizeof *pool);
    pool->block_size = block_size;
    pool->keep_max = keep_max;
    return pool;
}

void block_pool_free(struct block_pool *pool)
{
    if (!pool)
        return;
    while (pool->free_list) {
        struct block *block = pool->free_list;
        pool->free_list = block->next_free;
        free(block);
    }
    pool->idle = 0;
    pool->closed = true;
    if (pool->out == 0)
        free(pool);
}

struct block *block_new(size_t size)
{
    return allocate(size);
}

struct block *block_take(struct block_pool *pool)
{
    struct block *block = pool->free_list;
    if (block) {
        pool->free_list = block->next_free;
        pool->idle--;
        block->refs = 1;
    } else {
        block = allocate(pool->block_size);
        block->pool = pool;
    }
    pool->out++;
    return block;
}

void block_release(struct block *block)
{
    struct block_pool *pool = block->pool;
    if (!pool) {
        free(block);
        return;
    }
    pool->out--;
    if (!pool->closed && pool->idle < pool->keep_max) {
        block->next_free = pool->free_list;
        pool->free_list = block;
        pool->idle++;
        return;
    }
    free(block);
    if (pool->closed && pool->out == 0)
        free(pool);
}
