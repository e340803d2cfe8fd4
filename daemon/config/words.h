/* SPDX-License-Identifier: MIT
 *
 * words.h - the words of spread.conf that are values of their own: booleans, tri-states, event
 * flags, priorities and the letters of interfaces.
 */
#ifndef SPREAD_CONFIG_WORDS_H
#define SPREAD_CONFIG_WORDS_H

#include "daemon/config/lex.h"

struct word {
    const char *text;
    enum token_kind kind;
    uint32_t value;
    bool any_case;
};

/* Of DebugFlags: every bit, and those that have a name. */
#define FLAGS_ALL   0xffffffffu
#define FLAGS_NAMED 0x00e01fffu

/* The word that text is, or NULL. */
const struct word *word_find(const char *text, size_t len);

/* The first word of that kind and value, or NULL. */
const char *word_text(enum token_kind kind, uint32_t value);

/* The words of a kind one after the other: start with NULL; NULL after the last. */
const struct word *word_after(const struct word *last, enum token_kind kind);

#endif
