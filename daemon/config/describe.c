/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/config/defaults.h"
#include "daemon/config/hash.h"
#include "daemon/config/options.h"
#include "daemon/config/words.h"

enum {
    VALUE = 4096 + 8, /* the longest text with its quotes */
    LINE = VALUE + 64,
};

struct printer {
    void (*write)(void *context, const char *line);
    void *context;
    char line[LINE];
    size_t len;
};

static void add(struct printer *out, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct printer *out, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int n = vsnprintf(out->line + out->len, LINE - out->len, format, arguments);
    va_end(arguments);
    if (n > 0)
        out->len += (size_t)n < LINE - out->len ? (size_t)n : LINE - out->len - 1;
}

static void end_line(struct printer *out)
{
    out->write(out->context, out->line);
    out->len = 0;
    out->line[0] = '\0';
}

/* -- values ------------------------------------------------------------------------------------ */

/* Quoted where it would be read as something else otherwise. */
static void quote(char *value, size_t size, const char *text)
{
    const char *mark = lex_is_plain(text) ? "" : strchr(text, '"') ? "'" : "\"";
    snprintf(value, size, "%s%s%s", mark, text, mark);
}

static void list_flags(char *value, size_t size, uint32_t mask)
{
    /* Bits without a name come with ALL only, and go with it. */
    bool all = (mask & ~(uint32_t)FLAGS_NAMED) != 0;
    size_t len = (size_t)snprintf(value, size, all ? "{ ALL" : "{");
    for (const struct word *w = NULL; (w = word_after(w, TOKEN_FLAG));)
        if (w->value != 0 && w->value != FLAGS_ALL && !(mask & w->value) == all)
            len += (size_t)snprintf(value + len, size - len, all ? " !%s" : " %s", w->text);
    snprintf(value + len, size - len, " }");
}

/* settle_stamp may have added seconds to a format that has no room for them in a file. */
static void quote_stamp(char *value, size_t size, const struct option *o, const char *format)
{
    char written[sizeof((struct conf *)0)->event_stamp_format];
    size_t len = strlen(format);
    snprintf(written, sizeof written, "%.*s", (int)(len > o->most ? len - strlen(" %s") : len),
             format);
    quote(value, size, written);
}

static const char *require_text(enum conf_tls_require require)
{
    static const char *const texts[] = {"no", "yes", "Certificate"};
    return texts[require];
}

static const char *access_text(enum conf_status_access access)
{
    static const char *const texts[] = {"local", "off", "public"};
    return texts[access];
}

static const char *value_text(const struct option *o, const struct conf *conf, char value[VALUE])
{
    const void *field = option_value(o, conf);
    switch (o->kind) {
    case OPTION_BOOLEAN:
    case OPTION_PRECISE:
        snprintf(value, VALUE, "%s", word_text(TOKEN_BOOLEAN, *(const bool *)field));
        break;
    case OPTION_TRISTATE:
        snprintf(value, VALUE, "%s", word_text(TOKEN_TRISTATE, *(const enum conf_tristate *)field));
        break;
    case OPTION_NUMBER:
    case OPTION_TIMEOUT:
        snprintf(value, VALUE, "%u", *(const uint32_t *)field);
        break;
    case OPTION_MODE:
        snprintf(value, VALUE, "%04o", *(const uint32_t *)field);
        break;
    case OPTION_PATIENCE:
        snprintf(value, VALUE, "%u", conf_suspect_timeout(conf));
        break;
    case OPTION_WINDOW:
        snprintf(value, VALUE, "%d", *(const int *)field);
        break;
    case OPTION_TEXT:
    case OPTION_IDENTITY:
    case OPTION_PATH:
    case OPTION_RECORDER:
    case OPTION_METHODS:
        quote(value, VALUE, field);
        break;
    case OPTION_FLAGS:
        list_flags(value, VALUE, *(const uint32_t *)field);
        break;
    case OPTION_LEVEL:
        snprintf(value, VALUE, "%s", word_text(TOKEN_LEVEL, *(const enum log_level *)field));
        break;
    case OPTION_STAMP:
        quote_stamp(value, VALUE, o, field);
        break;
    case OPTION_READERS: /* print_readers has them */
        value[0] = '\0';
        break;
    case OPTION_POLICY:
        snprintf(value, VALUE, "PERMIT");
        break;
    case OPTION_REQUIRE:
        snprintf(value, VALUE, "%s", require_text(*(const enum conf_tls_require *)field));
        break;
    case OPTION_ACCESS:
        snprintf(value, VALUE, "%s", access_text(*(const enum conf_status_access *)field));
        break;
    case OPTION_LOG_FORMAT:
        snprintf(value, VALUE, "%s", *(const enum conf_log_format *)field == CONF_LOG_JSON ? "json" : "text");
        break;
    case OPTION_VERSION:
        snprintf(value, VALUE, "IPv%d", *(const int *)field);
        break;
    }
    return value;
}

/* -- options ----------------------------------------------------------------------------------- */

/* What conf would have if its file named no option. */
static struct conf *defaults_of(const struct conf *conf)
{
    struct conf *silent = memory_new(sizeof *silent);
    conf_set_defaults(silent);
    silent->ip_version = conf->segments[0].daemon_count > 0 ? conf->ip_version : 0;
    silent->wide_area = conf->segment_count > 1;
    silent->accelerated = conf->accelerated_runs;
    silent->timeouts = *conf_default_timeouts(conf->wide_area);
    return silent;
}

static bool is_default(const struct option *o, const struct conf *conf, const struct conf *silent)
{
    char value[VALUE], usual[VALUE];
    if (o->written)
        return !option_is_written(o, conf);
    if (o->kind == OPTION_PATIENCE)
        return !conf->suspect_timeout_ms;
    if (o->kind == OPTION_STAMP)
        return !conf->event_stamp;
    if (o->kind == OPTION_READERS)
        return conf->slow_readers.count == 0;
    return strcmp(value_text(o, conf, value), value_text(o, silent, usual)) == 0;
}

static void print_readers(struct printer *out, const struct slow_lines *lines)
{
    char pattern[SLOW_PATTERN_MAX + 3];
    add(out, "SlowReaders = {");
    end_line(out);
    for (uint32_t i = 0; i < lines->count; i++) {
        const struct slow_line *line = &lines->list[i];
        quote(pattern, sizeof pattern, line->pattern);
        add(out, "    %s %s %s", slow_subject_name(line->subject), pattern,
            slow_policy_name(line->policy));
        end_line(out);
    }
    add(out, "}");
    end_line(out);
}

/* What a file that does not name the option lets the ring do, which it does not with the same value
 * written in it. */
static const char *freedom(const struct option *o)
{
    if (strcmp(o->name, "Window") == 0)
        return ", where it begins: it grows while nothing is lost. Written, it is the most";
    if (strcmp(o->name, "PersonalWindow") == 0)
        return ", or more while others have little to send. Written, it is the most";
    return "";
}

static void print_option(struct printer *out, const struct option *o, const struct conf *conf,
                         const struct conf *silent)
{
    char value[VALUE];
    bool silence = is_default(o, conf, silent);

    if (!silence && o->kind == OPTION_READERS) {
        print_readers(out, &conf->slow_readers);
        return;
    }
    value_text(o, silence && o->kind != OPTION_PATIENCE ? silent : conf, value);
    bool has_usual = !o->ours || o->kind == OPTION_BOOLEAN || o->kind == OPTION_PATIENCE ||
                     o->kind == OPTION_REQUIRE || o->kind == OPTION_LOG_FORMAT ||
                     o->kind == OPTION_ACCESS || o->kind == OPTION_MODE || o->kind == OPTION_TRISTATE;
    if (silence && (!has_usual || o->kind == OPTION_STAMP))
        add(out, "# %s is not set", o->name);
    else if (o->kind == OPTION_PRECISE)
        add(out, "%s%s", silence ? "# " : "", o->name);
    else
        add(out, "%s%s = %s%s", silence ? "# " : "", o->name, value, silence ? freedom(o) : "");
    end_line(out);
}

/* What a daemon that runs does not take from this file. */
static void print_restarts(struct printer *out)
{
    add(out, "# to be changed by a restart only: interfaces of a daemon");
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++)
        if (o->change == CHANGE_RESTART)
            add(out, ", %s", o->name);
    end_line(out);
}

/* "group trades hold; user alice cut" */
static const char *readers_text(const struct slow_lines *lines, char value[VALUE])
{
    size_t len = 0;
    value[0] = '\0';
    for (uint32_t i = 0; i < lines->count && len < VALUE; i++) {
        const struct slow_line *line = &lines->list[i];
        len += (size_t)snprintf(value + len, VALUE - len, "%s%s %s %s", i ? "; " : "",
                                slow_subject_name(line->subject), line->pattern,
                                slow_policy_name(line->policy));
    }
    return value;
}

void conf_each_change(const struct conf *conf,
                      void (*visit)(void *context, const struct option *option, const char *value),
                      void *context)
{
    struct conf *silent = defaults_of(conf);
    char value[VALUE];
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++)
        if (!is_default(o, conf, silent))
            visit(context, o, o->kind == OPTION_READERS ? readers_text(&conf->slow_readers, value)
                                                        : value_text(o, conf, value));
    free(silent);
}

/* -- segments ---------------------------------------------------------------------------------- */

static void add_address(struct printer *out, const struct ip *ip)
{
    char text[IP_TEXT];
    ip_text(ip, text);
    /* "::0.0.0.7" is no address to the lexer. */
    if (ip->family == 6 && strchr(text, '.'))
        conf_full_address(ip, text);
    add(out, "%s%s%s", text, ip->zone[0] ? "%" : "", ip->zone);
}

static void add_interfaces(struct printer *out, const struct conf_daemon *d)
{
    if (d->interface_count == 0)
        return;
    add(out, " {");
    for (int i = 0; i < d->interface_count; i++) {
        for (const struct word *w = NULL; (w = word_after(w, TOKEN_LETTER));)
            if (d->interfaces[i].uses & w->value)
                add(out, " %s", w->text);
        add(out, " ");
        add_address(out, &d->interfaces[i].ip);
    }
    add(out, " }");
}

static void print_daemon(struct printer *out, const struct conf_daemon *d)
{
    char name[CONF_DAEMON_NAME + 2];
    bool computed = d->id == conf_id_of_name(d->name);
    quote(name, sizeof name, d->name);
    add(out, "    %s ", name);
    add_address(out, &d->ip);
    if (!computed)
        add(out, " VirtualID = %u", d->id);
    add_interfaces(out, d);
    if (computed)
        add(out, " # VirtualID %u", d->id);
    end_line(out);
}

static void print_segment(struct printer *out, const struct conf *conf,
                          const struct conf_segment *s)
{
    for (int i = 0; i < s->address_count; i++) {
        bool bracket = i == 0 && s->addresses[i].family == 6;
        add(out, i == 0 ? "Spread_Segment %s" : " %s", bracket ? "[" : "");
        add_address(out, &s->addresses[i]);
        if (i == 0)
            add(out, "%s:%u", bracket ? "]" : "", s->port);
    }
    add(out, " {");
    end_line(out);
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++)
        print_daemon(out, &conf->daemons[i]);
    add(out, "}");
    end_line(out);
}

void conf_describe(const struct conf *conf, void (*write)(void *context, const char *line),
                   void *context)
{
    struct conf *silent = defaults_of(conf);
    struct printer *out = memory_new(sizeof *out);
    out->write = write;
    out->context = context;

    add(out, "# hash %u; %d segment%s, %d daemon%s; the ring runs %s", conf->hash,
        conf->segment_count, conf->segment_count == 1 ? "" : "s", conf->daemon_count,
        conf->daemon_count == 1 ? "" : "s", conf->accelerated_runs ? "accelerated" : "original");
    end_line(out);
    print_restarts(out);
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++)
        print_option(out, o, conf, silent);
    for (int i = 0; i < conf->segment_count; i++)
        print_segment(out, conf, &conf->segments[i]);
    free(out);
    free(silent);
}

/* -- comparing --------------------------------------------------------------------------------- */

struct gathered {
    char *text;
    size_t len, size;
};

static void gather_line(void *context, const char *line)
{
    struct gathered *g = context;
    size_t len = strlen(line) + 1; /* the NUL parts lines */
    if (g->len + len > g->size) {
        g->size = 2 * g->size + len;
        g->text = memory_grow(g->text, g->size);
    }
    memcpy(g->text + g->len, line, len);
    g->len += len;
}

bool conf_same_meaning(const struct conf *a, const struct conf *b)
{
    struct gathered of_a = {0}, of_b = {0};
    conf_describe(a, gather_line, &of_a);
    conf_describe(b, gather_line, &of_b);
    bool same = of_a.len == of_b.len && memcmp(of_a.text, of_b.text, of_a.len) == 0;
    free(of_a.text);
    free(of_b.text);
    return same;
}
