/* SPDX-License-Identifier: MIT */
#include "tools/monitor/value.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/sight/json.h"

enum { DEPTH = 16 };

struct input {
    const char *at, *end;
    bool wrong;
};

static struct value *read_value(struct input *in, int depth);

void value_free(struct value *v)
{
    while (v) {
        struct value *next = v->next;
        value_free(v->first);
        free(v->key);
        free(v->text);
        free(v);
        v = next;
    }
}

/* -- texts ------------------------------------------------------------------------------------- */

static void skip_blanks(struct input *in)
{
    while (in->at < in->end && *in->at && strchr(" \t\r\n", *in->at))
        in->at++;
}

static bool take(struct input *in, char c)
{
    skip_blanks(in);
    if (in->at == in->end || *in->at != c)
        return false;
    in->at++;
    return true;
}

static unsigned take_hex(struct input *in)
{
    unsigned n = 0;
    for (int i = 0; i < 4; i++) {
        const char *digits = "0123456789abcdef0123456789ABCDEF";
        const char *d = in->at < in->end && *in->at ? strchr(digits, *in->at) : NULL;
        if (!d) {
            in->wrong = true;
            return 0;
        }
        n = n << 4 | (unsigned)((d - digits) % 16);
        in->at++;
    }
    return n;
}

static size_t put_utf8(char *to, unsigned c)
{
    if (c < 0x80) {
        to[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        to[0] = (char)(0xc0 | c >> 6);
        to[1] = (char)(0x80 | (c & 0x3f));
        return 2;
    }
    if (c < 0x10000) {
        to[0] = (char)(0xe0 | c >> 12);
        to[1] = (char)(0x80 | (c >> 6 & 0x3f));
        to[2] = (char)(0x80 | (c & 0x3f));
        return 3;
    }
    to[0] = (char)(0xf0 | c >> 18);
    to[1] = (char)(0x80 | (c >> 12 & 0x3f));
    to[2] = (char)(0x80 | (c >> 6 & 0x3f));
    to[3] = (char)(0x80 | (c & 0x3f));
    return 4;
}

/* Behind \u; six characters at least became four bytes at most. */
static size_t put_escaped(struct input *in, char *to)
{
    unsigned c = take_hex(in);
    if (c >= 0xdc80 && c <= 0xdcff) {
        to[0] = (char)(c & 0xff);
        return 1;
    }
    if (c >= 0xd800 && c <= 0xdbff && in->end - in->at >= 6 && in->at[0] == '\\' && in->at[1] == 'u') {
        in->at += 2;
        unsigned low = take_hex(in);
        in->wrong = in->wrong || low < 0xdc00 || low > 0xdfff;
        c = 0x10000 + ((c - 0xd800) << 10) + (low & 0x3ff);
    }
    in->wrong = in->wrong || c == 0;
    return put_utf8(to, c);
}

static size_t put_simple(struct input *in, char *to)
{
    static const char letters[] = "\"\\/bfnrt", meant[] = "\"\\/\b\f\n\r\t";
    const char *l = in->at < in->end && *in->at ? strchr(letters, *in->at) : NULL;
    if (!l) {
        in->wrong = true;
        return 0;
    }
    in->at++;
    *to = meant[l - letters];
    return 1;
}

/* Behind its first quote; decoded, it is not longer than it was. */
static char *read_text(struct input *in)
{
    const char *end = in->at;
    while (end < in->end && *end != '"')
        end += *end == '\\' && in->end - end > 1 ? 2 : 1;
    char *text = memory_new((size_t)(end - in->at) + 1);
    size_t len = 0;
    while (!in->wrong && in->at < end) {
        char c = *in->at++;
        if (c == '\0') {
            in->wrong = true;
        } else if (c != '\\') {
            text[len++] = c;
        } else if (in->at < end && *in->at == 'u') {
            in->at++;
            len += put_escaped(in, text + len);
        } else {
            len += put_simple(in, text + len);
        }
    }
    text[len] = '\0';
    in->wrong = in->wrong || !take(in, '"');
    return text;
}

/* -- values ------------------------------------------------------------------------------------ */

static void append(struct value *to, struct value *v)
{
    if (to->last)
        to->last->next = v;
    else
        to->first = v;
    to->last = v;
}

static void read_items(struct input *in, struct value *v, int depth)
{
    char end = v->kind == VALUE_OBJECT ? '}' : ']';
    if (take(in, end))
        return;
    do {
        char *key = NULL;
        if (v->kind == VALUE_OBJECT) {
            in->wrong = in->wrong || !take(in, '"');
            key = in->wrong ? NULL : read_text(in);
            in->wrong = in->wrong || !take(in, ':');
        }
        struct value *item = in->wrong ? NULL : read_value(in, depth + 1);
        if (!item) {
            free(key);
            return;
        }
        item->key = key;
        append(v, item);
    } while (!in->wrong && take(in, ','));
    in->wrong = in->wrong || !take(in, end);
}

static bool take_word(struct input *in, const char *word)
{
    size_t len = strlen(word);
    if ((size_t)(in->end - in->at) < len || memcmp(in->at, word, len) != 0)
        return false;
    in->at += len;
    return true;
}

static void read_rest(struct input *in, struct value *v)
{
    if (take_word(in, "null"))
        v->kind = VALUE_NULL;
    else if (take_word(in, "true"))
        v->kind = VALUE_TRUE;
    else if (take_word(in, "false"))
        v->kind = VALUE_FALSE;
    else {
        const char *begin = in->at;
        while (in->at < in->end && *in->at && strchr("+-.0123456789eE", *in->at))
            in->at++;
        size_t len = (size_t)(in->at - begin);
        in->wrong = in->wrong || len == 0;
        v->kind = VALUE_NUMBER;
        v->text = memory_new(len + 1);
        memcpy(v->text, begin, len);
        char *end;
        strtod(v->text, &end);
        in->wrong = in->wrong || *end != '\0';
    }
}

static struct value *read_value(struct input *in, int depth)
{
    if (depth > DEPTH) {
        in->wrong = true;
        return NULL;
    }
    struct value *v = memory_new(sizeof *v);
    if (take(in, '{') || take(in, '[')) {
        v->kind = in->at[-1] == '{' ? VALUE_OBJECT : VALUE_LIST;
        read_items(in, v, depth);
    } else if (take(in, '"')) {
        v->kind = VALUE_TEXT;
        v->text = read_text(in);
    } else {
        read_rest(in, v);
    }
    return v;
}

struct value *value_parse(const char *text, size_t len)
{
    struct input in = {.at = text, .end = text + len};
    struct value *v = read_value(&in, 0);
    skip_blanks(&in);
    if (!in.wrong && in.at == in.end)
        return v;
    value_free(v);
    return NULL;
}

/* -- asking ------------------------------------------------------------------------------------ */

struct value *value_at(const struct value *v, const char *key)
{
    if (!v || v->kind != VALUE_OBJECT)
        return NULL;
    for (struct value *i = v->first; i; i = i->next)
        if (strcmp(i->key, key) == 0)
            return i;
    return NULL;
}

const char *value_text(const struct value *v, const char *key)
{
    const struct value *i = value_at(v, key);
    return i && i->kind == VALUE_TEXT ? i->text : "";
}

double value_number(const struct value *v, const char *key)
{
    const struct value *i = value_at(v, key);
    return i && i->kind == VALUE_NUMBER ? strtod(i->text, NULL) : 0;
}

bool value_is_true(const struct value *v, const char *key)
{
    const struct value *i = value_at(v, key);
    return i && i->kind == VALUE_TRUE;
}

bool value_is_null(const struct value *v, const char *key)
{
    const struct value *i = value_at(v, key);
    return !i || i->kind == VALUE_NULL;
}

void value_join(struct value *to, struct value *from)
{
    if (!from->first)
        return;
    if (to->last)
        to->last->next = from->first;
    else
        to->first = from->first;
    to->last = from->last;
    from->first = from->last = NULL;
}

/* -- writing ----------------------------------------------------------------------------------- */

/* As the daemon wrote it. */
static void print_text(const char *text)
{
    putchar('"');
    while (*text) {
        int len = utf8_len(text);
        unsigned char c = (unsigned char)*text;
        if (c < ' ' || c == 0x7f || c == '"' || c == '\\')
            printf("\\u%04x", c);
        else if (len > 0)
            printf("%.*s", len, text);
        else
            printf("\\udc%02x", c);
        text += len > 0 ? len : 1;
    }
    putchar('"');
}

static void print_items(const struct value *v)
{
    putchar(v->kind == VALUE_OBJECT ? '{' : '[');
    for (const struct value *i = v->first; i; i = i->next) {
        if (i->key) {
            print_text(i->key);
            fputs(": ", stdout);
        }
        value_print(i);
        if (i->next)
            fputs(", ", stdout);
    }
    putchar(v->kind == VALUE_OBJECT ? '}' : ']');
}

void value_print(const struct value *v)
{
    static const char *const words[] = {
        [VALUE_NULL] = "null", [VALUE_FALSE] = "false", [VALUE_TRUE] = "true"};
    if (v->kind == VALUE_LIST || v->kind == VALUE_OBJECT)
        print_items(v);
    else if (v->kind == VALUE_TEXT)
        print_text(v->text);
    else
        fputs(v->kind == VALUE_NUMBER ? v->text : words[v->kind], stdout);
}
