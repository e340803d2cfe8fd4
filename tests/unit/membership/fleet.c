/* SPDX-License-Identifier: MIT */
#include "tests/unit/membership/fleet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/net/route.h"
#include "tests/support/conf.h"
#include "tests/unit/packet/codec.h"

struct in_flight {
    usec at;
    uint16_t to;
    bool own_address;
    struct block *block; /* the datagram */
    size_t len;
};

static unsigned index_of(char letter)
{
    return (unsigned)(letter - 'A');
}

struct core *fleet_core(const struct fleet *f, char d)
{
    return f->cores[index_of(d)];
}

void fleet_start(struct fleet *f, char d)
{
    unsigned self = index_of(d);
    struct core_setup setup = {
        .in_force = &f->in_force[self], .seed = ++f->lives, .max_gap = 256};
    f->in_force[self] = (struct in_force){f->conf, (uint16_t)self};
    f->cores[self] = core_new(&setup, f->now);
    f->left[self] = false;
}

void fleet_kill(struct fleet *f, char d)
{
    core_free(f->cores[index_of(d)]);
    f->cores[index_of(d)] = NULL;
}

struct fleet *fleet_new(const char *segments)
{
    struct fleet *f = memory_new(sizeof *f);
    f->conf = test_conf(segments);
    f->now = USEC_SECOND;
    for (int i = 0; i < f->conf->daemon_count; i++)
        fleet_start(f, (char)('A' + i));
    return f;
}

void fleet_free(struct fleet *f)
{
    for (int i = 0; i < FLEET_MAX; i++)
        core_free(f->cores[i]);
    for (size_t i = 0; i < f->queued; i++)
        block_unref(f->queue[i].block);
    free(f->queue);
    free(f->conf);
    free(f);
}

int fleet_begin(void **state)
{
    *state = fleet_of_three();
    return 0;
}

int fleet_end(void **state)
{
    fleet_free(*state);
    return 0;
}

void fleet_submit(struct fleet *f, char d, const char *text, uint8_t service)
{
    struct message m = {.block = block_new(strlen(text)), .len = (uint32_t)strlen(text)};
    m.frame = m.block->bytes;
    memcpy(m.frame, text, m.len);
    core_submit(fleet_core(f, d), LANE_CLIENTS, m, service, f->now);
}

void fleet_cut(struct fleet *f, const char *from, const char *to, bool cut)
{
    for (const char *a = from; *a; a++)
        for (const char *b = to; *b; b++)
            f->cut[index_of(*a)][index_of(*b)] = cut;
}

void fleet_cut_both(struct fleet *f, const char *these, const char *those, bool cut)
{
    fleet_cut(f, these, those, cut);
    fleet_cut(f, those, these, cut);
}

/* -- packets ------------------------------------------------------------------------------- */

static void put(struct fleet *f, unsigned from, unsigned to, bool own, const uint8_t *bytes,
                size_t len)
{
    if (from == to || f->cut[from][to])
        return;
    if (f->queued == f->size)
        f->queue = memory_grow(f->queue, (f->size = f->size ? 2 * f->size : 64) * sizeof *f->queue);
    struct in_flight p = {.at = f->now + FLEET_HOP_US,
                          .to = (uint16_t)to,
                          .own_address = own,
                          .block = block_new(len),
                          .len = len};
    memcpy(p.block->bytes, bytes, len);
    f->queue[f->queued++] = p;
}

static void put_segment(struct fleet *f, unsigned from, const uint8_t *bytes, size_t len)
{
    const struct conf_segment *s = &f->conf->segments[f->conf->daemons[from].segment];
    for (int i = 0; i < s->daemon_count; i++)
        put(f, from, (unsigned)(s->first_daemon + i), false, bytes, len);
}

/* The datagram of a liar: the same with another body. */
static size_t lie_about(const struct fleet *f, const struct sending *s, uint8_t *bytes)
{
    static union control m;
    struct packet_header h;
    memcpy(bytes, s->bytes, s->len);
    if (!packet_header_decode(&h, s->bytes, s->len) || h.type < CODEC_FIRST ||
        !body_decode(&m, h.type, s->bytes + PACKET_HEADER, h.body_len, f->conf->daemon_count))
        return s->len;
    f->lie(&m, h.type);
    h.body_len = (uint16_t)codec_encode(h.type, &m, f->conf->daemon_count, bytes + PACKET_HEADER,
                                        BODY_MAX);
    packet_header_encode(bytes, &h);
    return PACKET_HEADER + (size_t)h.body_len;
}

static void send_out(struct fleet *f, unsigned from, const struct sending *said)
{
    static struct routes routes;
    static uint8_t bytes[PACKET_MAX];
    struct sending lied = *said;
    const struct sending *s = said;
    if (f->lie && index_of(f->liar) == from) {
        lied.len = (uint32_t)lie_about(f, said, bytes);
        lied.bytes = bytes;
        s = &lied;
    }
    route(f->conf, (uint16_t)from, &s->to, s->token_port, &routes);
    for (int i = 0; i < routes.count; i++)
        if (routes.list[i].segment)
            put_segment(f, from, s->bytes, s->len);
        else
            put(f, from, routes.list[i].proc, true, s->bytes, s->len);
}

static void arrive(struct fleet *f, const struct in_flight *p)
{
    struct received r = {
        .block = p->block, .body = p->block->bytes + PACKET_HEADER, .own_address = p->own_address};
    if (f->cores[p->to] && packet_header_decode(&r.header, p->block->bytes, p->len)) {
        if (route_relays(f->conf, p->to, &r))
            put_segment(f, p->to, p->block->bytes, p->len);
        core_on_packet(f->cores[p->to], &r, f->now);
    }
    block_unref(p->block);
}

void fleet_hear(struct fleet *f, char from, char to, uint64_t inc, unsigned type,
                const union control *m)
{
    struct received r = {.block = block_new(BODY_MAX), .own_address = true};
    r.body = r.block->bytes;
    r.header = (struct packet_header){
        .version = PACKET_VERSION,
        .type = (uint8_t)type,
        .sender = (uint16_t)index_of(from),
        .receiver = (uint16_t)index_of(to),
        .incarnation = inc,
        .body_len = (uint16_t)codec_encode(type, m, f->conf->daemon_count, r.body, BODY_MAX),
    };
    core_on_packet(fleet_core(f, to), &r, f->now);
    block_unref(r.block);
}

void fleet_handle(struct fleet *f, unsigned to, handler *handle, unsigned from, const union control *m)
{
    struct received p = {.header = {.sender = (uint16_t)from,
                                    .receiver = (uint16_t)to,
                                    .incarnation = core_incarnation(f->cores[from])}};
    states_move(f->cores[to], handle(f->cores[to], &p, m, f->now), f->now);
}

struct procset fleet_said(struct fleet *f, unsigned d, unsigned type, union control *what)
{
    struct procset to = {{0}};
    struct sending s;
    while (core_next_sending(f->cores[d], &s)) {
        struct packet_header h;
        bool sound = packet_header_decode(&h, s.bytes, s.len);
        assert(sound);
        if (sound && h.type == type) {
            procset_add(&to, h.receiver);
            sound = !what || codec_decode(type, &what[h.receiver], f->conf->daemon_count,
                                          s.bytes + PACKET_HEADER, h.body_len);
            assert(sound);
        }
        block_unref(s.block);
    }
    return to;
}

struct roster fleet_roster(const struct fleet *f)
{
    struct roster all = {0};
    for (unsigned i = 0; i < (unsigned)f->conf->daemon_count; i++)
        if (f->cores[i])
            roster_add(&all, i, f->cores[i]->inc32);
    return all;
}

/* -- events -------------------------------------------------------------------------------- */

static void letters(char *text, const struct procset *s)
{
    for
        procset_each(i, s) *text++ = (char)('A' + i);
    *text = '\0';
}

static void note_effect(struct fleet *f, unsigned i, const struct effect *e)
{
    char text[PROCS_MAX + 1], *to = f->delivered[i];
    size_t at = strlen(to), room = FLEET_TEXT - at;
    switch (e->kind) {
    case EFFECT_DELIVER:
        snprintf(to + at, room, "%.*s", (int)e->ordered.message.len,
                 (const char *)e->ordered.message.frame);
        message_unref(&e->ordered.message);
        break;
    case EFFECT_TRANSITIONAL:
    case EFFECT_REGULAR:
        letters(text, &e->view->members);
        snprintf(to + at, room, e->kind == EFFECT_REGULAR ? "<%s>" : "{%s}", text);
        if (e->kind == EFFECT_REGULAR)
            core_open_lane(f->cores[i], e->view->tag, f->now);
        break;
    case EFFECT_EVENT:
        f->events[i][e->event->kind]++;
        f->doubts[i][e->event->why] += e->event->kind == EVENT_DOUBT;
        break;
    case EFFECT_LEFT:
        f->left[i] = true;
        break;
    }
}

static void drain(struct fleet *f)
{
    struct effect e;
    struct sending s;
    for (unsigned i = 0; i < FLEET_MAX; i++) {
        if (!f->cores[i])
            continue;
        while (core_next(f->cores[i], &e))
            note_effect(f, i, &e);
        while (core_next_sending(f->cores[i], &s)) {
            send_out(f, i, &s);
            block_unref(s.block);
        }
        if (f->left[i])
            fleet_kill(f, (char)('A' + i));
    }
}

unsigned fleet_doubts(struct fleet *f, char d, enum why why)
{
    drain(f);
    return f->doubts[d - 'A'][why];
}

/* The time of what comes next; packets come in the order in which they were sent. */
static usec next_time(const struct fleet *f)
{
    usec next = f->queued ? f->queue[0].at : NEVER;
    for (int i = 0; i < FLEET_MAX; i++)
        if (f->cores[i])
            next = usec_earlier(next, core_deadline(f->cores[i]));
    return next;
}

void fleet_run(struct fleet *f, usec us)
{
    usec end = f->now + us;
    for (;;) {
        drain(f);
        usec next = next_time(f);
        if (next > end)
            break;
        f->now = next > f->now ? next : f->now;
        while (f->queued && f->queue[0].at <= f->now) {
            struct in_flight p = f->queue[0];
            memmove(f->queue, f->queue + 1, --f->queued * sizeof *f->queue);
            arrive(f, &p);
            drain(f);
        }
        for (int i = 0; i < FLEET_MAX; i++)
            if (f->cores[i] && core_deadline(f->cores[i]) <= f->now)
                core_on_time(f->cores[i], f->now, 0, 1000000 + f->now / USEC_SECOND);
    }
    f->now = end;
}

const char *fleet_view(const struct fleet *f, char d)
{
    static char text[PROCS_MAX + 1];
    struct view v = core_view(fleet_core(f, d));
    if (core_state(fleet_core(f, d)) != CORE_OPER)
        return "?";
    letters(text, &v.members);
    return text;
}

struct fleet *fleet_of_three(void)
{
    struct fleet *f = fleet_new("ABC");
    fleet_run(f, 3 * USEC_SECOND);
    for (const char *d = "ABC"; *d; d++)
        assert(strcmp(fleet_view(f, *d), "ABC") == 0);
    return f;
}
