/* SPDX-License-Identifier: MIT
 *
 * stream.h - bytes to and from a connected socket: all of them, or failure.
 *
 * Interrupted calls are restarted, partial ones continued. A descriptor that the
 * application made non-blocking is waited for with poll. Deadlines are points of
 * the monotonic clock; NEVER waits for ever.
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

/* Reads exactly len bytes. False: the stream ended or broke, or the deadline passed. */
bool stream_read(int fd, void *bytes, size_t len, usec deadline);

/* Takes len bytes that nobody wants, through size bytes of waste. */
bool stream_discard(int fd, size_t len, void *waste, size_t size);

/* Fills the pieces in order; bytes for a piece whose base is NULL are thrown away. Changes iov.
 * False: the stream ended or broke. */
bool stream_read_pieces(int fd, struct iovec *iov, int count);

enum written {
    ALL_WRITTEN,
    BLOCKED, /* the rest has to wait */
    BROKEN,
};

/* Writes of m what the stream takes at once, and leaves it with the rest. Raises no signal. */
enum written stream_write_now(int fd, struct msghdr *m);

/* Writes all. False: the stream broke, or the deadline passed; a part may have been written. */
bool stream_write(int fd, const void *bytes, size_t len, usec deadline);

#endif
