/* SPDX-License-Identifier: MIT
 *
 * What the log says of daemons that are not heard: what to look at, and what is known here of the
 * ways that are open. Nothing of it decides anything.
 */
#include <stdio.h>

#include "daemon/daemon_shared.h"

uint64_t hints_silence_ms(const struct shared *d, unsigned who)
{
    usec last = who < CONF_DAEMONS_MAX ? ways_last(&d->ways[who]) : 0;
    return last ? (d->now - last) / USEC_MS : 0;
}

/* "UDP ports 4803 and 4804 of segment 1, its multicast address 239.0.0.1" */
static int add_segment(const struct shared *d, int segment, char *text, size_t size)
{
    const struct conf_segment *s = &shared_conf(d)->segments[segment];
    char ip[IP_TEXT];
    const struct ip *address = &s->addresses[0];
    const char *kind = ip_is_multicast(address) ? "multicast " : "";
    int len = snprintf(text, size, "UDP ports %u and %u", s->port, s->port + 1u);
    if (s->address_count > 0 && len < (int)size)
        len += snprintf(text + len, size - (size_t)len, " and the %saddress %s", kind,
                        ip_text(address, ip));
    if (len < (int)size)
        len += snprintf(text + len, size - (size_t)len, " of segment %d", segment + 1);
    return len < (int)size ? len : (int)size - 1;
}

/* Ports, addresses and size of packets that a and b hear each other by. */
static const char *look_at(const struct shared *d, unsigned a, unsigned b, char text[HINT_TEXT])
{
    const struct conf *conf = shared_conf(d);
    if (a >= (unsigned)conf->daemon_count || b >= (unsigned)conf->daemon_count)
        return "the network"; /* a reload has just removed one */
    int first = conf->daemons[a].segment, second = conf->daemons[b].segment;
    int len = add_segment(d, first, text, HINT_TEXT);
    if (second != first) {
        len += snprintf(text + len, HINT_TEXT - (size_t)len, ", ");
        len += add_segment(d, second, text + len, HINT_TEXT - (size_t)len);
    }
    snprintf(text + len, HINT_TEXT - (size_t)len, ", and whether packets of %zu bytes pass",
             core_largest_packet(d->core));
    return text;
}

const char *hints_advice(const struct shared *d, const struct event_record *e, char text[HINT_TEXT])
{
    char what[HINT_TEXT];
    unsigned self = d->in_force.self;
    text[0] = '\0';
    if (e->kind == EVENT_ONE_WAY)
        snprintf(text, HINT_TEXT, "; look at %s", look_at(d, e->daemon, e->other, what));
    else if (e->kind == EVENT_LONE)
        snprintf(text, HINT_TEXT, ": if any of them runs, look at %s", look_at(d, self, self, what));
    return text;
}

void hints_ways(const struct shared *d, struct event_record *e)
{
    unsigned self = d->in_force.self, other = e->daemon == self ? e->other : e->daemon;
    const struct conf *conf = shared_conf(d);
    if ((e->daemon != self && e->other != self) || other >= (unsigned)conf->daemon_count)
        return;
    const struct ways *w = &d->ways[other];
    bool near = conf->daemons[other].segment == conf->daemons[self].segment;
    snprintf(e->from, sizeof e->from, "%s", conf->daemons[other].name);
    e->number[0] = ways_hint(w, near, d->now);
    e->number[1] = w->largest;
}
