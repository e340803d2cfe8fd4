/* SPDX-License-Identifier: MIT
 *
 * tls_stream_inside.h - a stream, for tls_stream.c, which reads and writes, and tls_shake.c alone.
 */
#ifndef SPREAD_IO_TLS_STREAM_INSIDE_H
#define SPREAD_IO_TLS_STREAM_INSIDE_H

#include "daemon/io/tls_stream.h"

enum {
    RECORD = 16 << 10, /* plain bytes that TLS puts together at most */
};

struct tls_stream {
    SSL *ssl;
    int fd;
    int error;      /* errno of the socket's end; 0: none */
    bool shakes;    /* until the handshake is over, what OpenSSL writes is kept, whoever computes */
    bool shaken;    /* it has succeeded */
    bool failed;    /* or it has not */
    bool emptied;   /* the socket had less than was asked for, so there is no need to ask it again */
    bool dry;       /* OpenSSL wanted more than there was */
    bool ended;     /* the client's side has */
    bool more;      /* the last read did not come to the end of what there is */
    int silent;     /* by records that brought no message */
    int calls;      /* reads that are left in this turn */
    size_t room;    /* for plain bytes, in this turn */
    const uint8_t *in; /* what OpenSSL may read: in the block that all share, or in rest */
    size_t in_len;
    uint8_t *rest;  /* what OpenSSL had no use for yet when a turn was over; NULL: nothing */
    uint8_t *kept;  /* what the socket did not take; NULL: nothing */
    size_t kept_len, kept_at;
};

/* OpenSSL's view of a client's socket; NULL: no memory. */
BIO_METHOD *tls_socket_method(void);

/* OpenSSL may read so many plain bytes. */
void tls_begin_turn(struct tls_stream *t, size_t room);
/* The next client needs the block that all share. */
void tls_end_turn(struct tls_stream *t);

#endif
