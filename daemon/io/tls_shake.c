/* SPDX-License-Identifier: MIT
 *
 * A stream's beginning: the handshake, and its end.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "daemon/base/memory.h"
#include "daemon/io/tls_stream_inside.h"

enum {
    HEARD = RECORD + 512, /* bytes of a client that are computed with at a time */
    ROUNDS = 32,          /* of OpenSSL with these, whatever they are */
};

/* A ticket that was good for this handshake is good for the next ones, until its time is over; another
 * would cost both sides as much as all the rest.
 *
 * OpenSSL answers each wish to negotiate anew with a warning, for as long as there are any. Who has
 * asked once is not listened to any more. */
static void on_info(const SSL *ssl, int where, int value)
{
    if (where == SSL_CB_ACCEPT_LOOP && SSL_session_reused(ssl))
        SSL_set_num_tickets((SSL *)(uintptr_t)ssl, 0);
    if ((where & SSL_CB_WRITE_ALERT) == SSL_CB_WRITE_ALERT && (value & 0xff) == SSL_AD_NO_RENEGOTIATION) {
        struct tls_stream *t = BIO_get_data(SSL_get_rbio(ssl));
        t->error = EPROTO;
    }
}

struct tls_stream *tls_stream_new(SSL_CTX *ctx, int fd)
{
    BIO_METHOD *method = tls_socket_method();
    SSL *ssl = method ? SSL_new(ctx) : NULL;
    BIO *bio = ssl ? BIO_new(method) : NULL;
    if (!bio) {
        SSL_free(ssl);
        return NULL;
    }
    struct tls_stream *t = memory_new(sizeof *t);
    t->ssl = ssl;
    t->fd = fd;
    t->shakes = true;
    BIO_set_data(bio, t);
    BIO_set_init(bio, 1);
    SSL_set_bio(ssl, bio, bio);
    SSL_set_accept_state(ssl);
    SSL_set_info_callback(ssl, on_info);
    return t;
}

void tls_stream_free(struct tls_stream *t)
{
    if (!t)
        return;
    SSL_free(t->ssl);
    free(t->rest);
    free(t->kept);
    free(t);
}

enum tls_said tls_shake_hear(struct tls_stream *t)
{
    uint8_t heard[HEARD];
    ssize_t n;
    do
        n = recv(t->fd, heard, sizeof heard, MSG_DONTWAIT);
    while (n < 0 && errno == EINTR);
    if (n < 0 && errno == EAGAIN)
        return TLS_SAYS_NOTHING;
    if (n <= 0)
        return TLS_HANGS_UP;
    /* Behind what it has said before there is nothing: a handshake that goes on has read it all. */
    t->rest = memory_grow(t->rest, (size_t)n);
    memcpy(t->rest, heard, (size_t)n);
    t->in = t->rest;
    t->in_len = (size_t)n;
    return TLS_SAYS_SOMETHING;
}

bool tls_shake_is_short(const struct tls_stream *t)
{
    return SSL_session_reused(t->ssl);
}

void tls_shake(struct tls_stream *t)
{
    int n = 0, error = SSL_ERROR_WANT_READ;
    tls_begin_turn(t, 0);
    t->emptied = true; /* there is what was heard, and no more */
    for (int i = 0; i < ROUNDS && n != 1 && error == SSL_ERROR_WANT_READ && !t->dry; i++) {
        n = SSL_do_handshake(t->ssl);
        error = n == 1 ? SSL_ERROR_NONE : SSL_get_error(t->ssl, n);
    }
    t->shaken = n == 1;
    t->failed = n != 1 && !(error == SSL_ERROR_WANT_READ && t->dry);
    tls_end_turn(t);
}

enum tls_shaken tls_shake_answer(struct tls_stream *t, enum why *why)
{
    *why = tls_why_refused(t->ssl);
    if (tls_flush(t) < 0 || t->error)
        return TLS_GONE;
    if (!t->shaken && !t->failed)
        return TLS_WAITS;
    t->shakes = false;
    if (t->failed)
        return TLS_FAILED;
    t->more = true; /* what follows may have been read with it */
    return TLS_DONE;
}

void tls_stream_name(const struct tls_stream *t, char name[CERTIFICATE_NAME_MAX + 1])
{
    X509 *certificate = SSL_get0_peer_certificate(t->ssl);
    name[0] = '\0';
    if (certificate && SSL_get_verify_result(t->ssl) == X509_V_OK)
        tls_name(certificate, name);
}
