/* SPDX-License-Identifier: MIT */
#include "daemon/ring/assembly.h"

enum { FIRST_SIZE = 16 << 10 };

static void drop(struct assembly *a)
{
    block_unref(a->block);
    *a = (struct assembly){0};
}

/* Makes room for len more bytes, at least doubling the block. */
static void grow(struct assembly *a, uint32_t len)
{
    uint32_t need = a->len + len, size = a->block ? a->block->size : FIRST_SIZE;
    if (a->block && need <= size)
        return;
    while (size < need)
        size *= 2;
    struct block *block = block_new(size);
    if (a->block)
        memcpy(block->bytes, a->block->bytes, a->len);
    block_unref(a->block);
    a->block = block;
}

bool assembly_add(struct assemblies *all, unsigned origin, const struct part *p, struct message *m)
{
    struct assembly *a = &all->of[origin];
    bool first = p->flags & PART_FIRST;
    if (first)
        drop(a);
    else if (!a->block || p->number != a->number || p->fragment != a->fragment)
        return drop(a), false;
    if (a->len + p->len > ASSEMBLY_MAX)
        return drop(a), false;

    grow(a, p->len);
    memcpy(a->block->bytes + a->len, p->bytes, p->len);
    a->len += p->len;
    a->number = p->number;
    a->fragment = (uint16_t)(p->fragment + 1);
    if (!(p->flags & PART_LAST))
        return false;
    *m = (struct message){.block = a->block, .frame = a->block->bytes, .len = a->len};
    *a = (struct assembly){0};
    return true;
}

void assemblies_drop(struct assemblies *all)
{
    for (int i = 0; i < PROCS_MAX; i++)
        drop(&all->of[i]);
}
