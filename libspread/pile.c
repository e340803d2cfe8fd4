/* SPDX-License-Identifier: MIT */
#include "libspread/pile.h"

#include <stdlib.h>
#include <string.h>

#include "libspread/buffers.h"

bool pile_open(struct pile *p)
{
    if (p->bytes)
        return true;
    p->bytes = buffer_take();
    p->lent = p->bytes != NULL;
    if (!p->bytes)
        p->bytes = malloc(BUFFER_BYTES);
    p->size = p->bytes ? (size_t)BUFFER_BYTES : 0;
    return p->bytes != NULL;
}

void pile_close(struct pile *p)
{
    struct pile old = *p;
    *p = (struct pile){0}; /* first: a fork in between must not find it in two places */
    if (old.lent)
        buffer_give(old.bytes);
    else
        free(old.bytes);
}

bool pile_grow(struct pile *p, size_t most)
{
    uint8_t *bytes = 2 * p->size <= most ? malloc(2 * p->size) : NULL;
    if (!bytes)
        return false;
    struct pile grown = {bytes, false, p->at, p->len, 2 * p->size};
    memcpy(bytes, p->bytes, p->len);
    pile_close(p);
    *p = grown;
    return true;
}

void pile_pack(struct pile *p)
{
    if (p->at == 0)
        return;
    memmove(p->bytes, p->bytes + p->at, pile_left(p));
    p->len -= p->at;
    p->at = 0;
}
