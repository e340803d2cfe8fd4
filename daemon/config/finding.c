/* SPDX-License-Identifier: MIT */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "daemon/config/parse.h"

enum {
    MESSAGE = 512,
    TOKEN_SHOWN = 64,   /* bytes of the offending text */
    LINE_SHOWN = 200,   /* bytes of its line ... */
    LINE_BEFORE = 100,  /* ... of which before it, if the line is longer */
    WARNINGS_MOST = 50, /* a file of garbage must not fill the log */
};

/* Copies a text for a terminal: control bytes become "?". */
static void copy_shown(char *to, const char *from, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)from[i];
        to[i] = (c < ' ' && c != '\t') || c == 0x7f ? '?' : (char)c;
    }
    to[len] = '\0';
}

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* The line of a token, or what fits of it, and where the token stands in that. */
static void show_line(const struct parser *p, const struct token *at, char line[LINE_SHOWN + 1],
                      struct conf_finding *f)
{
    size_t rest = (size_t)(p->lexer.end - at->line_at), before = (size_t)(at->at - at->line_at);
    const char *newline = memchr(at->line_at, '\n', rest);
    size_t len = newline ? (size_t)(newline - at->line_at) : rest;
    if (len > 0 && at->line_at[len - 1] == '\r' && before < len)
        len--;

    size_t skipped = len > LINE_SHOWN && before > LINE_BEFORE ? before - LINE_BEFORE : 0;
    size_t shown = least(len - skipped, LINE_SHOWN);
    copy_shown(line, at->line_at + skipped, shown);
    f->source = line;
    f->caret = least(before - skipped, shown);
    f->caret_len = least(at->len, shown - f->caret);
}

static void report(struct parser *p, const struct token *at, bool fatal, const char *message)
{
    char token[TOKEN_SHOWN + 1], line[LINE_SHOWN + 1] = "";
    struct conf_finding f = {
        .fatal = fatal,
        .file = p->source->file,
        .line = at->line,
        .column = (int)(at->at - at->line_at) + 1,
        .token = token,
        .message = message,
        .source = line,
    };
    if (!p->source->report)
        return;
    copy_shown(token, at->at, least(at->len, TOKEN_SHOWN));
    if (at->kind != TOKEN_END)
        show_line(p, at, line, &f);
    p->source->report(p->source->report_context, &f);
}

bool parse_fail(struct parser *p, const struct token *at, const char *format, ...)
{
    char message[MESSAGE];
    va_list arguments;
    if (p->failed)
        return false;
    p->failed = true;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    report(p, at, true, message);
    return false;
}

void parse_warn(struct parser *p, const struct token *at, const char *format, ...)
{
    char message[MESSAGE];
    va_list arguments;
    if (p->failed || p->warnings > WARNINGS_MOST)
        return;
    if (p->warnings++ == WARNINGS_MOST) {
        report(p, at, false, "there are more warnings, which are left out");
        return;
    }
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    report(p, at, false, message);
}

static bool unexpected(struct parser *p, const char *expected, const char *hint)
{
    const struct token *t = &p->token;
    char found[TOKEN_SHOWN + 1];

    if (t->kind == TOKEN_END)
        return parse_fail(p, t, "expected %s, found the end of the file", expected);
    copy_shown(found, t->at, least(t->len, TOKEN_SHOWN));
    return parse_fail(p, t, "expected %s, found %s%s", expected, found, hint);
}

bool parse_unexpected(struct parser *p, const char *expected)
{
    char hint[MESSAGE / 2];
    return unexpected(p, expected, parse_hint(&p->token, hint, sizeof hint));
}

bool parse_unexpected_text(struct parser *p, const char *expected)
{
    char text[MESSAGE / 2];
    const char *hint = parse_hint(&p->token, text, sizeof text);
    if (hint[0] == '\0' && lex_is_reserved(p->token.kind))
        hint = " (in quotes it would be a name or value)";
    return unexpected(p, expected, hint);
}

/* A caret below the first byte and tildes below the rest. Tabs are repeated, and the later bytes
 * of UTF-8 characters take no room, so that it stands where the text does. */
static void draw_caret(const struct conf_finding *f, char *text, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < f->caret + f->caret_len && len + 2 < size; i++) {
        unsigned char c = (unsigned char)f->source[i];
        if ((c & 0xc0) == 0x80 && i != f->caret)
            continue;
        text[len++] = i == f->caret ? '^' : i > f->caret ? '~' : c == '\t' ? '\t' : ' ';
    }
    if (f->caret_len == 0)
        text[len++] = '^';
    text[len] = '\0';
}

const char *conf_finding_text(const struct conf_finding *f, char *text, size_t size)
{
    char caret[LINE_SHOWN + 3];
    int len = snprintf(text, size, "%s:%d:%d: %s: %s", f->file, f->line, f->column,
                       f->fatal ? "error" : "warning", f->message);
    if (f->source[0] == '\0' || len < 0 || (size_t)len >= size)
        return text;
    draw_caret(f, caret, sizeof caret);
    snprintf(text + len, size - (size_t)len, "\n%s\n%s", f->source, caret);
    return text;
}
