/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include "tests/unit/ring/rig.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "tests/support/conf.h"

static uint64_t life(unsigned daemon)
{
    return 1000 + daemon;
}

static unsigned index_of(char letter)
{
    return (unsigned)(letter - 'A');
}

static struct procset set_of(const char *letters)
{
    struct procset s = {{0}};
    for (; *letters; letters++)
        procset_add(&s, index_of(*letters));
    return s;
}

struct commit rig_plan(const struct rig *rig, const char *members, const char *together)
{
    static uint32_t nonce = 1;
    struct commit c = {
        .ring = {.epoch = rig->id.epoch + 2,
                 .nonce = ++nonce,
                 .leader = (uint16_t)index_of(*members)},
        .old_ring = *ring_id(rig->ring),
        .together = set_of(together),
        .obligations = set_of(together),
        .packet_size = RIG_PACKET,
    };
    for (; *members; members++)
        roster_add(&c.members, index_of(*members), (uint32_t)life(index_of(*members)));
    return c;
}

void rig_install(struct rig *rig, const struct commit *plan)
{
    ring_plan(rig->ring, plan);
    ring_install(rig->ring, rig->now);
    rig->id = plan->ring;
    ring_open_lane(rig->ring, rig->now);
}

struct rig *rig_new(const char *segments, char self)
{
    struct rig *rig = memory_new(sizeof *rig);
    char members[64] = "";
    for (const char *s = segments; *s; s++)
        if (*s != '|')
            strncat(members, s, 1);
    rig->conf = test_conf(segments);
    rig->now = USEC_SECOND;
    rig->in_force = (struct in_force){rig->conf, (uint16_t)index_of(self)};
    outlet_init(&rig->outlet, &rig->in_force, life(index_of(self)), RIG_PACKET);
    pace_init(&rig->pace, &rig->in_force);
    rig->ring = ring_new(&(struct ring_setup){.in_force = &rig->in_force,
                                              .max_gap = RIG_GAP,
                                              .effects = &rig->effects,
                                              .outlet = &rig->outlet,
                                              .pace = &rig->pace});
    struct accept nothing;
    ring_freeze(rig->ring, &nothing);
    struct commit first = rig_plan(rig, members, (char[]){self, '\0'});
    rig_install(rig, &first);
    rig_drain(rig);
    rig_forget(rig);
    return rig;
}

void rig_free(struct rig *rig)
{
    rig_drain(rig);
    ring_free(rig->ring);
    outlet_fini(&rig->outlet);
    effects_fini(&rig->effects);
    free(rig->conf);
    free(rig);
}

/* -- in ------------------------------------------------------------------------------------ */

static bool hear(struct rig *rig, char sender, enum packet_type type, const struct data_header *h,
                 const char *text, uint8_t service)
{
    size_t len = DATA_HEADER + data_part_size(true, strlen(text));
    struct received p = {
        .header = {.type = (uint8_t)type,
                   .sender = (uint16_t)index_of(sender),
                   .incarnation = life(index_of(sender)),
                   .body_len = (uint16_t)len},
        .block = block_new(len),
    };
    p.body = p.block->bytes;
    memset(p.body, 0, len);
    data_encode_header(p.body, h);
    if (type == PACKET_RDATA)
        data_mark_resent(p.body, h->attempt, h->origin);
    struct part part = {.service = service,
                        .flags = PART_WHOLE,
                        .len = (uint16_t)strlen(text),
                        .bytes = (uint8_t *)(uintptr_t)text};
    data_put_part(p.body + DATA_HEADER, &part);
    bool recovers = rig->ring->phase == PHASE_FROZEN && h->attempt;
    bool taken = recovers ? ring_on_recovered(rig->ring, &p)
                          : ring_on_data(rig->ring, &p, rig->now);
    block_unref(p.block);
    return taken;
}

bool rig_data(struct rig *rig, char origin, uint64_t seq, const char *text, uint8_t service)
{
    struct data_header h = {
        .tag = ring_id_tag(&rig->id), .seq = seq, .parts = 1, .hop = rig->data_hop};
    return hear(rig, origin, PACKET_DATA, &h, text, service);
}

bool rig_rdata(struct rig *rig, char sender, char origin, uint64_t seq, const char *text,
               uint64_t attempt)
{
    struct data_header h = {.tag = ring_id_tag(&rig->id),
                            .seq = seq,
                            .parts = 1,
                            .attempt = attempt,
                            .origin = (uint16_t)index_of(origin)};
    return hear(rig, sender, PACKET_RDATA, &h, text, SERVICE_AGREED);
}

struct token rig_next_token(const struct rig *rig, uint64_t seq, uint64_t aru)
{
    struct token t = {.ring = rig->id,
                      .hop = rig->ring->holding.hop + 1,
                      .round = 1,
                      .seq = seq,
                      .aru = aru,
                      .aru_setter = NO_PROC,
                      .window = 40,
                      .personal = 20};
    return t;
}

void rig_token(struct rig *rig, char sender, const struct token *t)
{
    struct received p = {.header = {.type = PACKET_TOKEN,
                                    .sender = (uint16_t)index_of(sender),
                                    .incarnation = life(index_of(sender))}};
    rig->alarm = ring_on_token(rig->ring, t, &p, rig->now);
    rig_drain(rig);
}

void rig_submit(struct rig *rig, enum lane lane, const char *text, uint8_t service)
{
    size_t len = strlen(text);
    struct message m = {.block = block_new(len), .len = (uint32_t)len};
    m.frame = m.block->bytes;
    memcpy(m.frame, text, len);
    ring_submit(rig->ring, lane, m, service, rig->now);
}

void rig_time(struct rig *rig, usec later)
{
    rig->now += later;
    rig->alarm = ring_on_time(rig->ring, rig->now);
    rig_drain(rig);
}

/* -- out ----------------------------------------------------------------------------------- */

static void add_text(char *to, size_t size, const char *text, size_t len)
{
    size_t at = strlen(to);
    snprintf(to + at, size - at, "%.*s", (int)len, text);
}

static void add_view(struct rig *rig, const struct view *v, const char *brackets)
{
    char text[PROCS_MAX + 3] = "";
    size_t len = 0;
    text[len++] = brackets[0];
    for
        procset_each(i, &v->members) text[len++] = (char)('A' + i);
    text[len++] = brackets[1];
    add_text(rig->delivered, sizeof rig->delivered, text, len);
}

static void add_sent(struct rig *rig, const struct sending *s)
{
    const uint8_t *body = s->bytes + PACKET_HEADER;
    struct packet_header h;
    struct data_header d;
    char text[32];
    assert_true(packet_header_decode(&h, s->bytes, s->len));
    switch (h.type) {
    case PACKET_DATA:
    case PACKET_RDATA:
        assert_true(data_decode(&d, body, h.body_len));
        snprintf(text, sizeof text, "%c%llu", h.type == PACKET_DATA ? 'D' : 'R',
                 (unsigned long long)d.seq);
        break;
    case PACKET_TOKEN:
        assert_true(token_decode(&rig->token, body, h.body_len, rig->conf->daemon_count));
        snprintf(text, sizeof text, "T");
        break;
    default:
        snprintf(text, sizeof text, "%c", h.type == PACKET_TOKACK ? 'K' : 'H');
    }
    add_text(rig->sent, sizeof rig->sent, text, strlen(text));
}

void rig_drain(struct rig *rig)
{
    struct effect e;
    struct sending s;
    while (effects_next(&rig->effects, &e)) {
        if (e.kind == EFFECT_DELIVER) {
            const struct message *m = &e.ordered.message;
            add_text(rig->delivered, sizeof rig->delivered, (const char *)m->frame, m->len);
            message_unref(m);
        } else if (e.kind == EFFECT_TRANSITIONAL || e.kind == EFFECT_REGULAR) {
            add_view(rig, e.view, e.kind == EFFECT_REGULAR ? "<>" : "{}");
        } else if (e.kind == EFFECT_EVENT && e.event->kind == EVENT_DOUBT) {
            rig->doubts[e.event->why]++;
        }
    }
    while (outlet_next(&rig->outlet, &s)) {
        add_sent(rig, &s);
        block_unref(s.block);
    }
}

void rig_forget(struct rig *rig)
{
    rig->delivered[0] = rig->sent[0] = '\0';
}
