/* SPDX-License-Identifier: MIT */
#include "daemon/config/parse.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/config/defaults.h"

/* file = { segment | option } */
static bool parse_file(struct parser *p)
{
    while (!p->failed && p->token.kind != TOKEN_END) {
        if (p->token.kind == TOKEN_SEGMENT)
            parse_segment(p);
        else if (parse_sees_option(p))
            parse_option(p);
        else
            parse_unexpected(p, "Spread_Segment or the name of an option");
    }
    return !p->failed && parse_finish(p);
}

struct conf *conf_parse(const struct conf_source *source)
{
    struct parser *p = memory_new(sizeof *p);
    struct conf *conf = memory_new(sizeof *conf);

    conf_set_defaults(conf);
    p->source = source;
    p->conf = conf;
    p->lexer = lexer_of(source->text, source->len);
    parse_advance(p);
    bool read = parse_file(p);
    free(p);
    if (read)
        return conf;
    conf_free(conf);
    return NULL;
}

struct conf *conf_built_in(uint16_t port)
{
    char text[128];
    int len = snprintf(text, sizeof text,
                       "Spread_Segment 127.0.0.255:%u { localhost 127.0.0.1 { 127.0.0.1 } }", port);
    struct conf_source source = {.file = "built-in", .text = text, .len = (size_t)len};
    struct conf *conf = conf_parse(&source);
    assert(conf);
    return conf;
}
