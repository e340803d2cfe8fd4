/* SPDX-License-Identifier: MIT */
#include "daemon/packet/control.h"

/* -- keeping a ring turning ---------------------------------------------------------------- */

bool tokack_decode(struct tokack *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->tag = take_u64(&r);
    m->hop = take_u64(&r);
    return reader_done(&r);
}

void tokack_encode(struct writer *w, const struct tokack *m)
{
    give_u64(w, m->tag);
    give_u64(w, m->hop);
}

bool hurry_decode(struct hurry *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->tag = take_u64(&r);
    return reader_done(&r);
}

void hurry_encode(struct writer *w, const struct hurry *m)
{
    give_u64(w, m->tag);
}

bool suspect_decode(struct suspect *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->index = take_index(&r, procs);
    m->inc = take_u32(&r);
    m->reason = take_u8(&r);
    return reader_done(&r) && m->reason < SUSPICIONS;
}

void suspect_encode(struct writer *w, const struct suspect *m)
{
    give_ring_id(w, &m->ring);
    give_u16(w, m->index);
    give_u32(w, m->inc);
    give_u8(w, m->reason);
}

bool leave_decode(struct leave *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    return reader_done(&r);
}

void leave_encode(struct writer *w, const struct leave *m)
{
    give_ring_id(w, &m->ring);
}

/* -- finding each other -------------------------------------------------------------------- */

static void take_sayings(struct reader *r, uint32_t sayings[PROCS_MAX], const struct procset *of)
{
    memset(sayings, 0, PROCS_MAX * sizeof sayings[0]);
    for procset_each(i, of)
        sayings[i] = take_u32(r);
}

static void give_sayings(struct writer *w, const uint32_t sayings[PROCS_MAX],
                        const struct procset *of)
{
    for procset_each(i, of)
        give_u32(w, sayings[i]);
}

static void take_alive(struct reader *r, struct alive *m, int procs)
{
    m->state = take_u8(r);
    m->ring = take_ring_id(r);
    m->promised = take_u64(r);
    m->saying = take_u32(r);
    take_roster(r, &m->heard, procs);
    take_sayings(r, m->heard_sayings, &m->heard.in);
    m->suspects = take_procset(r, procs);
}

bool alive_decode(struct alive *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    take_alive(&r, m, procs);
    return reader_done(&r);
}

void alive_encode(struct writer *w, const struct alive *m, int procs)
{
    give_u8(w, m->state);
    give_ring_id(w, &m->ring);
    give_u64(w, m->promised);
    give_u32(w, m->saying);
    give_roster(w, &m->heard);
    give_sayings(w, m->heard_sayings, &m->heard.in);
    give_procset(w, &m->suspects, procs);
}

static void take_bad_pairs(struct reader *r, struct join *m, int procs)
{
    m->bad_count = take_u8(r);
    if (m->bad_count > BAD_PAIRS_MAX) {
        r->failed = true;
        m->bad_count = 0;
    }
    for (int k = 0; k < m->bad_count; k++) {
        m->bad[k].a = take_index(r, procs);
        m->bad[k].b = take_index(r, procs);
        if (m->bad[k].a >= m->bad[k].b)
            r->failed = true;
    }
}

bool join_decode(struct join *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);

    take_alive(&r, &m->alive, procs);
    m->kind = take_u8(&r);
    m->engaged = take_index(&r, procs);
    take_roster(&r, &m->members, procs);
    take_sayings(&r, m->sayings, &m->members.in);
    take_bad_pairs(&r, m, procs);
    return reader_done(&r) && m->kind < JOIN_KINDS;
}

void join_encode(struct writer *w, const struct join *m, int procs)
{
    alive_encode(w, &m->alive, procs);
    give_u8(w, m->kind);
    give_u16(w, m->engaged);
    give_roster(w, &m->members);
    give_sayings(w, m->sayings, &m->members.in);
    give_u8(w, (uint8_t)m->bad_count);
    for (int k = 0; k < m->bad_count; k++) {
        give_u16(w, m->bad[k].a);
        give_u16(w, m->bad[k].b);
    }
}

bool refer_decode(struct refer *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->to = take_index(&r, procs);
    return reader_done(&r);
}

void refer_encode(struct writer *w, const struct refer *m)
{
    give_u16(w, m->to);
}

bool probe_decode(struct probe *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->leader = take_index(&r, procs);
    return reader_done(&r);
}

void probe_encode(struct writer *w, const struct probe *m)
{
    give_ring_id(w, &m->ring);
    give_u16(w, m->leader);
}

/* -- trying a merge ------------------------------------------------------------------------ */

bool prepare_decode(struct prepare *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->prep = take_u64(&r);
    take_roster(&r, &m->members, procs);
    return reader_done(&r);
}

void prepare_encode(struct writer *w, const struct prepare *m)
{
    give_u64(w, m->prep);
    give_roster(w, &m->members);
}

bool ready_decode(struct ready *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->prep = take_u64(&r);
    m->saying = take_u32(&r);
    m->promised = take_u64(&r);
    take_roster(&r, &m->heard, procs);
    return reader_done(&r);
}

void ready_encode(struct writer *w, const struct ready *m)
{
    give_u64(w, m->prep);
    give_u32(w, m->saying);
    give_u64(w, m->promised);
    give_roster(w, &m->heard);
}

bool hopchk_decode(struct hopchk *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->tag = take_u64(&r);
    return reader_done(&r);
}

void hopchk_encode(struct writer *w, const struct hopchk *m)
{
    give_u64(w, m->tag);
}
