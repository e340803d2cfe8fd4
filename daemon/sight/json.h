/* SPDX-License-Identifier: MIT
 *
 * json.h - writes JSON into a text. A library would build a tree first and refuse names that are not
 * UTF-8; this writes as it goes, and the core stays without anything that may do I/O.
 *
 * Names of groups may have any bytes from 0x80. What is UTF-8 in them stays; each other byte becomes
 * the lone surrogate U+DC80 to U+DCFF, as Python's surrogateescape has it, so no two names look alike and
 * each can be had back: "caf\xe9" is "caf\udce9".
 */
#ifndef SPREAD_SIGHT_JSON_H
#define SPREAD_SIGHT_JSON_H

#include <stdbool.h>
#include <stdint.h>

#include "daemon/base/text.h"
#include "daemon/base/usec.h"

struct json {
    struct text *out;
    bool follows; /* something stands before what comes next, so a comma does, too */
};

/* key: NULL in a list, and at the top. */
void json_object(struct json *j, const char *key);
void json_list(struct json *j, const char *key);
void json_end_object(struct json *j);
void json_end_list(struct json *j);

void json_text(struct json *j, const char *key, const char *text);
void json_number(struct json *j, const char *key, uint64_t n);
void json_truth(struct json *j, const char *key, bool yes);
void json_null(struct json *j, const char *key);
/* As seconds: 1500000 is 1.500000. NEVER is null. */
void json_seconds(struct json *j, const char *key, usec t);

/* How many bytes at text are one character of UTF-8; 0: they are none. For 0x41 0x00 it is 1. */
int utf8_len(const char *text);

#endif
