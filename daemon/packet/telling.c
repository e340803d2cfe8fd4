/* SPDX-License-Identifier: MIT */
#include "daemon/packet/telling.h"

#include "daemon/packet/ids.h"
#include "daemon/packet/pressure.h"

/* -- messages ------------------------------------------------------------------------------ */

void telling_give(struct writer *w, const struct telling *m, int procs)
{
    give_u8(w, CONTROL_TELLING);
    give_u64(w, m->tag);
    give_procset(w, &m->daemons, procs);
    give_u32(w, m->number);
    give_u8(w, m->last);
}

bool telling_take(struct reader *r, struct telling *m, int procs)
{
    bool told = take_u8(r) == CONTROL_TELLING;
    m->tag = take_u64(r);
    m->daemons = take_procset(r, procs);
    m->number = take_u32(r);
    m->last = take_u8(r);
    return told && !r->failed;
}

void telling_mark_last(uint8_t *message, int procs)
{
    message[1 + 8 + (size_t)(procs + 7) / 8 + 4] = 1;
}

/* -- the stream ---------------------------------------------------------------------------- */

void telling_give_count(struct writer *w, uint64_t v)
{
    for (; v >= 0x80; v >>= 7)
        give_u8(w, (uint8_t)(v | 0x80));
    give_u8(w, (uint8_t)v);
}

uint64_t telling_take_count(struct reader *r)
{
    uint64_t v = 0;
    for (int shift = 0; shift < 35; shift += 7) {
        uint8_t b = take_u8(r);
        v |= (uint64_t)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
    r->failed = true;
    return 0;
}

void telling_give_client(struct writer *w, const char *connection, size_t len)
{
    give_u8(w, (uint8_t)len);
    give_bytes(w, connection, len);
}

const char *telling_take_client(struct reader *r, size_t *len)
{
    *len = take_u8(r);
    return (const char *)read_bytes(r, *len);
}

void telling_give_group(struct writer *w, const struct telling_group *g)
{
    give_u8(w, (uint8_t)g->shared);
    give_u8(w, (uint8_t)g->len);
    give_bytes(w, g->rest, g->len);
    give_u32(w, g->proc);
    give_u32(w, g->time);
    give_u32(w, g->index);
    give_u8(w, g->changed);
    telling_give_count(w, g->daemons);
}

void telling_take_group(struct reader *r, struct telling_group *g)
{
    g->shared = take_u8(r);
    g->len = take_u8(r);
    g->rest = (const char *)read_bytes(r, g->len);
    g->proc = take_u32(r);
    g->time = take_u32(r);
    g->index = take_u32(r);
    g->changed = take_u8(r);
    g->daemons = telling_take_count(r);
}
