/* SPDX-License-Identifier: MIT */
#include "daemon/seal/keys.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum {
    BASE64 = (KEY_SECRET + 2) / 3 * 4, /* "=" at the end included */
    DECODED = BASE64 / 4 * 3,          /* what OpenSSL makes of that: zero bytes for each "=" */
    WORDS = 4,                         /* id, algorithm, secret, send */
};

static const char *const names[SEAL_ALGORITHMS] = {
    [SEAL_AES_256_GCM] = "aes-256-gcm",
    [SEAL_CHACHA20_POLY1305] = "chacha20-poly1305",
};

struct word {
    const char *at;
    size_t len;
};

/* One line, without its end and its comment. */
struct line {
    const char *text;
    size_t len;
    struct word words[WORDS];
    int count;
};

struct reader {
    const char *at, *end;
    int line;
    struct keyring *ring;
    int sends_line; /* where "send" stands; 0: nowhere yet */
    struct keys_error *error;
};

__attribute__((format(printf, 3, 4))) static bool fail(struct reader *r, size_t column,
                                                       const char *format, ...)
{
    va_list arguments;
    r->error->line = r->line;
    r->error->column = (int)column + 1;
    va_start(arguments, format);
    vsnprintf(r->error->text, sizeof r->error->text, format, arguments);
    va_end(arguments);
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool next_line(struct reader *r, struct line *line)
{
    if (r->at == r->end)
        return false;
    size_t rest = (size_t)(r->end - r->at);
    const char *newline = memchr(r->at, '\n', rest);
    size_t len = newline ? (size_t)(newline - r->at) : rest;
    const char *comment = memchr(r->at, '#', len);
    line->text = r->at;
    line->len = comment ? (size_t)(comment - r->at) : len;
    if (!comment && len > 0 && r->at[len - 1] == '\r')
        line->len--;
    r->at += newline ? len + 1 : len;
    r->line++;
    return true;
}

static bool split(struct reader *r, struct line *line)
{
    size_t i = 0;
    line->count = 0;
    for (;;) {
        while (i < line->len && is_blank(line->text[i]))
            i++;
        if (i == line->len)
            return true;
        if (line->count == WORDS)
            return fail(r, i, "there is a word too many");
        struct word *w = &line->words[line->count++];
        w->at = line->text + i;
        while (i < line->len && !is_blank(line->text[i]))
            i++;
        w->len = (size_t)(line->text + i - w->at);
    }
}

static size_t column_of(const struct line *line, int word)
{
    return word < line->count ? (size_t)(line->words[word].at - line->text) : line->len;
}

static bool read_id(struct reader *r, const struct line *line, struct seal_key *key)
{
    const struct word *w = &line->words[0];
    unsigned id = 0;
    for (size_t i = 0; i < w->len; i++) {
        if (w->at[i] < '0' || w->at[i] > '9' || id > UINT8_MAX)
            id = UINT8_MAX + 1;
        else
            id = id * 10 + (unsigned)(w->at[i] - '0');
    }
    if (id == 0 || id > UINT8_MAX)
        return fail(r, column_of(line, 0), "expected the number of the key, from 1 to 255");
    key->id = (uint8_t)id;
    for (int i = 0; i < r->ring->count; i++)
        if (r->ring->keys[i].id == id)
            return fail(r, column_of(line, 0), "there is another key with the number %u", id);
    return true;
}

bool seal_algorithm_find(const char *name, size_t len, enum seal_algorithm *algorithm)
{
    for (int i = 0; i < SEAL_ALGORITHMS; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], name, len) == 0) {
            *algorithm = (enum seal_algorithm)i;
            return true;
        }
    }
    return false;
}

static bool read_algorithm(struct reader *r, const struct line *line, struct seal_key *key)
{
    const struct word *w = &line->words[1];
    return (line->count > 1 && seal_algorithm_find(w->at, w->len, &key->algorithm)) ||
           fail(r, column_of(line, 1), "expected the algorithm, %s or %s", names[0], names[1]);
}

/* The first byte of a word that is not of base64, or its length. "=" stands at the end only. */
static size_t first_stray(const struct word *w)
{
    for (size_t i = 0; i < w->len; i++) {
        char c = w->at[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '+' && c != '/' && !(c == '=' && i == w->len - 1))
            return i;
    }
    return w->len;
}

/* OpenSSL's decoder passes over blanks and does not look at bits that do not count, so what it gives
 * must be written as it was read: a secret has one form. */
static bool decode(const struct word *w, uint8_t secret[KEY_SECRET])
{
    uint8_t bytes[DECODED], again[BASE64 + 1];
    int len = EVP_DecodeBlock(bytes, (const unsigned char *)w->at, BASE64);
    bool ok = len == DECODED && EVP_EncodeBlock(again, bytes, KEY_SECRET) == BASE64 &&
              CRYPTO_memcmp(again, w->at, BASE64) == 0;
    if (ok)
        memcpy(secret, bytes, KEY_SECRET);
    OPENSSL_cleanse(bytes, sizeof bytes);
    OPENSSL_cleanse(again, sizeof again);
    return ok;
}

static bool read_secret(struct reader *r, const struct line *line, struct seal_key *key)
{
    size_t column = column_of(line, 2);
    if (line->count < 3)
        return fail(r, column, "expected the key, 32 bytes in base64");
    const struct word *w = &line->words[2];
    size_t stray = first_stray(w);
    if (stray < w->len)
        return fail(r, column + stray, "this is not a character of base64");
    if (w->len != BASE64)
        return fail(r, column, "32 bytes are %d characters of base64, and here are %zu", BASE64,
                    w->len);
    if (!decode(w, key->secret))
        return fail(r, column + BASE64 - 2, "this is not how 32 bytes end in base64");
    for (int i = 0; i < r->ring->count; i++)
        if (CRYPTO_memcmp(r->ring->keys[i].secret, key->secret, KEY_SECRET) == 0)
            return fail(r, column, "this is the key with the number %d again",
                        r->ring->keys[i].id);
    return true;
}

static bool read_send(struct reader *r, const struct line *line)
{
    if (line->count < 4)
        return true;
    if (line->words[3].len != 4 || memcmp(line->words[3].at, "send", 4) != 0)
        return fail(r, column_of(line, 3), "expected \"send\" or the end of the line");
    if (r->sends_line)
        return fail(r, column_of(line, 3),
                    "one key seals what is sent, and that is the one of line %d", r->sends_line);
    r->sends_line = r->line;
    r->ring->sending = r->ring->count;
    return true;
}

static bool read_key(struct reader *r, const struct line *line)
{
    if (r->ring->count == KEYS_MOST)
        return fail(r, column_of(line, 0), "there are more than %d keys", KEYS_MOST);
    struct seal_key *key = &r->ring->keys[r->ring->count];
    if (!read_id(r, line, key) || !read_algorithm(r, line, key) || !read_secret(r, line, key) ||
        !read_send(r, line))
        return false;
    r->ring->count++;
    return true;
}

static bool read_all(struct reader *r)
{
    struct line line = {0};
    while (next_line(r, &line))
        if (!split(r, &line) || (line.count > 0 && !read_key(r, &line)))
            return false;
    if (r->ring->count == 0)
        return fail(r, line.len, "there is no key in this file");
    if (r->ring->count > 1 && !r->sends_line)
        return fail(r, line.len, "there are %d keys, and none has \"send\" at the end of its line",
                    r->ring->count);
    return true;
}

bool keys_parse(struct keyring *ring, const char *text, size_t len, struct keys_error *error)
{
    struct reader r = {.at = text, .end = text + len, .ring = ring, .error = error};
    keyring_wipe(ring);
    if (read_all(&r))
        return true;
    if (error->line == 0)
        error->line = 1; /* the text is empty */
    keyring_wipe(ring);
    return false;
}

void keys_write(const struct seal_key *key, char line[KEY_LINE])
{
    unsigned char base64[BASE64 + 1];
    EVP_EncodeBlock(base64, key->secret, KEY_SECRET);
    snprintf(line, KEY_LINE, "%d %s %s", key->id, names[key->algorithm], (const char *)base64);
    OPENSSL_cleanse(base64, sizeof base64);
}

static bool same_key(const struct seal_key *a, const struct seal_key *b)
{
    return a->id == b->id && a->algorithm == b->algorithm &&
           CRYPTO_memcmp(a->secret, b->secret, KEY_SECRET) == 0;
}

bool keyring_equal(const struct keyring *a, const struct keyring *b)
{
    bool same = a->count == b->count && a->sending == b->sending;
    for (int k = 0; same && k < a->count; k++)
        same = same_key(&a->keys[k], &b->keys[k]);
    return same;
}

void keyring_wipe(struct keyring *ring)
{
    OPENSSL_cleanse(ring, sizeof *ring);
}
