/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "daemon/config/parse.h"

/* True if the token is passed over. */
static bool skips(struct parser *p)
{
    const struct token *t = &p->token;
    if (t->kind != TOKEN_STRAY)
        return false;
    if (*t->at == '[' || *t->at == ']')
        parse_warn(p, t, "a bracket means something in [IPv6 address]:port only; it is skipped");
    else
        parse_warn(p, t, "a control character that has no meaning; it is skipped");
    return true;
}

void parse_advance(struct parser *p)
{
    do
        p->token = lex_next(&p->lexer);
    while (skips(p));

    if (p->token.kind == TOKEN_BAD)
        parse_fail(p, &p->token, "%s", p->token.why);
    if (p->token.malformed)
        parse_warn(p, &p->token, "this looks like an address and is none; it is taken as a word");
    if (p->token.zone_cut)
        parse_warn(p, &p->token, "no interface has so long a name; it is left out");
}

bool parse_expect(struct parser *p, enum token_kind kind, const char *expected)
{
    if (p->token.kind != kind)
        return parse_unexpected(p, expected);
    parse_advance(p);
    return !p->failed;
}

bool parse_sees_text(const struct parser *p)
{
    return p->token.kind == TOKEN_WORD || p->token.kind == TOKEN_QUOTED;
}

bool parse_sees_option(const struct parser *p)
{
    return p->token.kind == TOKEN_OPTION ||
           (p->token.kind == TOKEN_WORD && option_find(p->token.at, p->token.len));
}
