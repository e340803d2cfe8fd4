/* SPDX-License-Identifier: MIT */
#include "daemon/packet/ids.h"

void give_ring_id(struct writer *w, const struct ring_id *id)
{
    give_u64(w, id->epoch);
    give_u16(w, id->leader);
    give_u32(w, id->nonce);
}

struct ring_id take_ring_id(struct reader *r)
{
    struct ring_id id;
    id.epoch = take_u64(r);
    id.leader = take_u16(r);
    id.nonce = take_u32(r);
    return id;
}

uint16_t take_index(struct reader *r, int procs)
{
    uint16_t i = take_u16(r);
    if (i >= procs)
        r->failed = true;
    return r->failed ? 0 : i;
}

void give_roster(struct writer *w, const struct roster *l)
{
    give_u16(w, (uint16_t)procset_count(&l->in));
    for procset_each(i, &l->in) {
        give_u16(w, (uint16_t)i);
        give_u32(w, l->inc[i]);
    }
}

void take_roster(struct reader *r, struct roster *l, int procs)
{
    int count = take_u16(r), last = -1;

    *l = (struct roster){0};
    if (count > procs)
        r->failed = true;
    for (int k = 0; k < count && !r->failed; k++) {
        uint16_t i = take_index(r, procs);
        uint32_t inc = take_u32(r);
        if (r->failed || i <= last || inc == 0) {
            r->failed = true;
            return;
        }
        roster_add(l, i, inc);
        last = i;
    }
}

void give_procset(struct writer *w, const struct procset *s, int procs)
{
    for (int at = 0; at < procs; at += 8)
        give_u8(w, (uint8_t)(s->bits[at / 64] >> (at % 64)));
}

struct procset take_procset(struct reader *r, int procs)
{
    struct procset s = {{0}};
    for (int at = 0; at < procs; at += 8)
        s.bits[at / 64] |= (uint64_t)take_u8(r) << (at % 64);
    for (int i = procs; i < PROCS_MAX; i++)
        if (procset_has(&s, (unsigned)i))
            r->failed = true;
    return s;
}
