/* SPDX-License-Identifier: MIT
 *
 * options.h - the command line of spmonitor: its options wherever they stand, a command, and what
 * that is to be done with.
 *
 *     spmonitor -c conf status alpha --json      is      spmonitor --json -c conf status alpha
 */
#ifndef TOOLS_MONITOR_OPTIONS_H
#define TOOLS_MONITOR_OPTIONS_H

#include <stdbool.h>

/* Options that belong to commands: bits. */
enum {
    OPTION_JSON = 1 << 0,
    OPTION_YES = 1 << 1,
    OPTION_WINDOW = 1 << 2,
    OPTION_HASH = 1 << 3,
    OPTION_FILE = 1 << 4,
    OPTION_SORT = 1 << 5,
};

enum { OPTION_FILES = 32 };

struct options {
    const char *file, *name, *key; /* NULL: not given */
    int port;                      /* -1: not given */
    unsigned seconds;
    bool open;
    unsigned given;            /* which of the above */
    const char *window, *hash, *sort; /* their values */
    const char *records[OPTION_FILES]; /* --file */
    int record_count;
    char **words;              /* the command, and what follows it */
    int count;                 /* 0: no command, so the menu */
};

/* False: something is wrong, and that has been said. --help and --version end the program. */
bool options_read(struct options *o, int argc, char **argv);

/* The name of one that was given and is none of those; NULL if there is no such. */
const char *options_besides(const struct options *o, unsigned those);

/* Says what is wrong, and how the program is called. Returns false. */
bool options_wrong(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
