/* SPDX-License-Identifier: MIT
 *
 * usage.h - what a program says of itself: --help, --version, and which of its options is wrong.
 *
 * Completions in shells are made of what --help prints: an option begins an indented line, with
 * what it takes behind it and two blanks before its explanation; a command begins one below
 * "Commands:".
 */
#ifndef TOOLS_USAGE_H
#define TOOLS_USAGE_H

#include <stddef.h>

struct usage {
    const char *program;
    const char *text; /* all behind "usage: PROGRAM " */
};

/* If the word is --help or --version, answers it on standard output and ends the program, with
 * status 0. */
void usage_answer(const struct usage *u, const char *word);

/* Says what is wrong with the word, or with all if there is none, and how the program is called, on
 * standard error. Ends it with status 2. */
_Noreturn void usage_refuse(const struct usage *u, const char *word, const char *what);

/* The same where it has been said what is wrong. */
_Noreturn void usage_refuse_all(const struct usage *u);

#endif
