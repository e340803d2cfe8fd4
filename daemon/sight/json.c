/* SPDX-License-Identifier: MIT */
#include "daemon/sight/json.h"

#include <string.h>

int utf8_len(const char *text)
{
    const unsigned char *p = (const unsigned char *)text;
    int len = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;
    for (int i = 1; i < len; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    /* Neither longer than need be, nor half of a pair, nor beyond what there is. */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] >= 0xa0) ||
        (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] >= 0x90))
        return 0;
    return len;
}

static void quote(struct text *out, const char *text)
{
    text_put(out, "\"", 1);
    while (*text) {
        int len = utf8_len(text);
        unsigned char c = (unsigned char)*text;
        if (c == '"' || c == '\\')
            text_add(out, "\\%c", c);
        else if (c < 0x20 || c == 0x7f)
            text_add(out, "\\u%04x", c);
        else if (len > 0)
            text_put(out, text, (size_t)len);
        else
            text_add(out, "\\udc%02x", c);
        text += len > 0 ? len : 1;
    }
    text_put(out, "\"", 1);
}

/* All before the value: the comma and the key. */
static void begin(struct json *j, const char *key)
{
    if (j->follows)
        text_put(j->out, ",", 1);
    if (key) {
        quote(j->out, key);
        text_put(j->out, ":", 1);
    }
    j->follows = true;
}

static void open(struct json *j, const char *key, const char *bracket)
{
    begin(j, key);
    text_put(j->out, bracket, 1);
    j->follows = false;
}

static void end(struct json *j, const char *bracket)
{
    text_put(j->out, bracket, 1);
    j->follows = true;
}

void json_object(struct json *j, const char *key)
{
    open(j, key, "{");
}

void json_list(struct json *j, const char *key)
{
    open(j, key, "[");
}

void json_end_object(struct json *j)
{
    end(j, "}");
}

void json_end_list(struct json *j)
{
    end(j, "]");
}

void json_text(struct json *j, const char *key, const char *text)
{
    begin(j, key);
    quote(j->out, text);
}

void json_number(struct json *j, const char *key, uint64_t n)
{
    begin(j, key);
    text_add(j->out, "%llu", (unsigned long long)n);
}

void json_truth(struct json *j, const char *key, bool yes)
{
    begin(j, key);
    text_add(j->out, "%s", yes ? "true" : "false");
}

void json_null(struct json *j, const char *key)
{
    begin(j, key);
    text_put(j->out, "null", strlen("null"));
}

void json_seconds(struct json *j, const char *key, usec t)
{
    if (t == NEVER) {
        json_null(j, key);
        return;
    }
    begin(j, key);
    text_add(j->out, "%llu.%06llu", (unsigned long long)(t / USEC_SECOND),
             (unsigned long long)(t % USEC_SECOND));
}
