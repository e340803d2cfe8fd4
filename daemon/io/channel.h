/* SPDX-License-Identifier: MIT
 *
 * channel.h - the bytes of one client's connection, as they are or through TLS.
 */
#ifndef SPREAD_IO_CHANNEL_H
#define SPREAD_IO_CHANNEL_H

#include "daemon/io/tls_stream.h"
#include "daemon/io/window.h"

struct channel {
    int fd;
    struct tls_stream *tls; /* NULL: the bytes are as they are */
    struct window window;   /* of a TCP connection: when channel_unread was asked */
};

/* Closes the connection. */
void channel_close(struct channel *c);

/* As readv and sendmsg of a non-blocking socket, without SIGPIPE. */
ssize_t channel_read(struct channel *c, const struct iovec *iov, int count);
ssize_t channel_write(struct channel *c, const struct iovec *iov, int count);

/* There is more to be read, and the socket will not become readable for it. */
bool channel_has_more(const struct channel *c);
/* Tries to hand over what was written and the socket has not taken. False: some of it is left. */
bool channel_flush(struct channel *c);

/* Nothing more will be written, which the client is told. */
void channel_say_end(struct channel *c);
/* Throws away what the client says. False: it has hung up. */
bool channel_drain(struct channel *c);

/* A measure that goes down when the client reads, and for nothing else that its system does. local: a Unix
 * socket, of which it is what lies there unread. */
uint64_t channel_unread(struct channel *c, bool local);

#endif
