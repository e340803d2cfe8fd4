/* SPDX-License-Identifier: MIT */
#include "tools/usage.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void show(const struct usage *u, FILE *to)
{
    fprintf(to, "usage: %s %s", u->program, u->text);
}

void usage_answer(const struct usage *u, const char *word)
{
    if (strcmp(word, "--help") == 0)
        show(u, stdout);
    else if (strcmp(word, "--version") == 0)
        printf("%s " SPREAD_VERSION_TEXT "\n", u->program);
    else
        return;
    exit(fflush(stdout) == 0 ? 0 : 1);
}

void usage_refuse(const struct usage *u, const char *word, const char *what)
{
    if (word)
        fprintf(stderr, "%s: %s: %s\n\n", u->program, word, what);
    else
        fprintf(stderr, "%s: %s\n\n", u->program, what);
    usage_refuse_all(u);
}

void usage_refuse_all(const struct usage *u)
{
    show(u, stderr);
    exit(2);
}
