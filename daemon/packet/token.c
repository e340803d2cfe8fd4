/* SPDX-License-Identifier: MIT */
#include "daemon/packet/token.h"

static void take_request(struct reader *r, struct token_request *q, uint64_t seq, int procs)
{
    uint64_t below = take_u32(r);
    q->from = seq - below;
    q->count = take_u16(r);
    q->requester = take_index(r, procs);
    q->tries = take_u8(r);
    /* The last of them is at most seq. */
    if (take_u8(r) != 0 || below >= seq || q->count == 0 || (uint64_t)q->count > below + 1)
        r->failed = true;
}

bool token_decode(struct token *t, const uint8_t *body, size_t len, int procs)
{
    struct reader r = reader_of(body, len);

    t->ring = take_ring_id(&r);
    t->hop = take_u64(&r);
    t->round = take_u32(&r);
    t->flags = take_u16(&r);
    t->seq = take_u64(&r);
    t->aru = take_u64(&r);
    t->aru_setter = take_u16(&r);
    t->window = take_u16(&r);
    t->personal = take_u16(&r);
    t->sent = take_u32(&r);
    t->backlog = take_u32(&r);
    t->request_count = take_u16(&r);
    if (r.failed || t->request_count > TOKEN_REQUESTS_MAX || (t->flags & ~TOKEN_FLAGS) ||
        t->aru > t->seq || (t->aru_setter >= procs && t->aru_setter != NO_PROC))
        return false;
    for (int i = 0; i < t->request_count && !r.failed; i++)
        take_request(&r, &t->requests[i], t->seq, procs);
    return reader_done(&r);
}

size_t token_encode(uint8_t body[TOKEN_MAX], const struct token *t)
{
    struct writer w = writer_of(body, TOKEN_MAX);

    give_ring_id(&w, &t->ring);
    give_u64(&w, t->hop);
    give_u32(&w, t->round);
    give_u16(&w, t->flags);
    give_u64(&w, t->seq);
    give_u64(&w, t->aru);
    give_u16(&w, t->aru_setter);
    give_u16(&w, t->window);
    give_u16(&w, t->personal);
    give_u32(&w, t->sent);
    give_u32(&w, t->backlog);
    give_u16(&w, (uint16_t)t->request_count);
    for (int i = 0; i < t->request_count; i++) {
        const struct token_request *q = &t->requests[i];
        give_u32(&w, (uint32_t)(t->seq - q->from));
        give_u16(&w, q->count);
        give_u16(&w, q->requester);
        give_u8(&w, q->tries);
        give_u8(&w, 0);
    }
    return writer_len(&w);
}
