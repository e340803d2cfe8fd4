/* SPDX-License-Identifier: MIT
 *
 * Other daemons: their datagrams in, ours out.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_peers.h"
#include "daemon/monitor/monitor.h"
#include "daemon/net/admit.h"

enum { LONE_AFTER_US = 10 * USEC_SECOND };

void peers_fini(struct peers_room *r)
{
    for (size_t i = r->relay_next; i < r->relay_count; i++)
        block_unref(r->relays[i].block);
    free(r->relays);
    block_unref(r->sending.block);
}

/* -- in ------------------------------------------------------------------------------------ */

/* Whose address that is. Where several share one, as on one machine, it is the first of them. */
static void name_source(const struct peers_room *r, const struct ip *source, struct event_record *e)
{
    const struct conf *conf = shared_conf(r->shared);
    uint64_t there = 0;
    for (int i = conf->daemon_count - 1; i >= 0; i--)
        if (i != r->shared->in_force.self && ip_equal(&conf->daemons[i].ip, source)) {
            e->daemon = (uint16_t)i;
            there++;
        }
    if (there == 0)
        snprintf(e->whom.text, sizeof e->whom.text, "a stranger");
    if (there > 1)
        e->number[2] = there;
}

static void tell_refusal(struct peers_room *r, enum why why, const struct ip *source,
                         const struct packet_header *h)
{
    struct event_record e = event_of(EVENT_REFUSED, why);
    ip_text(source, e.from);
    name_source(r, source, &e);
    e.number[0] = why == REFUSED_LENGTH ? 0 : h->hash;
    e.number[1] = shared_conf(r->shared)->hash;
    events_tell(r->shared, &e);
}

static void tell_unopened(struct peers_room *r, enum why why, const struct ip *source,
                          const struct packet_header *h)
{
    struct event_record e = event_about(EVENT_UNOPENED, h->sender, h->key_id);
    e.why = why;
    e.number[1] = seal_last_key(r->shared->seal, h->sender);
    ip_text(source, e.from);
    r->shared->unopened[h->sender] = (struct unopened){why, h->key_id, r->shared->now};
    events_tell(r->shared, &e);
}

/* It would be one of our ring if it ran this program. */
static void tell_other_spread(struct peers_room *r, int who, const struct ip *source)
{
    struct event_record e = event_about(EVENT_OTHER_SPREAD, (unsigned)who, 0);
    ip_text(source, e.from);
    events_tell(r->shared, &e);
}

/* False: none of a daemon's. */
static bool on_stranger(struct peers_room *r, const struct datagram_in *in)
{
    struct received none = {0};
    int who = monitor_other_spread(shared_conf(r->shared), in->bytes, in->len, &in->source,
                                   in->token_port);
    if (who >= 0)
        tell_other_spread(r, who, &in->source);
    else if (in->token_port)
        tell_refusal(r, REFUSED_LENGTH, &in->source, &none.header);
    return who >= 0 || in->token_port;
}

/* As it came: what is sealed stays sealed. */
static void relay(struct peers_room *r, const struct datagram_in *in)
{
    if (r->relay_count == r->relay_size) {
        r->relay_size = r->relay_size ? 2 * r->relay_size : 16;
        r->relays = memory_grow(r->relays, r->relay_size * sizeof r->relays[0]);
    }
    r->relays[r->relay_count++] = (struct sending){
        .to = {.kind = TO_SEGMENT},
        .block = block_ref(in->block),
        .bytes = in->bytes,
        .len = (uint32_t)in->len,
    };
}

/* Cheap questions first, then the seal. What is relayed stays as it came. */
static bool let_packet_in(struct peers_room *r, const struct datagram_in *in, struct received *p,
                          bool *relayed)
{
    struct shared *d = r->shared;
    struct admit a = {d->in_force.conf, d->in_force.self, core_incarnation(d->core)};
    enum why why = admit(&a, in->bytes, in->len, &in->source, p);
    if (why == ADMITTED && partition_cuts(&d->partition, p->header.sender, a.self, d->now))
        why = REFUSED_PARTITION;
    if (why != ADMITTED) {
        tell_refusal(r, why, &in->source, &p->header);
        return false;
    }
    *relayed = route_relays(a.conf, a.self, p);
    why = seal_open(d->seal, p, in->bytes, *relayed, core_life(d->core, p->header.sender), d->now);
    if (why != ADMITTED)
        tell_unopened(r, why, &in->source, &p->header);
    return why == ADMITTED;
}

bool peers_on_datagram(struct peers_room *r, const struct datagram_in *in)
{
    struct shared *d = r->shared;
    const struct in_force *f = &d->in_force;
    struct received p = {.block = in->block, .own_address = in->own_address};
    if (!packet_is_ours(in->bytes, in->len))
        return on_stranger(r, in);
    bool relayed;
    if (!let_packet_in(r, in, &p, &relayed))
        return true;
    d->counters.datagrams_in++;
    r->heard_one = true;
    if (ip_equal(&in->source, &f->conf->daemons[p.header.sender].ip))
        ways_note(&d->ways[p.header.sender], in->own_address, in->token_port, in->len, d->now);
    if (relayed)
        relay(r, in);
    core_on_packet(d->core, &p, d->now);
    return true;
}

void peers_on_unreachable(struct peers_room *r, uint16_t proc, const uint8_t *quoted, size_t len)
{
    struct packet_header h;
    if (packet_header_decode_cut(&h, quoted, len))
        core_on_unreachable(r->shared->core, proc, h.incarnation, h.counter, r->shared->now);
}

/* What another daemon's client sent is as much to be believed as that daemon, which is not enough
 * to skip the checks: they keep a faulty one from taking us with it. */
bool peers_let_in(struct peers_room *r, struct ordered *o)
{
    struct shared *d = r->shared;
    bool known = o->origin < FIRST_GHOST;
    if (o->origin == d->in_force.self)
        return true; /* checked when it came in */
    if (request_is_sound(&o->message, known ? shared_conf(d)->daemons[o->origin].name : NULL))
        return true;
    struct event_record e = event_about(EVENT_UNSOUND, o->origin, 0);
    events_tell(d, &e);
    message_unref(&o->message);
    return false;
}

/* -- out ----------------------------------------------------------------------------------- */

/* One of ours, as it goes out. */
static void seal_sending(struct shared *d, struct sending *s)
{
    if (!seal_is_on(d->seal))
        return;
    struct sealed sealed = seal_packet(d->seal, s->bytes, s->len);
    d->counters.datagrams_sealed++;
    block_unref(s->block);
    s->block = sealed.block;
    s->bytes = sealed.bytes;
    s->len = sealed.len;
}

/* The next packet, in r->sending, with its routes. */
static bool next_sending(struct peers_room *r)
{
    block_unref(r->sending.block);
    r->sending.block = NULL;
    r->route_at = 0;
    r->routes.count = 0;
    if (r->relay_next < r->relay_count) {
        r->sending = r->relays[r->relay_next++];
    } else {
        r->relay_next = r->relay_count = 0;
        if (!core_next_sending(r->shared->core, &r->sending)) {
            r->sending.block = NULL;
            return false;
        }
        seal_sending(r->shared, &r->sending);
    }
    route(shared_conf(r->shared), r->shared->in_force.self, &r->sending.to, r->sending.token_port,
          &r->routes);
    return true;
}

bool peers_have_datagrams(const struct peers_room *r)
{
    return r->route_at < r->routes.count || r->relay_next < r->relay_count ||
           core_has_sending(r->shared->core);
}

bool peers_next_datagram(struct peers_room *r, struct datagram_out *out)
{
    while (r->route_at == r->routes.count)
        if (!next_sending(r))
            return false;
    const struct route *way = &r->routes.list[r->route_at++];
    *out = (struct datagram_out){
        .segment = way->segment,
        .proc = way->proc,
        .token_port = r->sending.token_port && !way->segment,
        .block = block_ref(r->sending.block),
        .bytes = r->sending.bytes,
        .len = r->sending.len,
    };
    r->shared->counters.datagrams_out++;
    return true;
}

/* -- a daemon that hears nobody ------------------------------------------------------------ */

void peers_init(struct peers_room *r, struct shared *shared)
{
    r->shared = shared;
    r->lone_at = shared_conf(shared)->daemon_count > 1 ? shared->now + LONE_AFTER_US : NEVER;
}

void peers_on_time(struct peers_room *r)
{
    if (r->shared->now < r->lone_at)
        return;
    r->lone_at = NEVER;
    if (!r->heard_one)
        events_tell_kind(r->shared, EVENT_LONE, (uint64_t)shared_conf(r->shared)->daemon_count - 1);
}

/* What was noted stands in the order of the file. */
void peers_on_renumbered(struct peers_room *r)
{
    memset(r->shared->ways, 0, sizeof r->shared->ways);
    memset(r->shared->unopened, 0, sizeof r->shared->unopened);
}
