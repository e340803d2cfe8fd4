/* SPDX-License-Identifier: MIT
 *
 * options.h - the table of options: name, type, field and range of each. settings.c reads by it,
 * describe.c prints by it.
 */
#ifndef SPREAD_CONFIG_OPTIONS_H
#define SPREAD_CONFIG_OPTIONS_H

#include "daemon/config/conf.h"

enum option_kind {
    OPTION_BOOLEAN,
    OPTION_TRISTATE,
    OPTION_NUMBER,
    OPTION_WINDOW,   /* a number of 16 bits in status packets */
    OPTION_TIMEOUT,  /* one of the nine that come together */
    OPTION_PATIENCE, /* SuspectTimeout: 0 stands for what follows from TokenTimeout */
    OPTION_TEXT,     /* may be empty; cut when too long */
    OPTION_IDENTITY, /* ignored when empty, refused when too long */
    OPTION_PATH,     /* refused when empty or too long; a file, a folder, a group */
    OPTION_MODE,     /* who may open it, in octal digits as for chmod(1) */
    OPTION_METHODS,  /* names of authentication methods; each statement adds */
    OPTION_FLAGS,
    OPTION_LEVEL,
    OPTION_STAMP,
    OPTION_PRECISE, /* has no value */
    OPTION_LOG_FORMAT, /* text or json */
    OPTION_POLICY,
    OPTION_VERSION, /* IPv4 or IPv6 */
    OPTION_REQUIRE, /* TLSRequire: no, yes or Certificate */
    OPTION_RECORDER, /* a path, or off */
    OPTION_READERS, /* lines in braces */
    OPTION_ACCESS,  /* StatusAccess: off, local or public */
};

/* When a change of it in the file, read again by SIGHUP, comes into force. */
enum option_change {
    CHANGE_AT_ONCE,
    CHANGE_RING,    /* with the next ring, which is formed for it: all daemons have to have it */
    CHANGE_RESTART, /* when the process is started again: till then it has what it was started with */
    CHANGE_NEVER,   /* it has one value only so far */
};

enum { OPTION_COUNT = 65 };

struct option {
    const char *name;
    enum option_kind kind;
    bool ours;      /* unknown to 5.0.1: a word like any other wherever no statement can start */
    uint32_t least; /* of a number */
    uint32_t most;  /* of a number; bytes of a text */
    size_t field;   /* offset in struct conf */
    size_t written; /* offset of the bool that says the option stands in the file; 0: none */
    const char *unit;
    enum option_change change;
};

/* The option of that name, or NULL. */
const struct option *option_find(const char *name, size_t len);

extern const struct option option_table[OPTION_COUNT];

/* Whether it is another one in a than in b. */
bool option_differs(const struct option *option, const struct conf *a, const struct conf *b);

/* Calls visit for each option that the file sets to something else than what holds without it, with its
 * value as one line; describe.c. */
void conf_each_change(const struct conf *conf,
                      void (*visit)(void *context, const struct option *option, const char *value),
                      void *context);

/* The option's field in conf. */
static inline void *option_field(const struct option *option, struct conf *conf)
{
    return (char *)conf + option->field;
}

static inline const void *option_value(const struct option *option, const struct conf *conf)
{
    return (const char *)conf + option->field;
}

/* Whether conf keeps in mind that the option stands in the file. */
static inline bool option_is_written(const struct option *option, const struct conf *conf)
{
    return option->written && *(const bool *)((const char *)conf + option->written);
}

#endif
