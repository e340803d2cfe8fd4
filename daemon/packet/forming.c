/* SPDX-License-Identifier: MIT */
#include "daemon/packet/forming.h"

bool propose_decode(struct propose *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->supersedes = take_ring_id(&r);
    take_roster(&r, &m->members, procs);
    m->echo = take_u8(&r);
    m->tag = take_u64(&r);
    m->echoed = take_u32(&r);
    return reader_done(&r) && m->echo < ECHO_KINDS;
}

void propose_encode(struct writer *w, const struct propose *m)
{
    give_ring_id(w, &m->ring);
    give_ring_id(w, &m->supersedes);
    give_roster(w, &m->members);
    give_u8(w, m->echo);
    give_u64(w, m->tag);
    give_u32(w, m->echoed);
}

bool accept_decode(struct accept *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->nonce = take_u32(&r);
    m->old_ring = take_ring_id(&r);
    m->aru = take_u64(&r);
    m->high = take_u64(&r);
    m->stable = take_u64(&r);
    take_seqmap(&r, &m->have);
    m->obligations = take_procset(&r, procs);
    m->promised = take_u64(&r);
    m->capacity = take_u32(&r);
    m->packet_size = take_u16(&r);
    return reader_done(&r) && m->have.from == m->aru && m->high == m->aru + m->have.count &&
           m->stable <= m->aru;
}

void accept_encode(struct writer *w, const struct accept *m, int procs)
{
    give_ring_id(w, &m->ring);
    give_u32(w, m->nonce);
    give_ring_id(w, &m->old_ring);
    give_u64(w, m->aru);
    give_u64(w, m->high);
    give_u64(w, m->stable);
    give_seqmap(w, &m->have);
    give_procset(w, &m->obligations, procs);
    give_u64(w, m->promised);
    give_u32(w, m->capacity);
    give_u16(w, m->packet_size);
}

bool refuse_decode(struct refuse *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->reason = take_u8(&r);
    m->promised = take_u64(&r);
    m->busy = take_ring_id(&r);
    return reader_done(&r) && m->reason < REFUSALS;
}

void refuse_encode(struct writer *w, const struct refuse *m)
{
    give_ring_id(w, &m->ring);
    give_u8(w, m->reason);
    give_u64(w, m->promised);
    give_ring_id(w, &m->busy);
}

bool commit_decode(struct commit *m, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->nonce = take_u32(&r);
    take_roster(&r, &m->members, procs);
    memset(m->ordinal, 0, sizeof m->ordinal);
    for procset_each(i, &m->members.in)
        m->ordinal[i] = take_u8(&r);
    m->packet_size = take_u16(&r);
    m->capacity = take_u32(&r);
    m->old_ring = take_ring_id(&r);
    m->together = take_procset(&r, procs);
    m->stable = take_u64(&r);
    take_seqmap(&r, &m->present);
    m->obligations = take_procset(&r, procs);
    take_seqmap(&r, &m->resend);
    return reader_done(&r) && m->resend.from == m->present.from &&
           m->resend.count == m->present.count && procset_within(&m->together, &m->members.in);
}

void commit_encode(struct writer *w, const struct commit *m, int procs)
{
    give_ring_id(w, &m->ring);
    give_u32(w, m->nonce);
    give_roster(w, &m->members);
    for procset_each(i, &m->members.in)
        give_u8(w, m->ordinal[i]);
    give_u16(w, m->packet_size);
    give_u32(w, m->capacity);
    give_ring_id(w, &m->old_ring);
    give_procset(w, &m->together, procs);
    give_u64(w, m->stable);
    give_seqmap(w, &m->present);
    give_procset(w, &m->obligations, procs);
    give_seqmap(w, &m->resend);
}

bool rnack_decode(struct rnack *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->attempt = take_u8(&r);
    take_seqmap(&r, &m->missing);
    return reader_done(&r);
}

void rnack_encode(struct writer *w, const struct rnack *m)
{
    give_ring_id(w, &m->ring);
    give_u8(w, m->attempt);
    give_seqmap(w, &m->missing);
}

bool recovered_decode(struct recovered *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    m->nonce = take_u32(&r);
    uint8_t predecessor = take_u8(&r);
    m->predecessor = predecessor == 1;
    return reader_done(&r) && predecessor <= 1;
}

void recovered_encode(struct writer *w, const struct recovered *m)
{
    give_ring_id(w, &m->ring);
    give_u32(w, m->nonce);
    give_u8(w, m->predecessor);
}

bool form_ring_decode(struct form_ring *m, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);
    m->ring = take_ring_id(&r);
    return reader_done(&r);
}

void form_ring_encode(struct writer *w, const struct form_ring *m)
{
    give_ring_id(w, &m->ring);
}
