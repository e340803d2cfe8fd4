/* SPDX-License-Identifier: MIT
 *
 * value.h - what a daemon says in JSON, as a tree.
 *
 * The text came over the network: it is bounded in depth, and what does not read as JSON is none. Bytes
 * of names that are no UTF-8 stand in it as U+DC80 to U+DCFF (daemon/sight/json.h); in the tree they are
 * those bytes again.
 */
#ifndef TOOLS_MONITOR_VALUE_H
#define TOOLS_MONITOR_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum value_kind { VALUE_NULL, VALUE_FALSE, VALUE_TRUE, VALUE_NUMBER, VALUE_TEXT, VALUE_LIST, VALUE_OBJECT };

struct value {
    enum value_kind kind;
    char *key;  /* in an object */
    char *text; /* TEXT, and NUMBER as it was written */
    struct value *first, *last; /* what is in a LIST or OBJECT */
    struct value *next;         /* behind this one, in what it is in */
};

/* NULL: it is no JSON. */
struct value *value_parse(const char *text, size_t len);
void value_free(struct value *v);

/* That member of an object; NULL: v is none, or has none. */
struct value *value_at(const struct value *v, const char *key);
/* "" and 0 for what is not there or something else. */
const char *value_text(const struct value *v, const char *key);
double value_number(const struct value *v, const char *key);
bool value_is_true(const struct value *v, const char *key);
bool value_is_null(const struct value *v, const char *key);

/* Moves what is in the list from to the end of the list to. */
void value_join(struct value *to, struct value *from);

/* Writes it to standard output as JSON, on one line. */
void value_print(const struct value *v);

#endif
