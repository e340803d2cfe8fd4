/* SPDX-License-Identifier: MIT */
#include "tests/unit/packet/codec.h"

#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

/* -- both ways ----------------------------------------------------------------------------- */

static void encode(struct writer *w, unsigned type, const union control *m, int procs)
{
    switch ((enum packet_type)type) {
    case PACKET_TOKEN: {
        uint8_t *at = give_room(w, TOKEN_FIXED + (size_t)m->token.request_count * TOKEN_REQUEST);
        uint8_t bytes[TOKEN_MAX];
        if (at)
            memcpy(at, bytes, token_encode(bytes, &m->token));
        return;
    }
    case PACKET_TOKACK:
        tokack_encode(w, &m->tokack);
        return;
    case PACKET_HURRY:
        hurry_encode(w, &m->hurry);
        return;
    case PACKET_SUSPECT:
        suspect_encode(w, &m->suspect);
        return;
    case PACKET_LEAVE:
        leave_encode(w, &m->leave);
        return;
    case PACKET_ALIVE:
        alive_encode(w, &m->alive, procs);
        return;
    case PACKET_JOIN:
        join_encode(w, &m->join, procs);
        return;
    case PACKET_REFER:
        refer_encode(w, &m->refer);
        return;
    case PACKET_PROBE:
        probe_encode(w, &m->probe);
        return;
    case PACKET_PREPARE:
        prepare_encode(w, &m->prepare);
        return;
    case PACKET_READY:
        ready_encode(w, &m->ready);
        return;
    case PACKET_HOPCHK:
        hopchk_encode(w, &m->hopchk);
        return;
    case PACKET_PROPOSE:
        propose_encode(w, &m->propose);
        return;
    case PACKET_ACCEPT:
        accept_encode(w, &m->accept, procs);
        return;
    case PACKET_REFUSE:
        refuse_encode(w, &m->refuse);
        return;
    case PACKET_COMMIT:
        commit_encode(w, &m->commit, procs);
        return;
    case PACKET_RNACK:
        rnack_encode(w, &m->rnack);
        return;
    case PACKET_RECOVERED:
        recovered_encode(w, &m->recovered);
        return;
    case PACKET_INSTALL:
    case PACKET_ABORT:
        form_ring_encode(w, &m->form_ring);
        return;
    case PACKET_DATA:
    case PACKET_RDATA:
    case PACKET_TYPES:
        break;
    }
    abort();
}

size_t codec_encode(unsigned type, const union control *m, int procs, uint8_t *bytes,
                    size_t size)
{
    struct writer w = writer_of(bytes, size);
    encode(&w, type, m, procs);
    return writer_len(&w);
}

bool codec_decode(unsigned type, union control *m, int procs, const uint8_t *bytes, size_t len)
{
    uint8_t *copy = memory_grow(NULL, len + !len);
    memcpy(copy, bytes, len);
    bool decoded = body_decode(m, type, copy, len, procs);
    free(copy);
    return decoded;
}

/* -- samples ------------------------------------------------------------------------------- */

uint64_t sample_word(struct random *r, int bytes)
{
    uint64_t largest = UINT64_MAX >> (64 - 8 * bytes);
    switch (random_below(r, 6)) {
    case 0:
        return 0;
    case 1:
        return 1;
    case 2:
        return largest;
    case 3:
        return largest / 2 + 1; /* the sign bit alone */
    default:
        return random_next(r) & largest;
    }
}

static uint64_t word(struct random *r)
{
    return sample_word(r, 8);
}

static uint32_t half(struct random *r)
{
    return (uint32_t)sample_word(r, 4);
}

static uint16_t quarter(struct random *r)
{
    return (uint16_t)sample_word(r, 2);
}

static uint32_t inc(struct random *r)
{
    uint32_t v = half(r);
    return v ? v : 1;
}

static uint16_t sample_index(struct random *r, int procs)
{
    return (uint16_t)random_below(r, (uint32_t)procs);
}

struct ring_id sample_ring(struct random *r)
{
    return (struct ring_id){.epoch = word(r), .nonce = half(r), .leader = quarter(r)};
}

struct procset sample_procset(struct random *r, int procs)
{
    struct procset s = {{0}};
    uint32_t percent = random_below(r, 101);
    for (int i = 0; i < procs; i++)
        if (random_below(r, 100) < percent)
            procset_add(&s, (unsigned)i);
    return s;
}

struct roster sample_roster(struct random *r, int procs)
{
    struct procset in = sample_procset(r, procs);
    struct roster l = {0};
    for
        procset_each(i, &in) roster_add(&l, (unsigned)i, inc(r));
    return l;
}

static struct seqmap sample_map_of(struct random *r, uint64_t from, uint32_t count)
{
    struct seqmap m = {.from = from, .count = count};
    for (uint32_t i = 1; i <= count; i++)
        if (random_below(r, 2))
            seqmap_add(&m, from + i);
    return m;
}

static struct seqmap sample_map(struct random *r)
{
    static const uint32_t counts[] = {0, 1, 7, 8, 9, 64, 65, 200};
    uint64_t from = word(r);
    if (from > UINT64_MAX - SEQMAP_MAX)
        from = UINT64_MAX - SEQMAP_MAX;
    return sample_map_of(r, from, counts[random_below(r, 8)]);
}

static void sample_token(struct token *t, struct random *r, int procs)
{
    *t = (struct token){
        .ring = sample_ring(r),
        .hop = word(r),
        .round = half(r),
        .flags = (uint16_t)random_below(r, TOKEN_FLAGS + 1),
        .seq = word(r),
        .aru_setter = random_below(r, 2) ? (uint16_t)NO_PROC : sample_index(r, procs),
        .window = quarter(r),
        .personal = quarter(r),
        .sent = half(r),
        .backlog = half(r),
    };
    uint64_t behind = half(r);
    t->aru = behind < t->seq ? t->seq - behind : 0;
    t->request_count = t->seq ? (int)random_below(r, TOKEN_REQUESTS_MAX + 1) : 0;
    for (int i = 0; i < t->request_count; i++) {
        uint64_t below = half(r);
        below = below < t->seq ? below : t->seq - 1;
        uint16_t most = below < UINT16_MAX ? (uint16_t)(below + 1) : UINT16_MAX;
        t->requests[i] = (struct token_request){
            .from = t->seq - below,
            .count = (uint16_t)(1 + random_below(r, most)),
            .requester = sample_index(r, procs),
            .tries = (uint8_t)sample_word(r, 1),
        };
    }
}

static void sample_alive(struct alive *m, struct random *r, int procs)
{
    *m = (struct alive){
        .state = (uint8_t)sample_word(r, 1),
        .ring = sample_ring(r),
        .promised = word(r),
        .saying = half(r),
        .heard = sample_roster(r, procs),
        .suspects = sample_procset(r, procs),
    };
    for procset_each(i, &m->heard.in)
        m->heard_sayings[i] = half(r);
}

static void sample_join(struct join *m, struct random *r, int procs)
{
    *m = (struct join){
        .kind = (uint8_t)random_below(r, JOIN_KINDS),
        .engaged = sample_index(r, procs),
        .members = sample_roster(r, procs),
        .bad_count = procs > 1 ? (int)random_below(r, BAD_PAIRS_MAX + 1) : 0,
    };
    sample_alive(&m->alive, r, procs);
    for
        procset_each(i, &m->members.in) m->sayings[i] = half(r);
    for (int k = 0; k < m->bad_count; k++) {
        m->bad[k].b = (uint16_t)(1 + sample_index(r, procs - 1));
        m->bad[k].a = sample_index(r, m->bad[k].b);
    }
}

static void sample_accept(struct accept *m, struct random *r, int procs)
{
    *m = (struct accept){
        .ring = sample_ring(r),
        .nonce = half(r),
        .old_ring = sample_ring(r),
        .have = sample_map(r),
        .obligations = sample_procset(r, procs),
        .promised = word(r),
        .capacity = half(r),
        .packet_size = quarter(r),
    };
    uint64_t behind = half(r);
    m->aru = m->have.from;
    m->high = m->aru + m->have.count;
    m->stable = behind < m->aru ? m->aru - behind : m->aru;
}

static void sample_commit(struct commit *m, struct random *r, int procs)
{
    struct procset some = sample_procset(r, procs);
    *m = (struct commit){
        .ring = sample_ring(r),
        .nonce = half(r),
        .members = sample_roster(r, procs),
        .packet_size = quarter(r),
        .capacity = half(r),
        .old_ring = sample_ring(r),
        .stable = word(r),
        .present = sample_map(r),
        .obligations = sample_procset(r, procs),
    };
    m->together = procset_both(&some, &m->members.in);
    m->resend = sample_map_of(r, m->present.from, m->present.count);
    for
        procset_each(i, &m->members.in) m->ordinal[i] = (uint8_t)sample_word(r, 1);
}

void codec_sample(unsigned type, union control *m, struct random *r, int procs)
{
    switch ((enum packet_type)type) {
    case PACKET_TOKEN:
        sample_token(&m->token, r, procs);
        return;
    case PACKET_TOKACK:
        m->tokack = (struct tokack){word(r), word(r)};
        return;
    case PACKET_HURRY:
        m->hurry = (struct hurry){word(r)};
        return;
    case PACKET_SUSPECT:
        m->suspect = (struct suspect){sample_ring(r), sample_index(r, procs), half(r),
                                      (uint8_t)random_below(r, SUSPICIONS)};
        return;
    case PACKET_LEAVE:
        m->leave = (struct leave){sample_ring(r)};
        return;
    case PACKET_ALIVE:
        sample_alive(&m->alive, r, procs);
        return;
    case PACKET_JOIN:
        sample_join(&m->join, r, procs);
        return;
    case PACKET_REFER:
        m->refer = (struct refer){sample_index(r, procs)};
        return;
    case PACKET_PROBE:
        m->probe = (struct probe){sample_ring(r), sample_index(r, procs)};
        return;
    case PACKET_PREPARE:
        m->prepare = (struct prepare){word(r), sample_roster(r, procs)};
        return;
    case PACKET_READY:
        m->ready = (struct ready){word(r), half(r), word(r), sample_roster(r, procs)};
        return;
    case PACKET_HOPCHK:
        m->hopchk = (struct hopchk){word(r)};
        return;
    case PACKET_PROPOSE:
        m->propose = (struct propose){sample_ring(r),
                                      sample_ring(r),
                                      sample_roster(r, procs),
                                      (uint8_t)random_below(r, ECHO_KINDS),
                                      word(r),
                                      half(r)};
        return;
    case PACKET_ACCEPT:
        sample_accept(&m->accept, r, procs);
        return;
    case PACKET_REFUSE:
        m->refuse = (struct refuse){sample_ring(r), (uint8_t)random_below(r, REFUSALS), word(r),
                                    sample_ring(r)};
        return;
    case PACKET_COMMIT:
        sample_commit(&m->commit, r, procs);
        return;
    case PACKET_RNACK:
        m->rnack = (struct rnack){sample_ring(r), (uint8_t)sample_word(r, 1), sample_map(r)};
        return;
    case PACKET_RECOVERED:
        m->recovered = (struct recovered){sample_ring(r), half(r), random_below(r, 2)};
        return;
    case PACKET_INSTALL:
    case PACKET_ABORT:
        m->form_ring = (struct form_ring){sample_ring(r)};
        return;
    case PACKET_DATA:
    case PACKET_RDATA:
    case PACKET_TYPES:
        break;
    }
    abort();
}
