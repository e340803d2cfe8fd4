/* SPDX-License-Identifier: MIT
 *
 * reading.h - a configuration text read for a test: what came of it and what was said.
 *
 * Four host names have an address: "localhost" is 127.0.0.1, "ip6-localhost" is ::1, "node0", which
 * is this machine by a hosts file as installers make it, is 127.0.1.1, and "node1" is 10.5.5.1. The
 * text is handed to the parser in memory of just its size, so that a sanitizer sees every byte read
 * behind it.
 */
#ifndef TESTS_UNIT_CONFIG_READING_H
#define TESTS_UNIT_CONFIG_READING_H

#include "daemon/config/conf.h"

enum { SAID_MAX = 64 };

struct said {
    bool fatal;
    int line, column;
    char token[80], message[600], source[256], text[1200]; /* text: conf_finding_text */
};

struct reading {
    struct conf *conf; /* NULL if refused */
    int count;         /* of findings */
    int fatal_count;
    struct said said[SAID_MAX];
    const struct said *fatal; /* the last fatal one, or NULL */
};

/* To be freed with reading_free. */
struct reading *reading_of_bytes(const char *bytes, size_t len);
struct reading *reading_of(const char *text);
void reading_free(struct reading *r);

/* The warning that has this in its message, or NULL. */
const struct said *reading_warning(const struct reading *r, const char *part);

/* conf_describe as one text, each line ended; to be freed. */
char *described(const struct conf *conf);

/* What is wrong with a reading of any text whatever, or NULL. True of all of them: there is either
 * a configuration or one fatal finding, the last one; what is accepted keeps every bound and
 * every promise of conf.h; its description is accepted and means the same. */
const char *reading_flaw(const struct reading *r);

#endif
