/* SPDX-License-Identifier: MIT */
#include "tests/unit/config/reading.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"

static bool resolve(void *context, const char *name, int family, struct ip *ip, const char **why)
{
    (void)context;
    *why = "nobody knows it";
    if (strcmp(name, "localhost") == 0 && family != 6)
        return ip_parse(ip, "127.0.0.1");
    if (strcmp(name, "node0") == 0 && family != 6)
        return ip_parse(ip, "127.0.1.1");
    if (strcmp(name, "node1") == 0 && family != 6)
        return ip_parse(ip, "10.5.5.1");
    return strcmp(name, "ip6-localhost") == 0 && family != 4 && ip_parse(ip, "::1");
}

static void keep(void *context, const struct conf_finding *f)
{
    struct reading *r = context;
    struct said s = {.fatal = f->fatal, .line = f->line, .column = f->column};
    snprintf(s.token, sizeof s.token, "%s", f->token);
    snprintf(s.message, sizeof s.message, "%s", f->message);
    snprintf(s.source, sizeof s.source, "%s", f->source);
    conf_finding_text(f, s.text, sizeof s.text);
    assert(r->count < SAID_MAX); /* a file of garbage must not fill the log */
    r->said[r->count] = s;
    if (f->fatal) {
        r->fatal_count++;
        r->fatal = &r->said[r->count];
    }
    r->count++;
}

struct reading *reading_of_bytes(const char *bytes, size_t len)
{
    struct reading *r = memory_grow(NULL, sizeof *r); /* what nobody has said need not be cleared */
    r->conf = NULL;
    r->fatal = NULL;
    r->count = r->fatal_count = 0;
    char *exact = malloc(len ? len : 1);
    if (len)
        memcpy(exact, bytes, len);
    struct conf_source source = {.file = "test.conf",
                                 .text = exact,
                                 .len = len,
                                 .resolve = resolve,
                                 .report = keep,
                                 .report_context = r};
    r->conf = conf_parse(&source);
    free(exact);
    return r;
}

struct reading *reading_of(const char *text)
{
    return reading_of_bytes(text, strlen(text));
}

void reading_free(struct reading *r)
{
    conf_free(r->conf);
    free(r);
}

const struct said *reading_warning(const struct reading *r, const char *part)
{
    for (int i = 0; i < r->count; i++)
        if (!r->said[i].fatal && strstr(r->said[i].message, part))
            return &r->said[i];
    return NULL;
}

struct text {
    char *bytes;
    size_t len;
};

static void add_line(void *context, const char *line)
{
    struct text *t = context;
    size_t len = strlen(line);
    t->bytes = memory_grow(t->bytes, t->len + len + 2);
    memcpy(t->bytes + t->len, line, len);
    memcpy(t->bytes + t->len + len, "\n", 2);
    t->len += len + 1;
}

char *described(const struct conf *conf)
{
    struct text t = {0};
    conf_describe(conf, add_line, &t);
    return t.bytes;
}

/* -- what must hold of every reading ----------------------------------------------------------- */

static const char *flaw_of_daemon(const struct conf *c, int i)
{
    const struct conf_daemon *d = &c->daemons[i];
    const struct conf_segment *s = &c->segments[d->segment];
    if (!memchr(d->name, '\0', sizeof d->name) || d->name[0] == '\0')
        return "a daemon without a name";
    if (d->segment < 0 || d->segment >= c->segment_count || i < s->first_daemon ||
        i >= s->first_daemon + s->daemon_count)
        return "a daemon outside its segment";
    if (d->ip.family != c->ip_version || ip_is_multicast(&d->ip) || ip_is_wildcard(&d->ip))
        return "a daemon nobody can reach";
    if (conf_find_name(c, d->name) != i || conf_find_id(c, d->id) != i)
        return "two daemons of one name or id";
    if (d->interface_count < 0 || d->interface_count > CONF_INTERFACES_MAX)
        return "too many interfaces";
    return NULL;
}

static const char *flaw_of_conf(const struct conf *c)
{
    int daemons = 0;
    if (c->segment_count < 1 || c->segment_count > CONF_SEGMENTS_MAX || c->daemon_count < 1 ||
        c->daemon_count > CONF_DAEMONS_MAX)
        return "nobody, or too many";
    for (int i = 0; i < c->segment_count; i++) {
        const struct conf_segment *s = &c->segments[i];
        if (s->port < 1 || s->port > 65534 || s->address_count < 1 ||
            s->address_count > CONF_SEGMENT_ADDRESSES_MAX || s->first_daemon != daemons)
            return "a segment that cannot be";
        daemons += s->daemon_count;
    }
    if (daemons != c->daemon_count)
        return "daemons without a segment";
    for (int i = 0; i < c->daemon_count; i++)
        if (flaw_of_daemon(c, i))
            return flaw_of_daemon(c, i);
    if (c->window < 1 || c->window > CONF_WINDOW_MAX || c->personal_window < 1 ||
        c->personal_window > c->window || c->timeouts.token < 1 || c->timeouts.lookup < 1)
        return "a window or timeout out of range";
    return NULL;
}

static bool has_both(const char *text)
{
    return strchr(text, '"') && strchr(text, '\'');
}

/* A text with both kinds of quotes may be impossible to write down again: it has come from a word
 * that began with a quote, or was longer. */
static bool is_unwritable(const struct conf *c)
{
    bool both = has_both(c->event_log_file) || has_both(c->event_stamp_format) ||
                has_both(c->runtime_dir) || has_both(c->daemon_user) || has_both(c->daemon_group) ||
                has_both(c->daemon_key_file) || has_both(c->tls_cert_file) ||
                has_both(c->tls_key_file) || has_both(c->tls_ca_file) || has_both(c->tls_crl_file);
    for (int i = 0; i < c->daemon_count; i++)
        both = both || has_both(c->daemons[i].name);
    return both;
}

static const char *flaw_of_description(const struct conf *c)
{
    const char *flaw = NULL;
    char *first = described(c);
    struct reading *again = reading_of(first);
    char *second = again->conf ? described(again->conf) : NULL;
    if (!again->conf)
        flaw = "the description is refused";
    else if (again->conf->hash != c->hash || !conf_same_ring(again->conf, c))
        flaw = "the description means another ring";
    else if (strcmp(first, second) != 0)
        flaw = "the description means other settings";
    free(first);
    free(second);
    reading_free(again);
    return flaw;
}

const char *reading_flaw(const struct reading *r)
{
    if (r->fatal_count != (r->conf == NULL))
        return "neither a configuration nor one reason";
    if (!r->conf)
        return r->said[r->count - 1].fatal ? NULL : "something was said after the fatal finding";
    const char *flaw = flaw_of_conf(r->conf);
    return flaw || is_unwritable(r->conf) ? flaw : flaw_of_description(r->conf);
}
