/* SPDX-License-Identifier: MIT
 *
 * golden.h - the files of tests/golden/conf and what 5.0.1 did with each (INDEX.tsv).
 */
#ifndef TESTS_UNIT_CONFIG_GOLDEN_H
#define TESTS_UNIT_CONFIG_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { GOLDEN_FILES = 114 };

struct golden {
    char *name;
    bool accepted;  /* the file alone: by us, too, when only the machine was not right for it */
    uint32_t hash;  /* if accepted */
    char *segments; /* "[address]:port xCOUNT ...", or "" where 5.0.1 did not get so far */
    char *daemons;  /* "name=address#id ..." */
    char *text;
    size_t len;
};

/* All of them. Ends the program if there are more or fewer, or one cannot be read. */
struct golden *golden_load(void);
void golden_free(struct golden *list);

#endif
