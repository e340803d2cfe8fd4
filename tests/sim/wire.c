/* SPDX-License-Identifier: MIT
 *
 * Datagrams on their way from one simulated process to others.
 */
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/split.h"
#include "tests/sim/world.h"

enum {
    KERNEL_BYTES = 768, /* that a datagram takes of a receive buffer besides its own */
    SOURCE_PORT = 1024,
};

struct arrival {
    enum happening_kind kind;
    struct process *to;
    struct caught datagram;
    bool damaged, injected;
    uint64_t damage; /* which bits */
};

void wire_drop(struct arrival *a)
{
    block_unref(a->datagram.block);
    free(a);
}

struct process *wire_receiver(const struct arrival *a)
{
    return a->to;
}

bool wire_is_for_token_port(const struct arrival *a)
{
    return a->datagram.token_port;
}

size_t wire_truesize(const struct arrival *a)
{
    return a->datagram.len + KERNEL_BYTES;
}

/* -- out ----------------------------------------------------------------------------------- */

static struct arrival *plan(struct world *w, const struct caught *c, struct process *to, usec at)
{
    struct arrival *a = memory_new(sizeof *a);
    *a = (struct arrival){.kind = HAPPENS_ARRIVAL, .to = to, .datagram = *c};
    block_ref(c->block);
    world_plan_arrival(w, at, a);
    return a;
}

void world_inject(struct world *w, usec at, const struct caught *c)
{
    plan(w, c, &w->processes[c->to], at)->injected = true;
}

static void tell_sent(const struct process *from, const struct caught *c)
{
    struct world *w = from->world;
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_sent)
            w->observers[i].on_sent(w->observers[i].context, from, c);
}

static void tell_passage(struct world *w, const struct datagram_out *out,
                         const struct packet_header *h, int from, int to,
                         const struct carriage *c)
{
    struct passage d = {.from = from, .to = to, .header = h, .len = out->len,
                        .copies = c->copies, .at = c->copies ? c->at[0] : w->now};
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_passage)
            w->observers[i].on_passage(w->observers[i].context, &d);
}

static void carry(struct process *from, const struct datagram_out *out,
                  const struct packet_header *h, struct process *to)
{
    struct world *w = from->world;
    struct carriage c = {0};
    struct caught sent = {out->block,      out->bytes, out->len, from->index, to->index,
                          out->token_port, out->segment};
    enum fate fate = FATE_CARRY;
    usec delay = 0;
    w->datagrams++;
    tell_sent(from, &sent);
    if (w->fate)
        fate = w->fate(w->fate_context, from->index, to->index, h, &delay);
    if (fate != FATE_LOSE) {
        struct parcel p = {.from = (unsigned)from->index, .to = (unsigned)to->index,
                           .len = out->len, .type = h->type, .token_port = out->token_port};
        c = network_carry(&w->network, &p, w->now);
    }
    for (int i = 0; i < c.copies; i++) {
        if (fate == FATE_DELAY)
            c.at[i] += delay;
        struct arrival *a = plan(w, &sent, to, c.at[i]);
        a->damaged = c.damaged[i];
        a->damage = a->damaged ? c.at[i] * 0x9e3779b97f4a7c15u : 0;
    }
    if (fate == FATE_DOUBLE && c.copies > 0)
        plan(w, &sent, to, c.at[0] + delay);
    tell_passage(w, out, h, from->index, to->index, &c);
}

static void carry_to_segment(struct process *from, const struct datagram_out *out,
                             const struct packet_header *h)
{
    struct world *w = from->world;
    const struct version *v = process_version(from);
    const struct conf *c = v->conf;
    const struct conf_segment *s =
        &c->segments[c->daemons[v->conf_index[from->index]].segment];
    for (int k = s->first_daemon; k < s->first_daemon + s->daemon_count; k++) {
        int i = v->world_index[k];
        if (&w->processes[i] != from)
            carry(from, out, h, &w->processes[i]);
        if (w->twins[i].daemon && &w->twins[i] != from)
            carry(from, out, h, &w->twins[i]);
    }
}

static void send_one(struct process *from, const struct datagram_out *out)
{
    struct world *w = from->world;
    struct packet_header h;
    packet_header_decode(&h, out->bytes, out->len);
    uint16_t to = out->segment ? NO_PROC : process_version(from)->world_index[out->proc];
    if (out->segment)
        carry_to_segment(from, out, &h);
    else if (to != NO_PROC)
        carry(from, out, &h, w->twins[to].daemon ? &w->twins[to] : &w->processes[to]);
}

void wire_send(struct process *p)
{
    struct datagram_out out;
    while (daemon_next_datagram(p->daemon, &out)) {
        send_one(p, &out);
        block_unref(out.block);
    }
}

/* -- in ------------------------------------------------------------------------------------ */

static void tell_handed(const struct process *p, const struct arrival *a, bool let_in)
{
    struct world *w = p->world;
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_handed)
            w->observers[i].on_handed(w->observers[i].context, p, &a->datagram, let_in, a->injected);
}

/* Bytes of its own: it may open them where they lie, and others get the same datagram. */
static struct block *copy_of(const struct caught *c)
{
    struct block *block = block_new(c->len);
    memcpy(block->bytes, c->bytes, c->len);
    return block;
}

static void take_in(struct process *p, const struct arrival *a, struct block *block)
{
    const struct caught *c = &a->datagram;
    uint64_t before = daemon_counters(p->daemon)->datagrams_in;
    struct datagram_in in = {
        .block = block,
        .bytes = block->bytes,
        .len = c->len,
        .source = p->world->conf->daemons[c->from].ip,
        .source_port = SOURCE_PORT,
        .token_port = c->token_port,
        .own_address = !c->segment,
    };
    daemon_on_datagram(p->daemon, &in, p->world->now);
    block_unref(block);
    tell_handed(p, a, daemon_counters(p->daemon)->datagrams_in > before);
}

/* Header bytes that are checked before anything is believed: magic, version, key id, hash, length. */
static bool is_checked_field(size_t at)
{
    return at < 3 || at == 5 || (at >= 8 && at < 12) || at == 28 || at == 29;
}

/* A datagram with a bit turned. The seal finds every such bit. Without one the daemon gets it where
 * the header alone gives it away, and must refuse it; elsewhere it is lost, as the checksum of the
 * network sees to. */
static void take_in_damaged(struct process *p, const struct arrival *a)
{
    const struct caught *c = &a->datagram;
    size_t at = (a->damage >> 8) % 2 ? (a->damage >> 16) % PACKET_HEADER : (a->damage >> 16) % c->len;
    uint64_t refused = counters_refused(daemon_counters(p->daemon));
    if (!p->world->options.sealed && !is_checked_field(at))
        return;
    struct block *block = copy_of(c);
    block->bytes[at] ^= (uint8_t)(1u << (a->damage & 7));
    take_in(p, a, block);
    /* What does not begin with our magic is left to the monitor, which may know it. */
    if (at >= 2 && counters_refused(daemon_counters(p->daemon)) != refused + 1)
        verdict_break(&p->world->verdict, "D1", "d%d took a datagram whose byte %zu was damaged",
                      p->index + 1, at);
}

void wire_hand_over(struct process *p, struct arrival *a)
{
    if (a->damaged)
        take_in_damaged(p, a);
    else
        take_in(p, a, copy_of(&a->datagram));
    wire_drop(a);
    process_finish(p);
}
