/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/config/hash.h"
#include "daemon/config/parse.h"
#include "daemon/config/shape.h"
#include "libspread/wire/names.h"

enum { HOST_NAME = 256 };

_Static_assert(CONF_DAEMON_NAME == DAEMON_NAME_MAX + 1, "clients see the same names");

/* -- the name ---------------------------------------------------------------------------------- */

/* The name of a daemon that is given by its address is the text of that, without the interface. */
static size_t name_len(const struct token *t)
{
    const char *zone = t->kind == TOKEN_ADDRESS ? memchr(t->text, '%', t->text_len) : NULL;
    return zone ? (size_t)(zone - t->text) : t->text_len;
}

static void warn_of_name(struct parser *p, const struct conf_daemon *d, const struct token *t)
{
    if (name_len(t) > DAEMON_NAME_MAX)
        parse_warn(p, t, "a daemon's name has at most %d bytes: this one is cut to %s",
                   DAEMON_NAME_MAX, d->name);
    else if (t->text[t->text_len - 1] == ';')
        parse_warn(p, t, "the ; is part of the name, since no blank stands before it");
    else if (!name_bytes_legal(d->name, strlen(d->name)))
        parse_warn(p, t, "a name should have bytes from $ to ~ only: clients find it in their own");
}

static bool check_name(struct parser *p, const struct conf_daemon *d, const struct token *t)
{
    if (d->name[0] == '\0')
        return parse_fail(p, t, "a daemon must have a name");
    for (int i = 0; i < p->conf->daemon_count; i++) {
        const struct conf_daemon *other = &p->conf->daemons[i];
        if (strcmp(other->name, d->name) == 0)
            return parse_fail(p, t, "the name %s is taken by the daemon in line %d%s", d->name,
                              other->line,
                              name_len(t) > DAEMON_NAME_MAX ? " (names are cut to 19 bytes)" : "");
    }
    return true;
}

/* -- the address ------------------------------------------------------------------------------- */

/* "127.0.0.1;" after a name is a word, which genuine looks up as a second daemon's host name. */
static bool is_glued_address(const struct token *t)
{
    return t->kind == TOKEN_WORD && t->len > 1 && t->at[t->len - 1] == ';' &&
           (shape_ipv4(t->at, t->len) == t->len - 1 || shape_is_ipv6(t->at, t->len - 1));
}

/* The address of a daemon that is known by name alone. */
static bool look_up(struct parser *p, struct conf_daemon *d, const struct token *name)
{
    const struct conf_source *source = p->source;
    const char *why = "there is nobody to ask";
    char host[HOST_NAME];

    if (is_glued_address(name))
        return parse_fail(p, name, "%.*s is no address (put a blank before the ;)",
                          (int)name->text_len, name->text);
    if (name->text_len >= sizeof host)
        return parse_fail(p, name, "a host name has at most %d bytes", HOST_NAME - 1);
    snprintf(host, sizeof host, "%.*s", (int)name->text_len, name->text);
    if (source->resolve &&
        source->resolve(source->resolve_context, host, p->conf->ip_version, &d->ip, &why))
        return true;
    return parse_fail(p, name, "the address of %s cannot be found: %s", host, why);
}

static bool check_address(struct parser *p, const struct conf_daemon *d, const struct token *at)
{
    char text[IP_TEXT];
    ip_text(&d->ip, text);
    if (ip_is_wildcard(&d->ip) || ip_is_multicast(&d->ip))
        return parse_fail(p, at,
                          "%s cannot be the address of a daemon: it must be that of one "
                          "machine",
                          text);
    if (p->conf->ip_version == 0)
        p->conf->ip_version = d->ip.family;
    if (d->ip.family != p->conf->ip_version)
        return parse_fail(p, at, "%s is an IPv%d address, and this configuration uses IPv%d", text,
                          d->ip.family, p->conf->ip_version);
    return true;
}

/* text ip | text | ip */
static bool parse_name_and_address(struct parser *p, struct conf_daemon *d)
{
    const struct token name = p->token;
    bool named = parse_sees_text(p);

    if (!named && name.kind != TOKEN_ADDRESS)
        return parse_unexpected_text(p, "a daemon's name or address, or }");
    d->line = name.line;
    d->ip = name.ip;
    snprintf(d->name, sizeof d->name, "%.*s", (int)name_len(&name), name.text);
    parse_advance(p);
    const struct token address = named && p->token.kind == TOKEN_ADDRESS ? p->token : name;
    if (p->failed || !check_name(p, d, &name))
        return false;
    if (address.kind != TOKEN_ADDRESS) {
        p->looked_up[p->conf->daemon_count] = true;
        return look_up(p, d, &name) && check_address(p, d, &name);
    }
    d->ip = address.ip;
    if (named)
        parse_advance(p);
    return !p->failed && check_address(p, d, &address);
}

/* -- VirtualID --------------------------------------------------------------------------------- */

static bool parse_id(struct parser *p, struct conf_daemon *d)
{
    struct token at = p->daemons[p->conf->daemon_count];
    d->id = conf_id_of_name(d->name);
    if (p->token.kind == TOKEN_VIRTUAL_ID) {
        parse_advance(p);
        if (!parse_expect(p, TOKEN_EQUALS, "= after VirtualID"))
            return false;
        at = p->token;
        d->id = at.value;
        if (!parse_expect(p, TOKEN_NUMBER, "a number from 1 to 999999999"))
            return false;
        if (d->id == 0)
            return parse_fail(p, &at, "a VirtualID is 1 to 999999999");
    }
    int other = conf_find_id(p->conf, d->id);
    if (other < 0)
        return true;
    return parse_fail(p, &at, "%s and %s (line %d) have the same VirtualID %u", d->name,
                      p->conf->daemons[other].name, p->conf->daemons[other].line, d->id);
}

/* -- interfaces -------------------------------------------------------------------------------- */

static bool parse_interface(struct parser *p, struct conf_daemon *d)
{
    unsigned uses = 0;
    for (; p->token.kind == TOKEN_LETTER; parse_advance(p))
        uses |= p->token.value;
    const struct token address = p->token;
    if (!parse_expect(p, TOKEN_ADDRESS,
                      uses ? "an address without a port, or C, D or M"
                           : "C, D, M, an address without a port, or }"))
        return false;
    if (d->interface_count == CONF_INTERFACES_MAX)
        return parse_fail(p, &address, "a daemon has at most %d interfaces", CONF_INTERFACES_MAX);
    if (uses == CONF_FOR_MONITOR)
        parse_warn(p, &address,
                   "M alone opens nothing: monitors are heard at the addresses for daemons (D)");
    struct conf_interface new = {.ip = address.ip, .uses = uses ? uses : CONF_FOR_ALL};
    for (int i = 0; i < d->interface_count; i++)
        if (ip_equal(&d->interfaces[i].ip, &new.ip) &&
            (d->interfaces[i].uses & new.uses &CONF_FOR_CLIENTS))
            parse_warn(p, &address,
                       "clients cannot be served twice at one address: %s will not "
                       "start",
                       d->name);
    d->interfaces[d->interface_count++] = new;
    return true;
}

/* Packets to the daemon's address must arrive. */
static bool has_own_address(const struct conf_daemon *d)
{
    for (int i = 0; i < d->interface_count; i++) {
        const struct conf_interface *f = &d->interfaces[i];
        bool any = ip_is_wildcard(&f->ip) && f->ip.family == d->ip.family;
        if ((f->uses & CONF_FOR_DAEMONS) && (any || ip_equal(&f->ip, &d->ip)))
            return true;
    }
    return false;
}

static bool parse_interfaces(struct parser *p, struct conf_daemon *d)
{
    const struct token open = p->token;
    char text[IP_TEXT];

    if (open.kind != TOKEN_OPEN)
        return true;
    parse_advance(p);
    while (p->token.kind != TOKEN_CLOSE)
        if (!parse_interface(p, d))
            return false;
    if (d->interface_count == 0)
        return parse_fail(p, &open, "an interface list has one entry at least");
    if (!has_own_address(d))
        return parse_fail(p, &open, "one interface for daemons (D) must be %s, the address of %s",
                          ip_text(&d->ip, text), d->name);
    parse_advance(p);
    return !p->failed;
}

bool parse_daemon(struct parser *p)
{
    struct conf *conf = p->conf;
    struct conf_daemon d = {.segment = conf->segment_count - 1};

    if (conf->daemon_count == CONF_DAEMONS_MAX)
        return parse_fail(p, &p->token, "expected }: a configuration has at most %d daemons",
                          CONF_DAEMONS_MAX);
    p->daemons[conf->daemon_count] = p->token;
    if (!parse_name_and_address(p, &d))
        return false;
    warn_of_name(p, &d, &p->daemons[conf->daemon_count]);
    if (!parse_id(p, &d) || !parse_interfaces(p, &d))
        return false;
    conf->daemons[conf->daemon_count++] = d;
    if (p->token.kind == TOKEN_SEMICOLON)
        parse_advance(p);
    return !p->failed;
}
