/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "daemon/config/parse.h"
#include "daemon/config/shape.h"

enum { TYPING_ERRORS = 2, KEYWORD_MOST = 32 };

/* How many bytes must be put in, taken out or changed to make a of b; both are short. */
static size_t distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    size_t row[KEYWORD_MOST + 1];
    for (size_t j = 0; j <= b_len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_len; j++) {
            size_t best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (row[j - 1] + 1 < best)
                best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[b_len];
}

static bool is_near(const char *keyword, const char *word, size_t len)
{
    size_t keyword_len = strlen(keyword);
    if (keyword_len == len && strncasecmp(keyword, word, len) == 0)
        return true;
    return len >= 5 && len <= KEYWORD_MOST && keyword_len <= KEYWORD_MOST &&
           distance(word, len, keyword, keyword_len) <= TYPING_ERRORS;
}

static const char *near_keyword(const char *word, size_t len)
{
    static const char *const others[] = {"Spread_Segment", "VirtualID"};
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        if (is_near(others[i], word, len))
            return others[i];
    for (const struct option *o = option_table; o < option_table + OPTION_COUNT; o++)
        if (is_near(o->name, word, len))
            return o->name;
    return NULL;
}

/* What is wrong with a word that should be a number or an address; NULL: no idea. */
static const char *figures(const struct token *t)
{
    size_t ipv4 = shape_ipv4(t->at, t->len);
    if (t->malformed)
        return "each of its four numbers is 0 to 255, without leading zeros";
    if (shape_digits(t->at, t->len, t->len) == t->len)
        return "a number has at most nine digits";
    if ((*t->at == '-' || *t->at == '+') && shape_is_number(t->at + 1, t->len - 1))
        return "numbers have no sign";
    if (ipv4 && t->at[ipv4] == ':')
        return "a port has one to five digits";
    return NULL;
}

static const char *hint_for_word(const struct token *t, char *text, size_t size)
{
    const char *known = figures(t);
    if (t->len == 1 && *t->at == '!')
        known = "something must stand behind the ! on its line";
    if (!known && t->at[t->len - 1] == ';')
        known = "put a blank before the ;";
    if (!known && memchr(t->at, '=', t->len))
        known = "put blanks around the =";
    const char *keyword = known ? NULL : near_keyword(t->at, t->len);
    if (known)
        snprintf(text, size, " (%s)", known);
    if (keyword)
        snprintf(text, size, " (did you mean %s? Upper and lower case matter)", keyword);
    return text;
}

const char *parse_hint(const struct token *t, char *text, size_t size)
{
    text[0] = '\0';
    switch (t->kind) {
    case TOKEN_WORD:
        return hint_for_word(t, text, size);
    case TOKEN_ADDRESS_PORT:
        return " (the port stands at the first address of a segment only)";
    case TOKEN_VIRTUAL_ID:
        return " (VirtualID stands before the interfaces of a daemon)";
    case TOKEN_COLON:
        return " (no blank may stand between an address, the : and the port)";
    case TOKEN_SEMICOLON:
        return " (one ; may stand after a daemon, and nowhere else)";
    default:
        return "";
    }
}
