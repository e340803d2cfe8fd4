/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/config/parse.h"

enum { PORT_MOST = 65534 }; /* tokens use the port after it */

static struct conf_segment *open_segment(struct parser *p)
{
    return &p->conf->segments[p->conf->segment_count - 1];
}

static bool take_address(struct parser *p)
{
    struct conf_segment *s = open_segment(p);
    p->addresses[s->address_count] = p->token;
    s->addresses[s->address_count++] = p->token.ip;
    parse_advance(p);
    return !p->failed;
}

/* The first address may have a port, which is that of the whole segment. */
static bool parse_first_address(struct parser *p)
{
    struct conf_segment *s = open_segment(p);
    const struct token first = p->token;

    if (first.kind != TOKEN_ADDRESS && first.kind != TOKEN_ADDRESS_PORT)
        return parse_unexpected(p, "the address of the segment, such as 192.168.1.255:4803");
    if (first.kind == TOKEN_ADDRESS_PORT && first.value > PORT_MOST)
        return parse_fail(p, &first,
                          "port %u leaves no port after it for tokens: the highest is %d",
                          first.value, PORT_MOST);
    s->port = first.kind == TOKEN_ADDRESS_PORT ? (uint16_t)first.value : 0;
    if (s->port == 0)
        s->port = CONF_DEFAULT_PORT;
    return take_address(p);
}

static bool parse_more_addresses(struct parser *p)
{
    struct conf_segment *s = open_segment(p);
    while (p->token.kind == TOKEN_ADDRESS) {
        if (s->address_count == CONF_SEGMENT_ADDRESSES_MAX)
            return parse_fail(p, &p->token, "a segment has at most %d addresses",
                              CONF_SEGMENT_ADDRESSES_MAX);
        if (!take_address(p))
            return false;
    }
    return parse_expect(p, TOKEN_OPEN, "{ and the daemons, or one more address without a port");
}

/* -- what is known at the "}" ------------------------------------------------------------------ */

static bool check_address(struct parser *p, const struct token *at)
{
    const struct ip *ip = &at->ip;
    char text[IP_TEXT];
    ip_text(ip, text);

    if (p->conf->ip_version == 0)
        return parse_fail(p, at,
                          "a segment without daemons cannot come first unless ActiveIPVersion "
                          "says which addresses are used");
    if (ip->family != p->conf->ip_version)
        return parse_fail(p, at, "%s is an IPv%d address, and the daemons use IPv%d", text,
                          ip->family, p->conf->ip_version);
    if (ip_is_wildcard(ip))
        return parse_fail(p, at, "%s cannot be the address of a segment: nothing is sent to it",
                          text);
    if (ip->family == 6 && !ip_is_multicast(ip))
        parse_warn(p, at, "%s is no multicast address: it reaches one machine at most", text);
    return true;
}

static uint16_t port_of(const struct conf *conf, const struct conf_daemon *d)
{
    return conf->segments[d->segment].port;
}

/* Daemon d of the segment against one that came before it. */
static bool check_pair(struct parser *p, int d, int before)
{
    const struct conf *conf = p->conf;
    const struct conf_daemon *a = &conf->daemons[before], *b = &conf->daemons[d];
    int distance = port_of(conf, b) - port_of(conf, a);
    char text[IP_TEXT];

    if (!ip_equal(&a->ip, &b->ip))
        return true;
    if (distance == 0)
        return parse_fail(p, &p->daemons[d],
                          "%s and %s (line %d) have the same address %s and port %u", b->name,
                          a->name, a->line, ip_text(&a->ip, text), port_of(conf, a));
    if (distance == 1 || distance == -1)
        parse_warn(p, &p->daemons[d],
                   "port %u of %s would serve the tokens of one and the data of the other of %s "
                   "and %s (line %d)",
                   port_of(conf, distance == 1 ? b : a), ip_text(&a->ip, text), b->name, a->name,
                   a->line);
    return true;
}

static bool check_daemons(struct parser *p)
{
    const struct conf_segment *s = open_segment(p);
    if (s->daemon_count == 0)
        parse_warn(p, &p->addresses[0],
                   "this segment has no daemons; it counts in the hash and does nothing else");
    for (int d = s->first_daemon; d < p->conf->daemon_count; d++)
        for (int before = 0; before < d; before++)
            if (!check_pair(p, d, before))
                return false;
    return true;
}

bool parse_segment(struct parser *p)
{
    struct conf *conf = p->conf;
    if (conf->segment_count == CONF_SEGMENTS_MAX)
        return parse_fail(p, &p->token, "a configuration has at most %d segments",
                          CONF_SEGMENTS_MAX);
    conf->segments[conf->segment_count++].first_daemon = conf->daemon_count;
    parse_advance(p);
    if (!parse_first_address(p) || !parse_more_addresses(p))
        return false;

    while (p->token.kind != TOKEN_CLOSE) {
        if (p->token.kind == TOKEN_END)
            return parse_fail(p, &p->token, "the } of the segment in line %d is missing",
                              p->addresses[0].line);
        if (!parse_daemon(p))
            return false;
    }
    struct conf_segment *s = open_segment(p);
    s->daemon_count = conf->daemon_count - s->first_daemon;
    for (int i = 0; i < s->address_count; i++)
        if (!check_address(p, &p->addresses[i]))
            return false;
    if (!check_daemons(p))
        return false;
    parse_warn_of_segment(p, s);
    parse_advance(p);
    return !p->failed;
}
