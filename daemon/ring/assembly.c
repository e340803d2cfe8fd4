/* SPDX-License-Identifier: MIT */
#include "daemon/ring/assembly.h"

#include <string.h>

#include "libspread/wire/frame.h"

enum { FIRST_SIZE = 2 << 10 }; /* for what does not say how long it is */

static void drop(struct assembly *a)
{
    block_unref(a->block);
    *a = (struct assembly){0};
}

/* How long the message says it is, of which these are the first bytes; 0: it has not said it yet. */
static size_t said(const uint8_t *bytes, size_t len)
{
    size_t says = len < FRAME_HEADER ? 0 : frame_len(bytes);
    return says < ASSEMBLY_MAX ? says : ASSEMBLY_MAX;
}

/* Of the block that need bytes of the message go into. What lies about its length, or says nothing of
 * it, doubles it each time. */
static size_t size_for(const struct assembly *a, bool framed, const struct part *p, size_t need)
{
    size_t twice = a->block ? 2 * (size_t)a->block->size : FIRST_SIZE;
    size_t says = a->block ? said(a->block->bytes, a->len) : said(p->bytes, p->len);
    if (framed && (says >= need || says == 0))
        return says ? says : need;
    return twice > need ? twice : need;
}

static void make_room(struct assembly *a, bool framed, const struct part *p)
{
    size_t need = a->len + p->len;
    if (a->block && need <= a->block->size)
        return;
    struct block *block = block_new(size_for(a, framed, p, need));
    if (a->block)
        memcpy(block->bytes, a->block->bytes, a->len);
    block_unref(a->block);
    a->block = block;
}

bool assembly_add(struct assemblies *all, unsigned origin, bool framed, const struct part *p,
                  struct message *m)
{
    struct assembly *a = &all->of[origin];
    bool first = p->flags & PART_FIRST;
    if (first)
        drop(a);
    else if (!a->block || p->number != a->number || p->fragment != a->fragment)
        return drop(a), false;
    if (a->len + p->len > ASSEMBLY_MAX)
        return drop(a), false;

    make_room(a, framed, p);
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
