/* SPDX-License-Identifier: MIT
 *
 * lines.h - lines of standard input for a program that waits for other things as well.
 */
#ifndef TOOLS_MONITOR_LINES_H
#define TOOLS_MONITOR_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/usec.h"

enum { LINES_ROOM = 4096 };

/* All zero at first. */
struct lines {
    char bytes[LINES_ROOM];
    size_t len, taken; /* what has been read, and how much of that was handed out */
    bool closed;       /* the input has come to its end ... */
    bool ended;        /* ... and there is no line left */
};

/* Waits for a line, a datagram at fd or the time until, whichever comes first; not at all if a line
 * is there already. */
void lines_wait(struct lines *l, int fd, usec until);

/* The next line without its newline, lent until lines_wait; NULL: none is complete. The last one
 * may lack its newline. What is longer than the room for it comes in pieces. */
const char *lines_next(struct lines *l);

#endif
