/* SPDX-License-Identifier: MIT
 *
 * word.h - a password: where it comes from, which is never the command line, and its hash.
 */
#ifndef SPREAD_TOOLS_PASSWD_WORD_H
#define SPREAD_TOOLS_PASSWD_WORD_H

#include <stdbool.h>

enum {
    WORD_MAX = 8,    /* bytes that the protocol carries; another one would be cut without a word */
    WORD_HASH = 128, /* longest hash that the daemon takes, with its NUL */
};

/* From the terminal, twice and without showing it, or if standard input is none, its first line. False,
 * having said why. */
bool word_ask(const char *user, char word[WORD_MAX + 1]);

/* Today's kind of hash, with a salt of its own. rounds: what it costs; 0: as the system has it. False, having
 * said why. */
bool word_hash(const char *word, unsigned long rounds, char hash[WORD_HASH]);

/* A hash that the daemon takes. */
bool word_hash_is_good(const char *hash);

#endif
