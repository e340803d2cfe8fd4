/* SPDX-License-Identifier: MIT
 *
 * What can be said only when the whole file has been read.
 */
#include <stdio.h>
#include <string.h>

#include "daemon/config/defaults.h"
#include "daemon/config/hash.h"
#include "daemon/config/parse.h"
#include "libspread/wire/frame.h"

/* The last statement of an option; NULL if there is none. */
static const struct token *statement(const struct parser *p, const char *name)
{
    const struct token *t = &p->options[option_find(name, strlen(name)) - option_table];
    return t->line ? t : NULL;
}

/* The first of the two statements that stands in the file; one of them must. */
static const struct token *either(const struct parser *p, const char *name, const char *other)
{
    const struct token *t = statement(p, name);
    return t ? t : statement(p, other);
}

static bool check_somebody(struct parser *p)
{
    if (p->conf->segment_count == 0)
        return parse_fail(p, &p->token,
                          "expected Spread_Segment and its daemons, found the end of "
                          "the file");
    if (p->conf->daemon_count == 0)
        return parse_fail(p, &p->token, "there is no daemon in this configuration");
    return true;
}

/* While keys are introduced, open packets are sent by those who accept them. */
static void doubt_open_packets(struct parser *p)
{
    const struct conf *c = p->conf;
    bool keys = c->daemon_key_file[0] != '\0';
    if (c->accept_open_packets && !keys)
        parse_warn(p, statement(p, "AcceptOpenPackets"),
                   "there is no DaemonKeyFile: all packets between daemons are open anyhow");
    if (c->send_open_packets && !keys)
        parse_warn(p, statement(p, "SendOpenPackets"),
                   "there is no DaemonKeyFile: all packets between daemons are open anyhow");
    else if (c->send_open_packets && !c->accept_open_packets)
        parse_warn(p, statement(p, "SendOpenPackets"),
                   "without AcceptOpenPackets the daemons of this file do not believe each other");
}

/* What is asked for and could not be had: a daemon without TLS that requires it lets nobody in. */
static bool check_tls(struct parser *p)
{
    const struct conf *c = p->conf;
    bool cert = c->tls_cert_file[0], ca = c->tls_ca_file[0];
    if (c->tls_crl_file[0] && !(cert && ca))
        return parse_fail(p, statement(p, "TLSCRLFile"),
                          "TLSCRLFile needs TLSCAFile, for it is about certificates of clients");
    if (cert && (ca || c->tls_require != CONF_TLS_CERTIFICATE))
        return true;
    if (c->tls_require == CONF_TLS_CERTIFICATE && cert)
        return parse_fail(p, statement(p, "TLSRequire"),
                          "TLSRequire = Certificate needs TLSCAFile, which says whose certificates count");
    if (c->tls_require != CONF_TLS_NO)
        return parse_fail(p, statement(p, "TLSRequire"), "TLSRequire needs TLSCertFile");
    if (ca || c->tls_key_file[0])
        return parse_fail(p, either(p, "TLSKeyFile", "TLSCAFile"),
                          "TLSKeyFile and TLSCAFile need TLSCertFile");
    return true;
}

static bool check_windows(struct parser *p)
{
    const struct conf *c = p->conf;
    if (c->personal_window > c->window)
        return parse_fail(p, either(p, "PersonalWindow", "Window"),
                          "PersonalWindow, which is %d, is over Window, which is %d",
                          c->personal_window, c->window);
    if (c->accelerated_window <= c->personal_window)
        return true;
    if (c->accelerated)
        return parse_fail(p, either(p, "AcceleratedWindow", "AcceleratedRing"),
                          "AcceleratedWindow, which is %d, is over PersonalWindow, which is %d",
                          c->accelerated_window, c->personal_window);
    if (c->accelerated_window_written)
        parse_warn(p, statement(p, "AcceleratedWindow"),
                   "AcceleratedWindow is over PersonalWindow: only %d packets count",
                   c->personal_window);
    return true;
}

/* Lists the timeouts that are, or are not, in the file; returns how many. */
static int list_timeouts(const struct parser *p, bool written, char *text, size_t size)
{
    int count = 0;
    size_t len = 0;
    text[0] = '\0';
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++) {
        if (o->kind != OPTION_TIMEOUT || (p->options[o - option_table].line != 0) != written)
            continue;
        len += (size_t)snprintf(text + len, size - len, "%s%s", count ? ", " : "", o->name);
        count++;
    }
    return count;
}

static bool check_timeouts(struct parser *p)
{
    char given[160], missing[160];
    struct conf *c = p->conf;
    if (list_timeouts(p, true, given, sizeof given) == 0) {
        c->timeouts = *conf_default_timeouts(c->wide_area);
    } else if (list_timeouts(p, false, missing, sizeof missing) > 0) {
        given[strcspn(given, ",")] = '\0';
        return parse_fail(p, statement(p, given),
                          "all nine timeouts must be given, or none; missing are %s", missing);
    }
    if (c->suspect_timeout_ms > c->timeouts.token)
        return parse_fail(p, statement(p, "SuspectTimeout"),
                          "SuspectTimeout is over TokenTimeout, which is %u", c->timeouts.token);
    return true;
}

/* They choose NULL, which stands for the last two as well. */
static bool lets_stock_clients_in(const char *list)
{
    return conf_lists_method(list, "NULL") || conf_lists_method(list, "UID") ||
           conf_lists_method(list, "CERT");
}

/* 5.0.1 takes passwords from whoever sends them. That this one does not is said before somebody wonders. */
static void warn_of_passwords(struct parser *p)
{
    const struct conf *c = p->conf;
    bool used = conf_lists_method(c->allowed_auth, "PWORD") ||
                conf_lists_method(c->required_auth, "PWORD");
    if (used && !c->passwords_in_clear_written)
        parse_warn(p, either(p, "AllowedAuthMethods", "RequiredAuthMethods"),
                   "passwords are taken over the Unix socket and TLS alone: PasswordsInClear = true "
                   "takes them over TCP, too, where whoever is on the way can read them");
}

static void warn_of_sessions(struct parser *p)
{
    const struct conf *c = p->conf;
    if (c->max_session_messages == 0)
        parse_warn(p, statement(p, "MaxSessionMessages"),
                   "nothing may wait for a client: one that does not read at once is cut off");
    if (c->max_session_bytes > 0 && c->max_session_bytes < FRAME_MAX)
        parse_warn(p, statement(p, "MaxSessionBytes"),
                   "one message can have %d bytes: a client can be cut off because of it",
                   FRAME_MAX);
    if (c->auth_written && !lets_stock_clients_in(c->allowed_auth))
        parse_warn(p, either(p, "AllowedAuthMethods", "RequiredAuthMethods"),
                   "NULL is not among the AllowedAuthMethods, and stock clients ask for nothing "
                   "else: they will be refused");
    warn_of_passwords(p);
}

/* Microseconds mean something behind seconds only. */
static void settle_stamp(struct parser *p)
{
    struct conf *c = p->conf;
    char *format = c->event_stamp_format;
    size_t len = strlen(format);
    const char *end = len >= 2 ? format + len - 2 : "";
    if (c->event_precise && strcmp(end, "%S") != 0 && strcmp(end, "%s") != 0)
        strcpy(format + len, " %s");
}

bool parse_finish(struct parser *p)
{
    struct conf *c = p->conf;
    if (!check_somebody(p) || !check_tls(p) || !check_windows(p) || !parse_check_loopback(p))
        return false;
    if (!statement(p, "WideAreaNetwork"))
        c->wide_area = c->segment_count > 1;
    c->accelerated_runs = c->accelerated_written ? c->accelerated : !c->wide_area;
    if (!check_timeouts(p))
        return false;
    warn_of_sessions(p);
    doubt_open_packets(p);
    settle_stamp(p);
    c->hash = conf_hash_of(c);
    return true;
}
