/* SPDX-License-Identifier: MIT
 *
 * Other daemons: their datagrams in, ours out.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/daemon_inside.h"

enum { LONE_AFTER_US = 10 * USEC_SECOND };

void peers_free_all(struct daemon *d)
{
    for (size_t i = d->relay_next; i < d->relay_count; i++)
        block_unref(d->relays[i].block);
    free(d->relays);
    block_unref(d->sending.block);
}

/* -- in ------------------------------------------------------------------------------------ */

/* Whose address that is. Where several share one, as on one machine, it is the first of them. */
static void name_source(const struct daemon *d, const struct ip *source, struct event_record *e)
{
    const struct conf *conf = d->parts.conf;
    uint64_t there = 0;
    for (int i = conf->daemon_count - 1; i >= 0; i--)
        if (i != d->parts.self && ip_equal(&conf->daemons[i].ip, source)) {
            e->daemon = (uint16_t)i;
            there++;
        }
    if (there == 0)
        snprintf(e->whom.text, sizeof e->whom.text, "a stranger");
    if (there > 1)
        e->number[2] = there;
}

static void tell_refusal(struct daemon *d, enum why why, const struct ip *source,
                         const struct packet_header *h)
{
    struct event_record e = event_of(EVENT_REFUSED, why);
    ip_text(source, e.from);
    name_source(d, source, &e);
    e.number[0] = why == REFUSED_LENGTH ? 0 : h->hash;
    e.number[1] = d->parts.conf->hash;
    events_tell(d, &e);
}

/* It would be one of our ring if it ran this program. */
static void tell_other_spread(struct daemon *d, int who, const struct ip *source)
{
    struct event_record e = event_about(EVENT_OTHER_SPREAD, (unsigned)who, 0);
    ip_text(source, e.from);
    events_tell(d, &e);
}

static void on_stranger(struct daemon *d, const struct datagram_in *in)
{
    struct received none = {0};
    int who = monitor_other_spread(d->parts.conf, in->bytes, in->len, &in->source, in->token_port);
    if (who >= 0)
        tell_other_spread(d, who, &in->source);
    else if (in->token_port)
        tell_refusal(d, REFUSED_LENGTH, &in->source, &none.header);
    else
        monitor_on_datagram(d, in);
}

static void pass_on(struct daemon *d, const struct received *p, const struct datagram_in *in)
{
    if (d->relay_count == d->relay_size) {
        d->relay_size = d->relay_size ? 2 * d->relay_size : 16;
        d->relays = memory_grow(d->relays, d->relay_size * sizeof d->relays[0]);
    }
    d->relays[d->relay_count++] = (struct sending){
        .to = {.kind = TO_SEGMENT},
        .block = block_ref(p->block),
        .bytes = in->bytes,
        .len = (uint32_t)in->len,
    };
}

void peers_on_datagram(struct daemon *d, const struct datagram_in *in)
{
    struct admit a = {d->parts.conf, (uint16_t)d->parts.self, core_incarnation(d->core)};
    struct received p = {.block = in->block, .own_address = in->own_address};
    if (!packet_is_ours(in->bytes, in->len)) {
        on_stranger(d, in);
        return;
    }
    enum why verdict = admit(&a, in->bytes, in->len, &in->source, &p);
    if (verdict == ADMITTED &&
        partition_cuts(&d->partition, p.header.sender, (unsigned)d->parts.self, d->now))
        verdict = REFUSED_PARTITION;
    if (verdict != ADMITTED) {
        tell_refusal(d, verdict, &in->source, &p.header);
        return;
    }
    d->counters.datagrams_in++;
    if (ip_equal(&in->source, &d->parts.conf->daemons[p.header.sender].ip))
        ways_note(&d->ways[p.header.sender], in->own_address, in->token_port, in->len, d->now);
    if (route_passes_on(d->parts.conf, (uint16_t)d->parts.self, &p))
        pass_on(d, &p, in);
    core_on_packet(d->core, &p, d->now);
}

void peers_on_unreachable(struct daemon *d, uint16_t proc, const uint8_t *quoted, size_t len)
{
    struct packet_header h;
    if (packet_header_decode_cut(&h, quoted, len))
        core_on_unreachable(d->core, proc, h.incarnation, h.counter, d->now);
}

/* -- out ----------------------------------------------------------------------------------- */

/* The next packet, in d->sending, with its routes. */
static bool next_sending(struct daemon *d)
{
    block_unref(d->sending.block);
    d->sending.block = NULL;
    d->route_at = 0;
    d->routes.count = 0;
    if (d->relay_next < d->relay_count) {
        d->sending = d->relays[d->relay_next++];
    } else {
        d->relay_next = d->relay_count = 0;
        if (!core_next_sending(d->core, &d->sending)) {
            d->sending.block = NULL;
            return false;
        }
    }
    route(d->parts.conf, (uint16_t)d->parts.self, &d->sending.to, d->sending.token_port,
          &d->routes);
    return true;
}

bool peers_have_datagrams(const struct daemon *d)
{
    return d->route_at < d->routes.count || d->relay_next < d->relay_count ||
           core_has_sending(d->core);
}

bool daemon_next_datagram(struct daemon *d, struct datagram_out *out)
{
    while (d->route_at == d->routes.count)
        if (!next_sending(d))
            return false;
    const struct route *r = &d->routes.list[d->route_at++];
    *out = (struct datagram_out){
        .segment = r->segment,
        .proc = r->proc,
        .token_port = d->sending.token_port && !r->segment,
        .block = block_ref(d->sending.block),
        .bytes = d->sending.bytes,
        .len = d->sending.len,
    };
    d->counters.datagrams_out++;
    return true;
}

/* -- a daemon that hears nobody ------------------------------------------------------------ */

static bool hears_somebody(const struct daemon *d)
{
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        if (ways_last(&d->ways[i]))
            return true;
    return false;
}

void peers_begin(struct daemon *d)
{
    d->lone_at = d->parts.conf->daemon_count > 1 ? d->now + LONE_AFTER_US : NEVER;
}

void peers_on_time(struct daemon *d)
{
    if (d->now < d->lone_at)
        return;
    d->lone_at = NEVER;
    if (!hears_somebody(d))
        events_tell_kind(d, EVENT_LONE, (uint64_t)d->parts.conf->daemon_count - 1);
}
