/* SPDX-License-Identifier: MIT
 *
 * stream.h - waiting for a connected socket, by deadlines: points of the monotonic clock; NEVER waits
 * for ever. What is read and written: channel.h.
 */
#ifndef SPREAD_STREAM_H
#define SPREAD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/uio.h>

typedef uint64_t usec;

#define NEVER UINT64_MAX

usec clock_now(void);

/* The milliseconds that are left for a poll, most at most; -1: no end. False: none are. */
bool time_left(usec deadline, int most, int *ms);

/* Waits until one of events (of poll) is true of fd, or it is broken. False: the deadline passed.
 */
bool stream_wait(int fd, short events, usec deadline);

enum written {
    ALL_WRITTEN,
    BLOCKED, /* the rest has to wait */
    BROKEN,
};

/* Takes n bytes, which were moved, off the front of the pieces, and with them pieces of no length. */
void stream_advance(struct msghdr *m, size_t n);

#endif
