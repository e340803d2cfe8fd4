/* SPDX-License-Identifier: MIT
 *
 * lex.h - the text of spread.conf as tokens.
 *
 * Only blanks, braces, brackets and "#" end a word, so "=", ":" and ";" are tokens only where
 * they stand alone: "Window=5" is one word, and "d1;" is a legal name. At each place the longest
 * token wins. Words with a meaning of their own (keywords, "on", "D", "ALL", numbers, addresses)
 * are never names or values unless they are quoted.
 */
#ifndef SPREAD_CONFIG_LEX_H
#define SPREAD_CONFIG_LEX_H

#include "daemon/base/ip.h"

enum token_kind {
    TOKEN_END,
    TOKEN_OPEN,   /* { */
    TOKEN_CLOSE,  /* } */
    TOKEN_EQUALS, /* = */
    TOKEN_COLON,  /* : means nothing, and is no word */
    TOKEN_SEMICOLON,
    TOKEN_NOT,     /* ! with something behind it on the line */
    TOKEN_SEGMENT, /* from here ... */
    TOKEN_VIRTUAL_ID,
    TOKEN_OPTION,       /* option: which */
    TOKEN_BOOLEAN,      /* value: 0, 1 */
    TOKEN_TRISTATE,     /* value: enum conf_tristate */
    TOKEN_FLAG,         /* value: of enum log_type, ALL or NONE */
    TOKEN_LEVEL,        /* value: enum log_level */
    TOKEN_LETTER,       /* value: CONF_FOR_ bit */
    TOKEN_ADDRESS,      /* ip */
    TOKEN_ADDRESS_PORT, /* ip, value: the port */
    TOKEN_NUMBER,       /* value; ... to here: words with a meaning of their own */
    TOKEN_QUOTED,       /* text and text_len are what stands between the quotes */
    TOKEN_WORD,
    TOKEN_STRAY, /* bytes that begin no token: "[", "]", vertical tab, form feed */
    TOKEN_BAD,   /* why says why it may stand nowhere */
};

struct token {
    enum token_kind kind;
    const char *at; /* lent: points into the text, which has len bytes of it */
    size_t len;
    const char *line_at; /* where its line begins */
    int line;            /* from 1 */
    const char *text;    /* for words and quoted text */
    size_t text_len;
    uint32_t value;
    const struct option *option;
    struct ip ip;
    bool malformed; /* TOKEN_WORD: has the shape of an address and is none */
    bool zone_cut;  /* the interface of the address is too long to exist and was left out */
    const char *why;
};

struct lexer {
    const char *at, *end;
    const char *line_at;
    int line;
};

struct lexer lexer_of(const char *text, size_t len);
struct token lex_next(struct lexer *l); /* TOKEN_END for ever, once the text is over */

/* Words with a meaning of their own, which quotes take away. */
bool lex_is_reserved(enum token_kind kind);

/* True if text would be read as one plain word wherever it stands: as a value it needs no quotes.
 * A quote at its beginning might find a partner in what follows. */
bool lex_is_plain(const char *text);

#endif
