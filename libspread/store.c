/* SPDX-License-Identifier: MIT */
#include "libspread/store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "libspread/lock.h"

enum { CHUNK_BYTES = 64 * 1024 - 64 }; /* and what malloc adds */

struct chunk {
    struct chunk *next;
    uint64_t at; /* place of its first byte in the stream */
    size_t len;
    uint8_t bytes[CHUNK_BYTES];
};

static void drop_first(struct store *st)
{
    struct chunk *c = st->first;
    st->first = c->next;
    if (!st->first)
        st->last = NULL;
    free(c);
}

void store_drop(struct store *st)
{
    while (st->first)
        drop_first(st);
}

static struct chunk *add_chunk(struct store *st, uint64_t at)
{
    struct chunk *c = malloc(sizeof *c);
    if (!c)
        return NULL;
    c->next = NULL;
    c->at = at;
    c->len = 0;
    *(st->last ? &st->last->next : &st->first) = c;
    st->last = c;
    return c;
}

uint8_t *store_room(struct store *st, uint64_t at, size_t *room)
{
    struct chunk *c = st->last;
    assert(!c || c->at + c->len == at);
    if (!c || c->len == CHUNK_BYTES)
        c = add_chunk(st, at);
    if (!c)
        return NULL;
    *room = CHUNK_BYTES - c->len;
    return c->bytes + c->len;
}

void store_added(struct store *st, size_t len)
{
    st->last->len += len;
}

/* The first chunk, those before that place forgotten. */
static struct chunk *chunk_of(struct store *st, uint64_t at)
{
    struct chunk *c = st->first;
    if (c && at < c->at + c->len)
        return c;
    process_lock();
    while ((c = st->first) && at >= c->at + c->len)
        drop_first(st);
    process_unlock();
    return c;
}

void store_take(struct store *st, uint64_t at, uint8_t *to, size_t len)
{
    while (len > 0) {
        struct chunk *c = chunk_of(st, at);
        size_t skip = (size_t)(at - c->at), n = c->len - skip < len ? c->len - skip : len;
        if (to) {
            memcpy(to, c->bytes + skip, n);
            to += n;
        }
        at += n;
        len -= n;
    }
    chunk_of(st, at);
}
