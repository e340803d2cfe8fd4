/* SPDX-License-Identifier: MIT
 *
 * channel.h - the bytes of one client's connection: as they are, through TLS or through memory.
 */
#ifndef SPREAD_IO_CHANNEL_H
#define SPREAD_IO_CHANNEL_H

#include "daemon/io/pipe_stream.h"
#include "daemon/io/tls_stream.h"
#include "daemon/io/window.h"

struct channel {
    int fd;
    struct tls_stream *tls;     /* NULL: the bytes are as they are */
    struct pipe_stream *pipes;  /* NULL: they go through the socket */
    struct pipe_supply *supply; /* of a Unix socket, until it was asked; else NULL */
    uint32_t written;           /* until then: bytes, of which a busy one has many */
    struct window window;       /* of a TCP connection: when channel_unread was asked */
};

/* Closes the connection. */
void channel_close(struct channel *c);

/* As readv and sendmsg of a non-blocking socket, without SIGPIPE. */
ssize_t channel_read(struct channel *c, const struct iovec *iov, int count);
ssize_t channel_write(struct channel *c, const struct iovec *iov, int count);

/* There is more to be read, and the socket will not become readable for it. */
bool channel_has_more(const struct channel *c);
/* Less was written than there was: how the rest will find room. */
enum room channel_await_room(struct channel *c);
/* It is not to be read for now. False: its socket need not be watched. True: it has to be, for what comes
 * there may be that there is room. */
bool channel_hush(struct channel *c);
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
