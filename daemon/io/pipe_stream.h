/* SPDX-License-Identifier: MIT
 *
 * pipe_stream.h - the daemon's side of a session whose bytes go through memory: libspread/wire/pipe.h says how.
 *
 * It is offered to a session on the Unix socket once SharedMailboxAfter bytes were written to it, to as many as
 * SharedMailboxes says; who has not taken it after PIPE_PATIENCE more bytes keeps to the socket for good.
 */
#ifndef SPREAD_IO_PIPE_STREAM_H
#define SPREAD_IO_PIPE_STREAM_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

enum { PIPE_PATIENCE = 1 << 20 };

struct pipe_stream;

/* Who may have one. */
struct pipe_supply {
    uint32_t most, after; /* as the configuration says */
    uint32_t used;
};

/* NULL: no more of them may be had, or the system has none, or half of the descriptors are in use: the others
 * are for clients. */
struct pipe_stream *pipe_stream_new(struct pipe_supply *supply);
/* fd: the session's socket, which is open still. */
void pipe_stream_free(struct pipe_stream *p, int fd);

/* As readv and sendmsg of the socket fd, which does not block. EPROTO: the client has spoilt what is shared. */
ssize_t pipe_stream_read(struct pipe_stream *p, int fd, const struct iovec *iov, int count);
ssize_t pipe_stream_write(struct pipe_stream *p, int fd, const struct iovec *iov, int count);

/* It was offered, and will not be taken any more. */
bool pipe_stream_is_idle(const struct pipe_stream *p);
/* Bytes that the client wrote wait, though its socket may not say so. */
bool pipe_stream_has_more(const struct pipe_stream *p);
/* Less was written than there was. */
enum room {
    ROOM_BY_SOCKET, /* which is writable when there is room for the rest */
    ROOM_BY_BELL,   /* the socket will be readable then */
    ROOM_IS_THERE,  /* by now */
};
enum room pipe_stream_await_room(struct pipe_stream *p);
/* Takes off the socket what tells that there is room, or something to be read, while it is not read. False:
 * there are bytes of the stream there, or the end. */
bool pipe_stream_hush(struct pipe_stream *p, int fd);
/* Bytes that the client has not taken out of the memory. */
uint32_t pipe_stream_unread(const struct pipe_stream *p);

#endif
