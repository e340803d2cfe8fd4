/* SPDX-License-Identifier: MIT
 *
 * Whom the addresses of the file reach, as far as they tell it themselves; which networks this
 * machine is in, io/host.c knows.
 */
#include <string.h>

#include "daemon/config/parse.h"

enum {
    BITS = 32,
    EVERYBODY_HERE =
        0x7fffffff, /* 127.255.255.255, the broadcast address of the loopback network */
    WIDEST = 30, /* bits of the smallest network with a broadcast address; /31 and /32 have none */
};

static uint32_t number_of(const struct ip *ip)
{
    return (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
           (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
}

/* Whether there can be a network that has one as its broadcast address and the other in it: what
 * follows the prefix is all ones in a broadcast address. So 10.5.5.255 may be that of 10.5.5.1, in
 * a network of 24 bits or more, but not that of 10.5.6.1. */
static bool may_broadcast_to(const struct ip *address, const struct ip *daemon)
{
    uint32_t ones = number_of(address);
    int bits = BITS;
    for (; bits > 0 && (ones & 1); ones >>= 1)
        bits--;
    return bits <= WIDEST &&
           (bits == 0 || number_of(address) >> (BITS - bits) == number_of(daemon) >> (BITS - bits));
}

static void warn_of_address(struct parser *p, const struct conf_segment *s, const struct token *at)
{
    char text[IP_TEXT], there[IP_TEXT];
    const struct conf_daemon *d = &p->conf->daemons[s->first_daemon];
    const struct conf_daemon *end = d + s->daemon_count, *missed = NULL;
    ip_text(&at->ip, text);
    for (; d < end; d++) {
        if (ip_equal(&d->ip, &at->ip)) {
            parse_warn(p, at,
                       "%s is the address of %s: what is sent to the segment reaches that daemon "
                       "alone",
                       text, d->name);
            return;
        }
        if (!missed && !may_broadcast_to(&at->ip, &d->ip))
            missed = d;
    }
    if (ip_is_loopback(&at->ip) && !missed && number_of(&at->ip) != EVERYBODY_HERE)
        parse_warn(p, at,
                   "%s reaches one daemon of this machine alone: 127.255.255.255 reaches all, or "
                   "give each a segment of its own",
                   text);
    else if (missed && ip_is_loopback(&at->ip))
        parse_warn(p, at, "%s reaches this machine alone, and %s is at %s", text, missed->name,
                   ip_text(&missed->ip, there));
    else if (missed)
        parse_warn(p, at,
                   "%s is no multicast address, and the broadcast address of no network that has "
                   "%s: what is sent to it does not reach %s",
                   text, ip_text(&missed->ip, there), missed->name);
}

void parse_warn_of_segment(struct parser *p, const struct conf_segment *s)
{
    for (int i = 0; s->daemon_count > 1 && i < s->address_count; i++)
        if (s->addresses[i].family == 4 && !ip_is_multicast(&s->addresses[i]))
            warn_of_address(p, s, &p->addresses[i]);
}

/* Every machine has this name for itself, and whoever writes it means that. */
static bool is_localhost(const char *name)
{
    return strcmp(name, "localhost") == 0 || strncmp(name, "localhost.", 10) == 0 ||
           strcmp(name, "ip6-localhost") == 0;
}

/* A name that this machine's hosts file has with 127.0.1.1, as installers write it for the machine
 * itself, has another address on the others: their hashes differ, and it would serve alone. */
bool parse_check_loopback(struct parser *p)
{
    const struct conf *c = p->conf;
    const struct conf_daemon *reachable = NULL;
    char here[IP_TEXT], there[IP_TEXT];
    for (int i = 0; i < c->daemon_count && !reachable; i++)
        if (!ip_is_loopback(&c->daemons[i].ip))
            reachable = &c->daemons[i];
    for (int i = 0; reachable && i < c->daemon_count; i++) {
        const struct conf_daemon *d = &c->daemons[i];
        if (!ip_is_loopback(&d->ip))
            continue;
        ip_text(&d->ip, here);
        ip_text(&reachable->ip, there);
        if (p->looked_up[i] && !is_localhost(d->name))
            return parse_fail(p, &p->daemons[i],
                              "the hosts file of this machine (/etc/hosts) says that %s is %s, "
                              "which no other machine reaches, and %s is at %s: correct it, or "
                              "write the address of %s behind its name",
                              d->name, here, reachable->name, there, d->name);
        parse_warn(p, &p->daemons[i],
                   "%s is at %s, which no other machine reaches, and %s is at %s", d->name, here,
                   reachable->name, there);
    }
    return true;
}
