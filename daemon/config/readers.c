/* SPDX-License-Identifier: MIT
 *
 * The lines of SlowReaders (slow.h).
 */
#include <string.h>

#include "daemon/config/parse.h"

static const char expected_subject[] = "}, or a line: group, name, PWORD, UID or CERT, a pattern, and a policy";
static const char expected_policy[] = "one of the policies hold, drop and cut";

static bool read_subject(struct parser *p, struct slow_line *line)
{
    const struct token *t = &p->token;
    if (!parse_sees_text(p) || !slow_subject_named(t->text, t->text_len, &line->subject))
        return parse_unexpected(p, expected_subject);
    parse_advance(p);
    return !p->failed;
}

static bool read_pattern(struct parser *p, struct slow_line *line)
{
    struct token pattern = p->token;
    if (pattern.kind == TOKEN_NUMBER && line->subject == SLOW_OF_UID) {
        pattern.text = pattern.at;
        pattern.text_len = pattern.len;
    } else if (!parse_sees_text(p)) {
        return parse_unexpected_text(p, "a pattern of names");
    }
    if (pattern.text_len == 0)
        return parse_fail(p, &pattern, "an empty pattern fits nobody");
    if (pattern.text_len > SLOW_PATTERN_MAX)
        return parse_fail(p, &pattern, "a pattern has at most %d bytes", SLOW_PATTERN_MAX);
    memcpy(line->pattern, pattern.text, pattern.text_len);
    parse_advance(p);
    return !p->failed;
}

static bool read_policy(struct parser *p, struct slow_line *line)
{
    const struct token *t = &p->token;
    if (!parse_sees_text(p) || !slow_policy_named(t->text, t->text_len, &line->policy))
        return parse_unexpected(p, expected_policy);
    parse_advance(p);
    return !p->failed;
}

static bool read_line(struct parser *p, struct slow_lines *lines)
{
    struct slow_line line = {.subject = SLOW_OF_GROUP};
    struct token first = p->token;
    if (lines->count == SLOW_LINES_MAX)
        return parse_fail(p, &first, "SlowReaders has at most %d lines", SLOW_LINES_MAX);
    if (!read_subject(p, &line) || !read_pattern(p, &line) || !read_policy(p, &line))
        return false;
    uint32_t before = slow_line_in_the_way(lines, &line);
    if (before > 0)
        parse_warn(p, &first, "this line never counts: line %u of SlowReaders (%s %s) comes first",
                   before, slow_subject_name(lines->list[before - 1].subject),
                   lines->list[before - 1].pattern);
    lines->list[lines->count++] = line;
    return true;
}

bool parse_slow_readers(struct parser *p, struct slow_lines *lines)
{
    lines->count = 0;
    if (!parse_expect(p, TOKEN_OPEN, "{ and the lines of SlowReaders"))
        return false;
    while (p->token.kind != TOKEN_CLOSE)
        if (!read_line(p, lines))
            return false;
    parse_advance(p);
    return !p->failed;
}
