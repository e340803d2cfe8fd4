/* SPDX-License-Identifier: MIT */
#include "tests/fuzz/liar.h"

#include <string.h>

#include "daemon/membership/inside.h"
#include "tests/unit/packet/codec.h"

/* -- what there is to lie about ------------------------------------------------------------ */

struct field {
    uint8_t type;
    uint16_t at, size; /* in union control; size 0: a bit for each daemon, with a life */
};

#define FIELD(t, member) {PACKET_##t, offsetof(union control, member), sizeof((union control *)0)->member}
#define ROSTER(t, member) {PACKET_##t, offsetof(union control, member), 0}
#define RING(t, member)                                                                            \
    FIELD(t, member.epoch), FIELD(t, member.nonce), FIELD(t, member.leader)
#define SEQMAP(t, member)                                                                          \
    FIELD(t, member.from), FIELD(t, member.count), FIELD(t, member.bits[0])
#define ALIVE(t, member)                                                                           \
    FIELD(t, member.state), RING(t, member.ring), FIELD(t, member.promised), FIELD(t, member.saying), ROSTER(t, member.heard),                \
        FIELD(t, member.heard_sayings[0]), FIELD(t, member.heard_sayings[1]),                        \
        FIELD(t, member.heard_sayings[2]), FIELD(t, member.suspects.bits[0])

static const struct field fields[] = {
    RING(TOKEN, token.ring), FIELD(TOKEN, token.hop), FIELD(TOKEN, token.round),
    FIELD(TOKEN, token.flags), FIELD(TOKEN, token.seq), FIELD(TOKEN, token.aru),
    FIELD(TOKEN, token.aru_setter), FIELD(TOKEN, token.window),
    FIELD(TOKEN, token.personal), FIELD(TOKEN, token.sent), FIELD(TOKEN, token.backlog),
    FIELD(TOKEN, token.request_count), FIELD(TOKEN, token.requests[0].from),
    FIELD(TOKEN, token.requests[0].count), FIELD(TOKEN, token.requests[0].requester),
    FIELD(TOKEN, token.requests[1].from), FIELD(TOKEN, token.requests[1].count),
    FIELD(TOKACK, tokack.tag), FIELD(TOKACK, tokack.hop),
    FIELD(HURRY, hurry.tag),
    RING(SUSPECT, suspect.ring), FIELD(SUSPECT, suspect.index), FIELD(SUSPECT, suspect.inc),
    FIELD(SUSPECT, suspect.reason),
    RING(LEAVE, leave.ring),
    ALIVE(ALIVE, alive), ALIVE(JOIN, join.alive),
    FIELD(JOIN, join.kind), FIELD(JOIN, join.engaged), ROSTER(JOIN, join.members),
    FIELD(JOIN, join.sayings[0]), FIELD(JOIN, join.sayings[1]), FIELD(JOIN, join.sayings[2]),
    FIELD(JOIN, join.bad_count), FIELD(JOIN, join.bad[0].a),
    FIELD(JOIN, join.bad[0].b),
    FIELD(REFER, refer.to),
    RING(PROBE, probe.ring), FIELD(PROBE, probe.leader),
    FIELD(PREPARE, prepare.prep), ROSTER(PREPARE, prepare.members),
    FIELD(READY, ready.prep), FIELD(READY, ready.saying), FIELD(READY, ready.promised),
    ROSTER(READY, ready.heard),
    FIELD(HOPCHK, hopchk.tag),
    RING(PROPOSE, propose.ring), RING(PROPOSE, propose.supersedes),
    ROSTER(PROPOSE, propose.members), FIELD(PROPOSE, propose.echo), FIELD(PROPOSE, propose.tag),
    FIELD(PROPOSE, propose.echoed),
    RING(ACCEPT, accept.ring), FIELD(ACCEPT, accept.nonce), RING(ACCEPT, accept.old_ring),
    FIELD(ACCEPT, accept.aru), FIELD(ACCEPT, accept.stable), FIELD(ACCEPT, accept.have.count),
    FIELD(ACCEPT, accept.have.bits[0]), FIELD(ACCEPT, accept.obligations.bits[0]),
    FIELD(ACCEPT, accept.promised), FIELD(ACCEPT, accept.capacity),
    FIELD(ACCEPT, accept.packet_size),
    RING(REFUSE, refuse.ring), FIELD(REFUSE, refuse.reason), FIELD(REFUSE, refuse.promised),
    RING(REFUSE, refuse.busy),
    RING(COMMIT, commit.ring), FIELD(COMMIT, commit.nonce), ROSTER(COMMIT, commit.members),
    FIELD(COMMIT, commit.ordinal[0]), FIELD(COMMIT, commit.ordinal[1]),
    FIELD(COMMIT, commit.ordinal[2]), FIELD(COMMIT, commit.packet_size),
    FIELD(COMMIT, commit.capacity), RING(COMMIT, commit.old_ring),
    FIELD(COMMIT, commit.together.bits[0]), FIELD(COMMIT, commit.stable),
    SEQMAP(COMMIT, commit.present), FIELD(COMMIT, commit.obligations.bits[0]),
    FIELD(COMMIT, commit.resend.bits[0]),
    RING(RNACK, rnack.ring), FIELD(RNACK, rnack.attempt), SEQMAP(RNACK, rnack.missing),
    RING(RECOVERED, recovered.ring), FIELD(RECOVERED, recovered.nonce),
    FIELD(RECOVERED, recovered.predecessor),
    RING(INSTALL, form_ring.ring), RING(ABORT, form_ring.ring),
};

enum { FIELDS = sizeof fields / sizeof fields[0], DATA_FIELDS = 6 };

static unsigned fields_of(unsigned type)
{
    unsigned n = type == PACKET_DATA || type == PACKET_RDATA ? DATA_FIELDS : 0;
    for (unsigned i = 0; i < FIELDS; i++)
        n += fields[i].type == type;
    return n;
}

static const struct field *find(unsigned type, unsigned number)
{
    unsigned n = fields_of(type);
    for (unsigned i = 0; n > 0 && i < FIELDS; i++)
        if (fields[i].type == type && number-- % n == 0)
            return &fields[i];
    return NULL;
}

/* Each field as often as any other. */
void liar_draw(struct random *r, uint8_t lie[LIE_BYTES])
{
    unsigned at = random_below(r, FIELDS + 2), type = at < FIELDS ? fields[at].type : PACKET_DATA;
    if (at == FIELDS)
        type = PACKET_RDATA;
    lie[0] = (uint8_t)random_below(r, LIE_KINDS);
    lie[1] = (uint8_t)(type - 1);
    lie[2] = (uint8_t)(random_below(r, 3) ? random_below(r, 4) : random_below(r, 60));
    lie[3] = (uint8_t)random_below(r, fields_of(type));
    be_put(lie + 4, 8, random_next(r));
}

/* -- values -------------------------------------------------------------------------------- */

static uint64_t edge(uint64_t value)
{
    static const uint64_t edges[] = {
        0,         1,           2,         28,        48,          52,
        79,        80,          127,       128,       191,         192,
        255,       512,         4096,      8191,      8192,        8193,
        UINT16_MAX, 1ull << 31, UINT32_MAX, 1ull << 32, 5000000000, INT64_MAX,
        1ull << 63, UINT64_MAX - SEQMAP_MAX, UINT64_MAX - 1, UINT64_MAX,
    };
    return edges[value % (sizeof edges / sizeof edges[0])];
}

static uint64_t changed(const struct lie *lie, uint64_t is)
{
    uint64_t by = lie->kind == LIE_NEAR ? lie->value % 64 : 1ull << (lie->value % 64);
    switch (lie->kind) {
    case LIE_EDGE:
    case LIE_ALWAYS:
        return edge(lie->value);
    case LIE_NEAR:
    case LIE_POWER:
        return lie->value >> 63 ? is - by : is + by;
    default:
        return lie->value;
    }
}

static void change_number(uint8_t *at, size_t size, const struct lie *lie)
{
    uint64_t is = 0;
    memcpy(&is, at, size); /* as this host has it: least significant byte first */
    is = changed(lie, is);
    memcpy(at, &is, size);
}

static void change_roster(struct roster *r, const struct lie *lie, int procs)
{
    unsigned i = (unsigned)(lie->value % (unsigned)procs);
    uint32_t inc = (uint32_t)changed(lie, r->inc[i]);
    if (inc == 0 || (lie->kind == LIE_NEAR && procset_has(&r->in, i)))
        roster_remove(r, i);
    else
        roster_add(r, i, inc);
}

static void mend_map(struct seqmap *m)
{
    m->count = m->count > SEQMAP_MAX ? m->count % (SEQMAP_MAX + 1) : m->count;
    if (m->from > UINT64_MAX - SEQMAP_MAX)
        m->from = UINT64_MAX - SEQMAP_MAX;
    for (uint32_t i = m->count; i < SEQMAP_MAX; i++)
        m->bits[i / 8] &= (uint8_t) ~(1u << (i % 8));
}

/* What decoders ask of the fields among each other, or no lie would get further. */
static void mend(union control *m, unsigned type)
{
    if (type == PACKET_ACCEPT) {
        mend_map(&m->accept.have);
        if (m->accept.aru > UINT64_MAX - SEQMAP_MAX)
            m->accept.aru = UINT64_MAX - SEQMAP_MAX;
        m->accept.have.from = m->accept.aru;
        m->accept.high = m->accept.aru + m->accept.have.count;
        if (m->accept.stable > m->accept.aru)
            m->accept.stable = m->accept.aru;
    }
    if (type == PACKET_COMMIT) {
        mend_map(&m->commit.present);
        m->commit.resend.from = m->commit.present.from;
        m->commit.resend.count = m->commit.present.count;
        mend_map(&m->commit.resend);
        m->commit.together = procset_both(&m->commit.together, &m->commit.members.in);
    }
    if (type == PACKET_RECOVERED)
        *(uint8_t *)&m->recovered.predecessor &= 1;
    if (type == PACKET_RNACK)
        mend_map(&m->rnack.missing);
    if (type == PACKET_TOKEN) {
        struct token *t = &m->token;
        t->flags &= TOKEN_FLAGS;
        t->aru = t->aru > t->seq ? t->seq : t->aru;
        t->request_count &= TOKEN_REQUESTS_MAX - 1;
        if (t->seq == 0)
            t->request_count = 0;
        for (int i = 0; i < t->request_count; i++) {
            struct token_request *q = &t->requests[i];
            uint64_t below = (t->seq - q->from) & UINT32_MAX;
            q->from = t->seq - (below < t->seq ? below : 0);
            q->count = q->count ? q->count : 1;
            if (q->count > t->seq - q->from + 1)
                q->count = (uint16_t)(t->seq - q->from + 1);
        }
    }
    if (type == PACKET_JOIN)
        m->join.bad_count &= BAD_PAIRS_MAX - 1;
}

/* -- packets ------------------------------------------------------------------------------- */

/* Header and content of DATA and RDATA, where they lie. */
static void change_data(uint8_t *body, size_t len, const struct lie *lie)
{
    static const struct {
        uint8_t at, size;
    } places[DATA_FIELDS] = {{0, 8}, {8, 8}, {16, 8}, {24, 1}, {26, 2}, {0, 0}};
    unsigned field = lie->field % DATA_FIELDS;
    size_t size = places[field].size, at = places[field].at;
    if (size == 0) {
        at = DATA_HEADER + lie->value % (len - DATA_HEADER + !(len - DATA_HEADER));
        if (at < len)
            body[at] = (uint8_t)(lie->value >> 32);
        return;
    }
    be_put(body + at, (int)size, changed(lie, be_at(body + at, (int)size)));
}

static size_t change(struct liar *l, struct packet_header *h, const struct lie *lie)
{
    static union control m;
    uint8_t *body = l->bytes + PACKET_HEADER;
    if (h->type == PACKET_DATA || h->type == PACKET_RDATA) {
        if (h->body_len >= DATA_HEADER)
            change_data(body, h->body_len, lie);
        return h->body_len;
    }
    const struct field *f = find(h->type, lie->field);
    if (!f || (h->flags & PACKET_FRAG) ||
        !body_decode(&m, h->type, body, h->body_len, l->procs))
        return h->body_len;
    bool moves_plan = h->type == PACKET_COMMIT && f->at == offsetof(union control, commit.present.from);
    if (moves_plan && lie->value >> 62 & 1) {
        m.commit.present.count = 8; /* and there is something to be had there */
        m.commit.present.bits[0] = UINT8_MAX;
    }
    if (f->size)
        change_number((uint8_t *)&m + f->at, f->size > 8 ? 8 : f->size, lie);
    else
        change_roster((struct roster *)((uint8_t *)&m + f->at), lie, l->procs);
    mend(&m, h->type);
    return codec_encode(h->type, &m, l->procs, body, UINT16_MAX / 2);
}

void liar_init(struct liar *l, const struct core *core, int procs, const uint8_t *lies, size_t len)
{
    *l = (struct liar){.core = core, .procs = procs};
    for (; len >= LIE_BYTES && l->count < LIES_MAX; len -= LIE_BYTES, lies += LIE_BYTES)
        l->lies[l->count++] = (struct lie){
            .kind = lies[0] % LIE_KINDS,
            .type = (uint8_t)(1 + lies[1] % (PACKET_TYPES - 1)),
            .skip = lies[2],
            .field = lies[3],
            .value = be_at(lies + 4, 8),
        };
}

/* True when this packet is the one that the lie waits for. */
static bool is_due(struct lie *lie, unsigned type)
{
    if (lie->type != type)
        return false;
    if (lie->skip > 0) {
        lie->skip--;
        return false;
    }
    if (lie->kind != LIE_ALWAYS)
        lie->type = 0;
    return true;
}

const uint8_t *liar_say(struct liar *l, const uint8_t *packet, size_t *len)
{
    struct packet_header h;
    memcpy(l->bytes, packet, *len);
    if (!packet_header_decode(&h, l->bytes, *len))
        return l->bytes;
    for (int i = 0; i < l->count; i++) {
        if (l->lies[i].kind == LIE_FORGE || !is_due(&l->lies[i], h.type))
            continue;
        h.body_len = (uint16_t)change(l, &h, &l->lies[i]);
        packet_header_encode(l->bytes, &h);
        *len = PACKET_HEADER + (size_t)h.body_len;
    }
    return l->bytes;
}

/* One part with a text that is no frame; its number is where the plan that was just sent begins, or
 * where the ring is. */
static size_t forged_data(const struct liar *l, const struct lie *lie, const uint8_t *said,
                          const struct packet_header *h, uint8_t *body)
{
    static union control m;
    const struct ring_id *ring = ring_id(l->core->ring);
    struct data_header d = {
        .tag = ring_id_tag(ring),
        .seq = ring_counters(l->core->ring).high + 1 + (lie->value & 0xffff),
        .attempt = ring_id_tag(&l->core->forming.ring),
        .parts = 1,
        .flags = lie->value >> 63 ? DATA_CONTROL : 0,
        .origin = (uint16_t)((lie->value >> 32) % (unsigned)l->procs),
    };
    if (h->type == PACKET_COMMIT &&
        body_decode(&m, h->type, said + PACKET_HEADER, h->body_len, l->procs))
        d.seq = m.commit.present.from + 1 + (lie->value & 7);
    if (lie->field & 1)
        d.attempt = 0;
    data_encode_header(body, &d);
    data_mark_resent(body, d.attempt, d.origin);
    memcpy(body + DATA_HEADER, (uint8_t[]){SERVICE_AGREED, PART_WHOLE, 0, 96}, DATA_PART);
    memset(body + DATA_HEADER + DATA_PART, (int)(lie->value >> 48), 96);
    return DATA_HEADER + DATA_PART + 96;
}

size_t liar_forge(struct liar *l, const uint8_t *packet, size_t len, uint8_t forged[LIE_FORGED_MAX])
{
    struct packet_header h;
    if (!packet_header_decode(&h, packet, len))
        return 0;
    for (int i = 0; i < l->count; i++) {
        if (l->lies[i].kind != LIE_FORGE || !is_due(&l->lies[i], h.type))
            continue;
        h.body_len = (uint16_t)forged_data(l, &l->lies[i], packet, &h, forged + PACKET_HEADER);
        h.type = l->lies[i].field & 2 ? PACKET_DATA : PACKET_RDATA;
        h.flags = 0;
        packet_header_encode(forged, &h);
        return PACKET_HEADER + (size_t)h.body_len;
    }
    return 0;
}
