/* SPDX-License-Identifier: MIT
 *
 * parse.h - what the files of the parser share: one token of look-ahead, the configuration as far
 * as it has been read, and the way findings go out.
 *
 * Functions that return bool return false after the fatal finding; the first one sticks, and
 * nothing is reported after it.
 */
#ifndef SPREAD_CONFIG_PARSE_H
#define SPREAD_CONFIG_PARSE_H

#include "daemon/config/conf.h"
#include "daemon/config/lex.h"
#include "daemon/config/options.h"

struct parser {
    const struct conf_source *source;
    struct lexer lexer;
    struct token token; /* the next one */
    struct conf *conf;
    bool failed;
    int warnings;
    /* Where things stand, for the checks that come later. */
    struct token options[OPTION_COUNT]; /* the last statement of each; line 0: none */
    struct token daemons[CONF_DAEMONS_MAX];
    bool looked_up[CONF_DAEMONS_MAX]; /* the address is what the system says of the name */
    struct token addresses[CONF_SEGMENT_ADDRESSES_MAX]; /* of the segment that is open */
};

/* -- finding.c: at points at the offending text ----------------------------------------------- */

/* Always false. */
bool parse_fail(struct parser *p, const struct token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void parse_warn(struct parser *p, const struct token *at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The next token is not what has to stand here; expected says what has, in words. */
bool parse_unexpected(struct parser *p, const char *expected);
/* The same where a name or value would do, which the token could be if it were quoted. */
bool parse_unexpected_text(struct parser *p, const char *expected);

/* -- tokens.c --------------------------------------------------------------------------------- */

/* Takes the next token from the text, warning of what it skips. */
void parse_advance(struct parser *p);

/* Passes a token of that kind, or fails with what was expected. */
bool parse_expect(struct parser *p, enum token_kind kind, const char *expected);

/* The next token is one of these kinds: text is a word or quoted. */
bool parse_sees_text(const struct parser *p);
bool parse_sees_option(const struct parser *p);

/* -- hint.c ----------------------------------------------------------------------------------- */

/* What whoever wrote the token probably meant, as the rest of a sentence; "" if no idea. */
const char *parse_hint(const struct token *t, char *text, size_t size);

/* -- one file each ---------------------------------------------------------------------------- */

bool parse_segment(struct parser *p); /* from Spread_Segment to its "}" */
bool parse_daemon(struct parser *p);  /* into the segment that is open */
bool parse_option(struct parser *p);  /* one statement */
/* From its "{" to its "}", into lines, in place of what was there. */
bool parse_slow_readers(struct parser *p, struct slow_lines *lines);
bool parse_finish(struct parser *p);  /* end of file: cross-checks and what follows from the rest */

/* -- reach.c ---------------------------------------------------------------------------------- */

/* Warns of addresses that do not reach all of the segment, which has just been read. */
void parse_warn_of_segment(struct parser *p, const struct conf_segment *s);
/* Daemons on loopback beside others that are not; false if a hosts file is to blame. */
bool parse_check_loopback(struct parser *p);

#endif
