/* SPDX-License-Identifier: MIT
 *
 * story.h - three daemons whose file is read again, as one number: they start, take the new file over,
 * serve clients and a monitor, die and come back, and all that comes out of them from the reload on
 * (datagrams, their times and lengths, what clients and the monitor are told) is mixed into it. It is
 * played in virtual time and comes out the same every time.
 */
#ifndef TESTS_UNIT_DAEMON_STORY_H
#define TESTS_UNIT_DAEMON_STORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/config/options.h"
#include "daemon/daemon.h"

enum { STORY_DAEMONS = 3, STORY_FILES = 3 };

struct on_the_way;

struct story {
    struct file {
        struct conf *conf;
        struct auth_policy *auth;
    } files[STORY_FILES];
    int file;             /* the one that daemons have */
    struct log quiet;
    struct daemon *daemons[STORY_DAEMONS];
    uint64_t starts;      /* so far: no process is like another */
    usec now, due[STORY_DAEMONS];
    bool stirred[STORY_DAEMONS]; /* something was called of it, so that it may be due sooner */
    struct on_the_way *queue;
    size_t count, size;
    bool listening;       /* from the reload on */
    uint64_t heard;       /* a number for all that came out */
    size_t largest, largest_before; /* datagram; before the second reload */
    bool restart_said[OPTION_COUNT];
};

/* text: what the file has besides daemons from the first reload on. To be freed with story_forget. */
struct story *story_tell(const char *text);
void story_forget(struct story *s);

/* A file of that number: with daemons, text and more. */
void story_read(struct story *s, int file, const char *text, const char *more);

#endif
