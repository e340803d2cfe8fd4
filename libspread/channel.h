/* SPDX-License-Identifier: MIT
 *
 * channel.h - bytes to and from a daemon, as they are or through TLS: all of them, or failure.
 *
 * Interrupted calls are restarted, partial ones continued. A descriptor that the
 * application made non-blocking is waited for with poll.
 */
#ifndef SPREAD_CHANNEL_H
#define SPREAD_CHANNEL_H

#include <sys/types.h>

#include "libspread/stream.h"

struct tls;
struct pipes;

/* A connection: its socket, and what bytes go through where they do not go through that alone. */
struct channel {
    int fd;
    struct tls *tls;     /* NULL: they are as they are */
    struct pipes *pipes; /* of a mailbox on a Unix socket; else NULL */
};

/* Reads exactly len bytes. False: the stream ended or broke, or the deadline passed. */
bool channel_read(struct channel c, void *bytes, size_t len, usec deadline);

/* As recv(): with MSG_PEEK, waiting for a first byte if told to, and with MSG_DONTWAIT. */
ssize_t channel_peek(struct channel c, void *to, size_t size, bool wait);
ssize_t channel_take_now(struct channel c, void *to, size_t size);
/* Bytes that could be taken; -1: the system does not tell. */
int channel_waiting(struct channel c);
/* What waits and lies together, where it lies until it is taken; NULL: that is in the kernel. */
const uint8_t *channel_look(struct channel c, uint32_t *len);

/* Takes len bytes that nobody wants, through size bytes of waste. */
bool channel_discard(struct channel c, size_t len, void *waste, size_t size);

/* Fills the pieces in order; bytes for a piece whose base is NULL are thrown away. Changes iov.
 * False: the stream ended or broke. */
bool channel_read_pieces(struct channel c, struct iovec *iov, int count);

/* After BLOCKED: waits until another try is worth while. False: the deadline passed. */
bool channel_await_room(struct channel c, usec deadline);
/* A descriptor that is readable then; -1: the socket is writable then. */
int channel_room_fd(struct channel c);
/* Who waits so keeps what comes, and leaves the last byte of it: more behind it is to wake him, as a socket does
 * that is watched for edges. He looks again after this, and before he waits. */
void channel_want_more(struct channel c);

/* Writes of m what the stream takes at once, and leaves it with the rest. Raises no signal. */
enum written channel_write_now(struct channel c, struct msghdr *m);

/* Writes all. False: the stream broke, or the deadline passed; a part may have been written. */
bool channel_write(struct channel c, const void *bytes, size_t len, usec deadline);

#endif
