/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "daemon/config/parse.h"
#include "daemon/config/words.h"

typedef bool read_value(struct parser *p, const struct option *o);

/* Passes the value, which must be of that kind, and hands it out. */
static bool take(struct parser *p, struct token *value, enum token_kind kind, const char *expected)
{
    *value = p->token;
    return parse_expect(p, kind, expected);
}

static bool take_text(struct parser *p, struct token *value, const char *name)
{
    char expected[64];
    *value = p->token;
    snprintf(expected, sizeof expected, "a text for %s", name);
    if (!parse_sees_text(p))
        return parse_unexpected_text(p, expected);
    if (memchr(value->at, '\n', value->len))
        parse_warn(p, value, "this text is of several lines: is the closing quote missing?");
    parse_advance(p);
    return !p->failed;
}

/* -- truths and numbers ------------------------------------------------------------------------ */

static bool read_boolean(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take(p, &value, TOKEN_BOOLEAN, "true, yes, false or no"))
        return false;
    *(bool *)option_field(o, p->conf) = value.value;
    return true;
}

static bool read_tristate(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take(p, &value, TOKEN_TRISTATE, "on, off or auto"))
        return false;
    *(enum conf_tristate *)option_field(o, p->conf) = (enum conf_tristate)value.value;
    return true;
}

static bool take_number(struct parser *p, const struct option *o, struct token *value)
{
    char expected[96];
    snprintf(expected, sizeof expected, "a number of %s from %u to %u", o->unit, o->least, o->most);
    if (!take(p, value, TOKEN_NUMBER, expected))
        return false;
    if (value->value >= o->least && value->value <= o->most)
        return true;
    return parse_fail(p, value, "%s must be %s", o->name, expected);
}

static bool read_number(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_number(p, o, &value))
        return false;
    *(uint32_t *)option_field(o, p->conf) = value.value;
    return true;
}

static bool read_window(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_number(p, o, &value))
        return false;
    if (value.value > CONF_WINDOW_MAX) {
        parse_warn(p, &value, "%s is at most %d, which is taken instead", o->name, CONF_WINDOW_MAX);
        value.value = CONF_WINDOW_MAX;
    }
    *(int *)option_field(o, p->conf) = (int)value.value;
    return true;
}

/* Digits as for chmod(1): 660 and 0660 are the same. */
static bool read_mode(struct parser *p, const struct option *o)
{
    uint32_t mode = 0;
    struct token value;
    if (!take(p, &value, TOKEN_NUMBER, "octal digits as for chmod, such as 0660"))
        return false;
    for (size_t i = 0; i < value.len && mode <= o->most; i++) {
        if (value.at[i] > '7')
            return parse_fail(p, &value, "%s is in octal digits as for chmod, such as 0660", o->name);
        mode = 8 * mode + (uint32_t)(value.at[i] - '0');
    }
    if (mode > o->most)
        return parse_fail(p, &value, "%s is 0777 at most", o->name);
    if ((mode & 0222) == 0)
        return parse_fail(p, &value, "%s lets nobody connect, for that takes the right to write", o->name);
    *(uint32_t *)option_field(o, p->conf) = mode;
    return true;
}

/* -- texts ------------------------------------------------------------------------------------- */

static void copy_text(struct parser *p, const struct option *o, const struct token *value)
{
    size_t len = value->text_len < o->most ? value->text_len : o->most;
    char *field = option_field(o, p->conf);
    memcpy(field, value->text, len);
    field[len] = '\0';
}

static bool read_text(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_text(p, &value, o->name))
        return false;
    if (value.text_len > o->most)
        parse_warn(p, &value, "%s has at most %u bytes: the rest is cut off", o->name, o->most);
    copy_text(p, o, &value);
    return true;
}

static bool check_length(struct parser *p, const struct option *o, const struct token *value)
{
    return value->text_len <= o->most ||
           parse_fail(p, value, "%s has at most %u bytes", o->name, o->most);
}

static bool read_identity(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_text(p, &value, o->name) || !check_length(p, o, &value))
        return false;
    if (value.text_len == 0)
        parse_warn(p, &value, "%s is empty, which is as if it were not there", o->name);
    else
        copy_text(p, o, &value);
    return true;
}

/* A key that is not used because of a typing error would be worse than no daemon. */
static bool read_path(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_text(p, &value, o->name) || !check_length(p, o, &value))
        return false;
    if (value.text_len == 0)
        return parse_fail(p, &value, "%s needs a name between the quotes", o->name);
    copy_text(p, o, &value);
    return true;
}

static bool sees_off(const struct parser *p)
{
    return (p->token.kind == TOKEN_TRISTATE && p->token.value == CONF_OFF) ||
           (p->token.kind == TOKEN_BOOLEAN && !p->token.value);
}

static bool read_recorder(struct parser *p, const struct option *o)
{
    if (!sees_off(p))
        return read_path(p, o);
    strcpy(option_field(o, p->conf), "off");
    parse_advance(p);
    return !p->failed;
}

static bool read_require(struct parser *p, const struct option *o)
{
    enum conf_tls_require *require = option_field(o, p->conf);
    struct token value = p->token;
    if (value.kind == TOKEN_BOOLEAN) {
        *require = value.value ? CONF_TLS_YES : CONF_TLS_NO;
        parse_advance(p);
        return !p->failed;
    }
    if (!take_text(p, &value, o->name))
        return false;
    *require = CONF_TLS_CERTIFICATE;
    if (value.text_len == strlen("Certificate") &&
        memcmp(value.text, "Certificate", value.text_len) == 0)
        return true;
    return parse_fail(p, &value, "%s is no, yes or Certificate", o->name);
}

static bool read_access(struct parser *p, const struct option *o)
{
    enum conf_status_access *access = option_field(o, p->conf);
    struct token value = p->token;
    if (value.kind == TOKEN_TRISTATE && value.value == CONF_OFF) {
        *access = CONF_STATUS_OFF;
        parse_advance(p);
        return !p->failed;
    }
    if (!take_text(p, &value, o->name))
        return false;
    bool local = value.text_len == strlen("local") && memcmp(value.text, "local", value.text_len) == 0;
    *access = local ? CONF_STATUS_LOCAL : CONF_STATUS_PUBLIC;
    if (local ||
        (value.text_len == strlen("public") && memcmp(value.text, "public", value.text_len) == 0))
        return true;
    return parse_fail(p, &value, "%s is off, local or public", o->name);
}

static bool read_policy(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take_text(p, &value, o->name))
        return false;
    if (value.text_len == strlen("PERMIT") && memcmp(value.text, "PERMIT", value.text_len) == 0)
        return true;
    return parse_fail(p, &value, "the only %s is PERMIT", o->name);
}

static bool read_version(struct parser *p, const struct option *o)
{
    struct token value;
    int *version = option_field(o, p->conf);
    if (!take_text(p, &value, o->name))
        return false;
    bool four = value.text_len == 4 && memcmp(value.text, "IPv4", 4) == 0;
    if (!four && !(value.text_len == 4 && memcmp(value.text, "IPv6", 4) == 0))
        return parse_fail(p, &value, "%s is IPv4 or IPv6", o->name);
    if (*version != 0 && *version != (four ? 4 : 6))
        return parse_fail(p, &value, "what stands before this line uses IPv%d", *version);
    *version = four ? 4 : 6;
    return true;
}

/* -- methods of authentication ----------------------------------------------------------------- */

static const char *const methods[] = {"NULL", "IP", "PWORD", "UID", "CERT"};

enum { METHODS = sizeof methods / sizeof methods[0] };

/* Adds the method of that name to list, where each stands once. False if there is none. */
static bool add_method(char *list, size_t size, const char *name, size_t len)
{
    for (int i = 0; i < METHODS; i++) {
        if (strlen(methods[i]) != len || memcmp(methods[i], name, len) != 0)
            continue;
        if (!conf_lists_method(list, methods[i])) {
            size_t used = strlen(list);
            snprintf(list + used, size - used, "%s%s", used ? " " : "", methods[i]);
        }
        return true;
    }
    return false;
}

static bool read_methods(struct parser *p, const struct option *o)
{
    char *list = option_field(o, p->conf);
    struct token value;
    if (!take_text(p, &value, o->name))
        return false;
    if (value.text_len > o->most)
        parse_warn(p, &value, "%s has at most %u bytes: the rest is cut off", o->name, o->most);
    if (!p->conf->auth_written)
        p->conf->allowed_auth[0] = '\0'; /* what is implied ends with the first statement */

    const char *at = value.text;
    size_t left = value.text_len < o->most ? value.text_len : o->most;
    while (left > 0) {
        const char *blank = memchr(at, ' ', left);
        size_t len = blank ? (size_t)(blank - at) : left;
        if (len > 0 && !add_method(list, sizeof p->conf->allowed_auth, at, len))
            parse_warn(p, &value, "there is no method %.*s: the methods are NULL, IP, PWORD, UID and CERT",
                       (int)len, at);
        at += blank ? len + 1 : len;
        left -= blank ? len + 1 : len;
    }
    return true;
}

/* -- the log ----------------------------------------------------------------------------------- */

static void list_flags(char *text, size_t size)
{
    size_t len = (size_t)snprintf(text, size, "a ! or }, or one of the flags");
    for (const struct word *w = NULL; (w = word_after(w, TOKEN_FLAG));)
        len += (size_t)snprintf(text + len, size - len, " %s", w->text);
}

static bool read_flags(struct parser *p, const struct option *o)
{
    char expected[256];
    uint32_t mask = 0;
    list_flags(expected, sizeof expected);
    if (!parse_expect(p, TOKEN_OPEN, "{ and the flags"))
        return false;
    while (p->token.kind != TOKEN_CLOSE) {
        struct token flag;
        bool removes = p->token.kind == TOKEN_NOT;
        if (removes)
            parse_advance(p);
        if (!take(p, &flag, TOKEN_FLAG, expected))
            return false;
        mask = removes ? mask & ~flag.value : mask | flag.value;
    }
    parse_advance(p);
    *(uint32_t *)option_field(o, p->conf) = mask;
    return !p->failed;
}

static bool read_level(struct parser *p, const struct option *o)
{
    struct token value;
    if (!take(p, &value, TOKEN_LEVEL, "pDEBUG, INFO, WARNING, ERROR, CRITICAL or FATAL"))
        return false;
    *(enum log_level *)option_field(o, p->conf) = (enum log_level)value.value;
    return true;
}

/* The value may be left out, together with the "=". */
static bool read_stamp(struct parser *p, const struct option *o)
{
    p->conf->event_stamp = true;
    if (p->token.kind != TOKEN_EQUALS) {
        strcpy(p->conf->event_stamp_format, CONF_DEFAULT_STAMP);
        return true;
    }
    parse_advance(p);
    if (!p->failed && sees_off(p)) {
        p->conf->event_stamp_format[0] = '\0';
        parse_advance(p);
        return !p->failed;
    }
    return !p->failed && read_text(p, o);
}

static bool read_format(struct parser *p, const struct option *o)
{
    static const char *const names[] = {[CONF_LOG_TEXT] = "text", [CONF_LOG_JSON] = "json"};
    struct token value;
    if (!take_text(p, &value, o->name))
        return false;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (value.text_len == strlen(names[i]) && memcmp(value.text, names[i], value.text_len) == 0) {
            *(enum conf_log_format *)option_field(o, p->conf) = (enum conf_log_format)i;
            return true;
        }
    return parse_fail(p, &value, "%s is text or json", o->name);
}

static bool read_precise(struct parser *p, const struct option *o)
{
    p->conf->event_stamp = true;
    *(bool *)option_field(o, p->conf) = true;
    return true;
}

/* -- slow readers ------------------------------------------------------------------------------ */

static bool read_readers(struct parser *p, const struct option *o)
{
    return parse_slow_readers(p, option_field(o, p->conf));
}

/* -- a statement ------------------------------------------------------------------------------- */

static read_value *const readers[] = {
    [OPTION_BOOLEAN] = read_boolean,   [OPTION_TRISTATE] = read_tristate,
    [OPTION_PATIENCE] = read_number,
    [OPTION_NUMBER] = read_number,     [OPTION_WINDOW] = read_window,
    [OPTION_TIMEOUT] = read_number,    [OPTION_TEXT] = read_text,
    [OPTION_IDENTITY] = read_identity, [OPTION_PATH] = read_path,
    [OPTION_METHODS] = read_methods,   [OPTION_FLAGS] = read_flags,
    [OPTION_LEVEL] = read_level,       [OPTION_STAMP] = read_stamp,
    [OPTION_PRECISE] = read_precise,   [OPTION_POLICY] = read_policy,
    [OPTION_VERSION] = read_version,   [OPTION_REQUIRE] = read_require,
    [OPTION_LOG_FORMAT] = read_format, [OPTION_RECORDER] = read_recorder,
    [OPTION_READERS] = read_readers,   [OPTION_ACCESS] = read_access,
    [OPTION_MODE] = read_mode,
};

bool parse_option(struct parser *p)
{
    const struct option *o =
        p->token.option ? p->token.option : option_find(p->token.at, p->token.len);
    char expected[64];

    p->options[o - option_table] = p->token;
    parse_advance(p);
    snprintf(expected, sizeof expected, "= after %s", o->name);
    if (p->failed || (o->kind != OPTION_STAMP && o->kind != OPTION_PRECISE &&
                      !parse_expect(p, TOKEN_EQUALS, expected)))
        return false;
    if (!readers[o->kind](p, o))
        return false;
    if (o->written)
        *(bool *)((char *)p->conf + o->written) = true;
    return true;
}
