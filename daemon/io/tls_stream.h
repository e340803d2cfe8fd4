/* SPDX-License-Identifier: MIT
 *
 * tls_stream.h - one client's bytes through TLS.
 *
 * OpenSSL reads and writes the socket by functions of ours, which never block and raise no signal.
 * What it reads was taken out of the socket with one call, and what it has to say is gathered and goes out
 * with one, each in a block that all clients share; only what is left of the one or the other is kept for
 * its client. An idle client has no buffer at all.
 */
#ifndef SPREAD_IO_TLS_STREAM_H
#define SPREAD_IO_TLS_STREAM_H

#include <sys/uio.h>

#include "daemon/io/tls.h"

struct tls_stream;

/* For fd, which it neither owns nor closes. NULL: no memory. */
struct tls_stream *tls_stream_new(SSL_CTX *ctx, int fd);
void tls_stream_free(struct tls_stream *t);

/* A step of the handshake, in three parts: what the client says is taken out of its socket; what there is
 * to answer is computed, which touches nothing but the stream, so that a thread may have it that long; and
 * the answer is handed over. */
enum tls_said {
    TLS_SAYS_SOMETHING, /* to be computed with */
    TLS_SAYS_NOTHING,   /* for now */
    TLS_HANGS_UP,
};
enum tls_said tls_shake_hear(struct tls_stream *t);
/* What is left to compute takes no longer than to send a message: the client has shown a good ticket. */
bool tls_shake_is_short(const struct tls_stream *t);
void tls_shake(struct tls_stream *t);
enum tls_shaken {
    TLS_DONE,   /* both know that the other is who they take him for */
    TLS_WAITS,  /* for the client */
    TLS_FAILED, /* the client has been told, as far as the socket takes it */
    TLS_GONE,   /* the client hung up */
};
/* *why: of TLS_FAILED. */
enum tls_shaken tls_shake_answer(struct tls_stream *t, enum why *why);
/* The name of the client's certificate; "": it has shown none, or none that gives a name. */
void tls_stream_name(const struct tls_stream *t, char name[CERTIFICATE_NAME_MAX + 1]);

/* As readv of a non-blocking socket; EPROTO: what came is no TLS. */
ssize_t tls_stream_read(struct tls_stream *t, const struct iovec *iov, int count);
/* The last read left off before the socket was empty, so that nobody will say that there is more. */
bool tls_has_more(const struct tls_stream *t);

/* As sendmsg, but all of what is taken here is not yet in the socket while tls_kept says so. */
ssize_t tls_stream_write(struct tls_stream *t, const struct iovec *iov, int count);
/* Bytes that the socket has not taken, and a try to hand them over; -1 with errno. */
size_t tls_kept(const struct tls_stream *t);
int tls_flush(struct tls_stream *t);

/* Tells the client that nothing more follows. */
void tls_say_end(struct tls_stream *t);

#endif
