/* SPDX-License-Identifier: MIT
 *
 * The language of the policy file. What stands in the way of reading it is an error, not a warning: what a
 * line of this file means must not be a guess.
 *
 *   file   = { "allow" holder { "or" holder } "{" { clause } "}" }
 *   holder = "any" | ("user" | "cert") pattern | ("uid" | "gid") account | "ip" network
 *   clause = ("connect" | "join" | "send" | "private" | "see") pattern { pattern }
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/config/parse.h"
#include "daemon/rights/inside.h"

struct reader_of_rights {
    struct parser *p; /* of spread.conf: its lexer and its findings */
    struct rights *r;
    rights_account *account;
};

static const char *const right_words[RIGHTS] = {"connect", "join", "send", "private", "see"};

const char *right_word(enum right right)
{
    return right_words[right];
}

enum right right_of_word(const char *text, size_t len)
{
    for (int i = 0; i < RIGHTS; i++)
        if (strlen(right_words[i]) == len && memcmp(right_words[i], text, len) == 0)
            return (enum right)i;
    return RIGHTS;
}

/* -- tokens ----------------------------------------------------------------------------------- */

static bool advance(struct parser *p)
{
    p->token = lex_next(&p->lexer);
    if (p->token.kind == TOKEN_STRAY)
        return parse_fail(p, &p->token, "this can stand in quotes only");
    if (p->token.kind == TOKEN_BAD)
        return parse_fail(p, &p->token, "%s", p->token.why);
    return true;
}

static bool unexpected(struct parser *p, const char *expected)
{
    const struct token *t = &p->token;
    if (t->kind == TOKEN_END)
        return parse_fail(p, t, "expected %s, found the end of the file", expected);
    return parse_fail(p, t, "expected %s", expected);
}

static bool sees(const struct parser *p, const char *word)
{
    const struct token *t = &p->token;
    return t->kind != TOKEN_QUOTED && t->len == strlen(word) && memcmp(t->at, word, t->len) == 0;
}

static bool pass(struct parser *p, const char *word)
{
    return sees(p, word) ? advance(p) : unexpected(p, word);
}

/* A name, pattern or number: also what is a word of its own in spread.conf, where it means nothing here. */
static bool sees_text(const struct parser *p)
{
    enum token_kind kind = p->token.kind;
    return kind == TOKEN_WORD || kind == TOKEN_QUOTED || lex_is_reserved(kind);
}

/* Takes a text into room for PATTERN_MAX bytes; *at is where it stands. */
static bool take_text(struct parser *p, char text[PATTERN_MAX + 1], struct token *at,
                      const char *expected)
{
    *at = p->token;
    if (!sees_text(p))
        return unexpected(p, expected);
    if (at->text_len == 0)
        return parse_fail(p, at, "an empty name is none");
    if (at->text_len > PATTERN_MAX || memchr(at->text, '\n', at->text_len))
        return parse_fail(p, at, "a name has one line, and %d bytes at most", PATTERN_MAX);
    memcpy(text, at->text, at->text_len);
    text[at->text_len] = '\0';
    return advance(p);
}

/* -- whom a rule is for ----------------------------------------------------------------------- */

static bool read_account(struct reader_of_rights *o, struct holder *h)
{
    struct token at;
    char name[PATTERN_MAX + 1], *end;
    bool group = h->kind == HOLDER_GID;
    if (!take_text(o->p, name, &at, group ? "a group of users, or its number" : "a user, or its number"))
        return false;
    unsigned long long number = strtoull(name, &end, 10);
    if (name[0] >= '0' && name[0] <= '9' && *end == '\0') {
        h->id = (uint32_t)number;
        return number < IDENTITY_NOBODY || parse_fail(o->p, &at, "nobody has this number");
    }
    return o->account(group, name, &h->id) ||
           parse_fail(o->p, &at, "this machine has no %s of that name", group ? "group" : "user");
}

static bool read_network(struct reader_of_rights *o, struct holder *h)
{
    struct token at;
    char text[PATTERN_MAX + 1];
    const char *expected = "an address, or a network such as 10.0.0.0/8";
    return take_text(o->p, text, &at, expected) &&
           (ip_parse_network(&h->network, &h->prefix_len, text) ||
            parse_fail(o->p, &at, "expected %s", expected));
}

static bool read_holder(struct reader_of_rights *o, struct holder *h)
{
    static const char *const words[] = {"any", "user", "cert", "uid", "gid", "ip"};
    struct token at;
    size_t i = 0;
    while (i < sizeof words / sizeof words[0] && !sees(o->p, words[i]))
        i++;
    if (i == sizeof words / sizeof words[0])
        return unexpected(o->p, "any, user, cert, uid, gid or ip");
    h->kind = (enum holder_kind)i;
    if (!advance(o->p))
        return false;
    switch (h->kind) {
    case HOLDER_ANY:
        return true;
    case HOLDER_USER:
    case HOLDER_CERT:
        return take_text(o->p, h->pattern, &at, "a name");
    case HOLDER_UID:
    case HOLDER_GID:
        return read_account(o, h);
    case HOLDER_IP:
        return read_network(o, h);
    }
    return false;
}

static bool read_holders(struct reader_of_rights *o, struct rule *rule)
{
    do {
        rule->holders = memory_grow(rule->holders, (rule->holder_count + 1) * sizeof *rule->holders);
        struct holder *h = &rule->holders[rule->holder_count++];
        *h = (struct holder){0};
        if (!read_holder(o, h))
            return false;
    } while (sees(o->p, "or") && advance(o->p));
    return !o->p->failed;
}

/* -- what it allows --------------------------------------------------------------------------- */

static enum right sees_right(const struct parser *p)
{
    return p->token.kind == TOKEN_QUOTED ? RIGHTS : right_of_word(p->token.at, p->token.len);
}

static bool read_patterns(struct reader_of_rights *o, struct rule *rule, enum right right)
{
    struct token at;
    char expected[64];
    snprintf(expected, sizeof expected, "a name or pattern behind %s", right_words[right]);
    do {
        rule->clauses = memory_grow(rule->clauses, (rule->clause_count + 1) * sizeof *rule->clauses);
        struct clause *c = &rule->clauses[rule->clause_count++];
        *c = (struct clause){.right = right, .line = o->p->token.line};
        if (sees_right(o->p) != RIGHTS)
            return unexpected(o->p, expected);
        if (!take_text(o->p, c->pattern, &at, expected))
            return false;
        c->whole = strchr(c->pattern, '#') != NULL;
        if (c->whole && right != MAY_PRIVATE)
            return parse_fail(o->p, &at, "no name has a # here; private groups are those of private");
    } while (sees_text(o->p) && sees_right(o->p) == RIGHTS);
    return true;
}

static bool read_rule(struct reader_of_rights *o)
{
    struct rights *r = o->r;
    r->rules = memory_grow(r->rules, (r->rule_count + 1) * sizeof *r->rules);
    struct rule *rule = &r->rules[r->rule_count++];
    *rule = (struct rule){0};
    if (!pass(o->p, "allow") || !read_holders(o, rule))
        return false;
    if (o->p->token.kind != TOKEN_OPEN)
        return unexpected(o->p, "or, or the { before what is allowed");
    advance(o->p);
    while (!o->p->failed && o->p->token.kind != TOKEN_CLOSE) {
        enum right right = sees_right(o->p);
        if (right == RIGHTS)
            return unexpected(o->p, "connect, join, send, private, see or }");
        if (!advance(o->p) || !read_patterns(o, rule, right))
            return false;
    }
    return !o->p->failed && advance(o->p);
}

struct rights *rights_parse(const struct conf_source *source, rights_account *account)
{
    struct reader_of_rights o = {memory_new(sizeof *o.p), memory_new(sizeof *o.r), account};
    o.r->text = memory_new(source->len + 1);
    o.r->len = source->len;
    if (source->len > 0)
        memcpy(o.r->text, source->text, source->len);
    o.p->source = source;
    o.p->lexer = lexer_of(source->text, source->len);
    advance(o.p);
    while (!o.p->failed && o.p->token.kind != TOKEN_END)
        read_rule(&o);
    bool read = !o.p->failed;
    free(o.p);
    if (read)
        return o.r;
    rights_free(o.r);
    return NULL;
}

void rights_free(struct rights *r)
{
    if (!r)
        return;
    for (size_t i = 0; i < r->rule_count; i++) {
        free(r->rules[i].holders);
        free(r->rules[i].clauses);
    }
    grants_free(r->grants);
    free(r->rules);
    free(r->text);
    free(r);
}

bool rights_equal(const struct rights *a, const struct rights *b)
{
    if (!a || !b)
        return a == b;
    return a->len == b->len && memcmp(a->text, b->text, a->len) == 0;
}
