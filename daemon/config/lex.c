/* SPDX-License-Identifier: MIT */
#include "daemon/config/lex.h"

#include <assert.h>
#include <string.h>

#include "daemon/config/options.h"
#include "daemon/config/shape.h"
#include "daemon/config/words.h"

enum {
    ADDRESS_TEXT = 80, /* longest shape of an address without its interface */
    PORT_MOST = 65535,
};

struct lexer lexer_of(const char *text, size_t len)
{
    return (struct lexer){.at = text, .end = text + len, .line_at = text, .line = 1};
}

static bool ends_word(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c != '\0' && strchr("#{}[]", c));
}

static size_t word_len(const char *at, const char *end)
{
    size_t len = 0;
    while (at + len < end && !ends_word(at[len]))
        len++;
    return len;
}

/* Length of a quoted text with its quotes, 0 if it is not closed. */
static size_t quoted_len(const char *at, const char *end)
{
    const char *close = NULL;
    if (*at == '"' || *at == '\'')
        close = memchr(at + 1, *at, (size_t)(end - at - 1));
    return close ? (size_t)(close - at) + 1 : 0;
}

/* A number whose shape has been settled. */
static uint32_t number(const char *digits, size_t len)
{
    uint32_t n = 0;
    for (size_t i = 0; i < len; i++)
        n = n * 10 + (uint32_t)(digits[i] - '0');
    return n;
}

/* The text of an address, whose shape is settled, as an address; else t is a malformed word. */
static void read_address(struct token *t, const char *text, size_t len)
{
    char copy[ADDRESS_TEXT + sizeof t->ip.zone];
    const char *zone = memchr(text, '%', len);
    size_t zone_len = zone ? len - (size_t)(zone - text) - 1 : 0;
    size_t used = zone_len >= sizeof t->ip.zone ? (size_t)(zone - text) : len;

    assert(used < sizeof copy);
    memcpy(copy, text, used);
    copy[used] = '\0';
    t->zone_cut = used < len;
    t->malformed = !ip_parse(&t->ip, copy);
    t->kind = t->malformed ? TOKEN_WORD : TOKEN_ADDRESS;
}

static void read_port(struct token *t, const char *digits, size_t len)
{
    if (t->malformed)
        return;
    t->kind = TOKEN_ADDRESS_PORT;
    t->value = number(digits, len);
    if (t->value > PORT_MOST) {
        t->kind = TOKEN_BAD;
        t->why = "the highest port is 65534";
    }
}

/* A word that has the shape of an address; false if it has not. */
static bool read_bare_address(struct token *t)
{
    size_t ipv4 = shape_ipv4(t->at, t->len);
    if (ipv4 == t->len || shape_is_ipv6(t->at, t->len)) {
        read_address(t, t->at, t->len);
        return true;
    }
    if (ipv4 == 0 || t->at[ipv4] != ':')
        return false;
    const char *port = t->at + ipv4 + 1;
    size_t port_len = t->len - ipv4 - 1;
    if (port_len == 0 || shape_digits(port, port_len, PORT_DIGITS) != port_len)
        return false;
    read_address(t, t->at, ipv4);
    read_port(t, port, port_len);
    return true;
}

/* "[address]:port", the only use of brackets; false if there is no such thing. */
static bool read_bracketed_address(struct token *t, const char *end)
{
    size_t inner = word_len(t->at + 1, end);
    const char *close = t->at + 1 + inner;
    if (end - close < 2 || close[0] != ']' || close[1] != ':' || !shape_is_ipv6(t->at + 1, inner))
        return false;
    size_t digits = shape_digits(close + 2, (size_t)(end - close) - 2, PORT_DIGITS);
    if (digits == 0)
        return false;
    t->len = (size_t)(close - t->at) + 2 + digits;
    read_address(t, t->at + 1, inner);
    read_port(t, close + 2, digits);
    return true;
}

/* What a word of t->len bytes at t->at means. */
static void read_word(struct token *t)
{
    const struct word *word = word_find(t->at, t->len);
    const struct option *option = option_find(t->at, t->len);

    t->kind = TOKEN_WORD;
    if (t->len == 1 && strchr("=:;", *t->at))
        t->kind = *t->at == '=' ? TOKEN_EQUALS : *t->at == ':' ? TOKEN_COLON : TOKEN_SEMICOLON;
    else if (t->len == strlen("Spread_Segment") && memcmp(t->at, "Spread_Segment", t->len) == 0)
        t->kind = TOKEN_SEGMENT;
    else if (t->len == strlen("VirtualID") && memcmp(t->at, "VirtualID", t->len) == 0)
        t->kind = TOKEN_VIRTUAL_ID;
    else if (option && !option->ours) {
        t->kind = TOKEN_OPTION;
        t->option = option;
    } else if (word) {
        t->kind = word->kind;
        t->value = word->value;
    } else if (!read_bare_address(t) && shape_is_number(t->at, t->len)) {
        t->kind = TOKEN_NUMBER;
        t->value = number(t->at, t->len);
    }
}

static void read_text(struct token *t, const char *end)
{
    size_t quoted = quoted_len(t->at, end);
    size_t word = word_len(t->at, end);

    t->len = quoted >= word ? quoted : word;
    if (quoted >= word) {
        t->kind = TOKEN_QUOTED;
        t->text = t->at + 1;
        t->text_len = quoted - 2;
    } else {
        read_word(t);
    }
    if (memchr(t->at, '\0', t->len)) {
        t->kind = TOKEN_BAD;
        t->why = "a zero byte can be part of no name or value";
    }
}

/* Stray bytes side by side are one token, so that they make one warning. */
static size_t stray_len(const char *at, const char *end)
{
    size_t len = 1;
    while (at + len < end && strchr("]\v\f", at[len]) && at[len] != '\0')
        len++;
    return len;
}

/* Blanks, newlines and comments. */
static void skip(struct lexer *l)
{
    for (; l->at < l->end; l->at++) {
        if (*l->at == '#') {
            const char *newline = memchr(l->at, '\n', (size_t)(l->end - l->at));
            l->at = newline ? newline : l->end;
            if (!newline)
                return;
        }
        if (*l->at == '\n') {
            l->line++;
            l->line_at = l->at + 1;
        } else if (*l->at != ' ' && *l->at != '\t' && *l->at != '\r') {
            return;
        }
    }
}

/* Passes over a token, which may be a quoted text of many lines. */
static void pass(struct lexer *l, size_t len)
{
    const char *end = l->at + len;
    for (const char *newline; (newline = memchr(l->at, '\n', (size_t)(end - l->at)));) {
        l->line++;
        l->line_at = l->at = newline + 1;
    }
    l->at = end;
}

struct token lex_next(struct lexer *l)
{
    skip(l);
    struct token t = {.at = l->at, .text = l->at, .line_at = l->line_at, .line = l->line};
    if (l->at == l->end)
        return t;

    t.len = 1;
    if (*t.at == '{' || *t.at == '}')
        t.kind = *t.at == '{' ? TOKEN_OPEN : TOKEN_CLOSE;
    else if (*t.at == '!' && l->end - t.at > 1 && t.at[1] != '\n')
        t.kind = TOKEN_NOT;
    else if (!ends_word(*t.at))
        read_text(&t, l->end);
    else if (*t.at != '[' || !read_bracketed_address(&t, l->end)) {
        t.kind = TOKEN_STRAY;
        t.len = *t.at == '[' ? 1 : stray_len(t.at, l->end);
    }
    if (t.text == t.at)
        t.text_len = t.len;
    pass(l, t.len);
    return t;
}

bool lex_is_reserved(enum token_kind kind)
{
    return kind >= TOKEN_SEGMENT && kind <= TOKEN_NUMBER;
}

bool lex_is_plain(const char *text)
{
    size_t len = strlen(text);
    struct lexer l = lexer_of(text, len);
    struct token t = lex_next(&l);
    return t.kind == TOKEN_WORD && t.len == len && t.at == text && *text != '"' && *text != '\'';
}
