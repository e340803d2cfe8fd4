/* SPDX-License-Identifier: MIT */
#include "libspread/tls_inside.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "libspread/buffers.h"
#include "libspread/trust.h"

/* It is kept here till tls_share: who reads may hold the process lock. */
static int on_ticket(SSL *ssl, SSL_SESSION *ticket)
{
    struct tls *t = ossl.SSL_get_ex_data(ssl, 0);
    if (t->ticket)
        ossl.SSL_SESSION_free(t->ticket);
    t->ticket = ticket;
    return 1;
}

static void keep_ticket(struct tls *t)
{
    if (t->ticket)
        trust_keep(&t->address, t->trust, t->ticket);
    t->ticket = NULL;
}

void tls_share(struct tls *t, struct shared *shared)
{
    keep_ticket(t);
    tls_give_back(t);
    tls_own(t, shared);
}

/* -- the handshake --------------------------------------------------------------------------- */

static void shake(struct tls *t)
{
    tls_forget_errors();
    int n = ossl.SSL_connect(t->ssl);
    if (n == 1)
        t->ended = true; /* of the handshake */
    else if (ossl.SSL_get_error(t->ssl, n) != OPENSSL_ERROR_WANT_READ) {
        t->fault = ossl.ERR_peek_last_error();
        t->broken = true;
    }
    tls_forget_errors();
}

static bool flush_all(struct tls *t, usec deadline)
{
    enum written w;
    while ((w = tls_flush(t)) == BLOCKED && stream_wait(t->fd, POLLOUT, deadline))
        ;
    return w == ALL_WRITTEN;
}

/* The reason of a fault, and whether it is an alert of the other side's. */
static bool explain(const struct tls *t, char why[TLS_WHY])
{
    const char *text = t->fault ? ossl.ERR_reason_error_string(t->fault) : NULL;
    bool alert = (t->fault & 0x7fffff) >= OPENSSL_ALERTS;
    long verdict = ossl.SSL_get_verify_result(t->ssl);
    if (verdict != OPENSSL_V_OK && !alert)
        snprintf(why, TLS_WHY, "its certificate is not trusted: %s",
                 ossl.X509_verify_cert_error_string(verdict));
    else if (alert)
        snprintf(why, TLS_WHY, "the daemon refused us: %s", text ? text : "by an alert");
    else
        snprintf(why, TLS_WHY, "there is no TLS to be had: %s", text ? text : "it answers otherwise");
    return alert;
}

static enum tls_begun shake_hands(struct tls *t, usec deadline, char why[TLS_WHY])
{
    shake(t);
    while (!t->ended && !t->broken) {
        if (!flush_all(t, deadline) || !stream_wait(t->fd, POLLIN, deadline))
            return TLS_BROKEN_OFF;
        if (!tls_look(t, BUFFER_BYTES, shake) && t->ended)
            return TLS_BROKEN_OFF;
    }
    flush_all(t, deadline);
    tls_commit(t);
    if (t->broken)
        return explain(t, why) ? TLS_REFUSED : TLS_NOT_TRUSTED;
    t->ended = false;
    return TLS_BEGUN;
}

static struct tls *new_tls(int fd, const struct address *a, char why[TLS_WHY])
{
    struct tls *t = calloc(1, sizeof *t);
    snprintf(why, TLS_WHY, "there is no memory");
    if (!t)
        return NULL;
    t->fd = fd;
    t->address = *a;
    lock_init(&t->lock);
    t->ssl = trust_new(a, on_ticket, why, &t->trust);
    BIO *bio = t->ssl ? tls_bio_new(t) : NULL;
    if (!bio) {
        tls_free(t);
        return NULL;
    }
    ossl.SSL_set_bio(t->ssl, bio, bio);
    ossl.SSL_set_ex_data(t->ssl, 0, t);
    return t;
}

enum tls_begun tls_begin(int fd, const struct address *a, usec deadline, struct tls **begun,
                         char why[TLS_WHY])
{
    struct tls *t = new_tls(fd, a, why);
    *begun = NULL;
    if (!t)
        return TLS_NOT_TRUSTED;
    enum tls_begun b = shake_hands(t, deadline, why);
    if (b == TLS_BEGUN)
        *begun = t;
    else
        tls_free(t);
    return b;
}

void tls_free(struct tls *t)
{
    if (!t)
        return;
    if (t->ticket)
        ossl.SSL_SESSION_free(t->ticket);
    if (t->ssl && !t->broken) /* else the ticket would count as that of a broken connection */
        ossl.SSL_set_shutdown(t->ssl, OPENSSL_SHUTDOWN_BOTH);
    if (t->ssl)
        ossl.SSL_free(t->ssl);
    pile_close(&t->plain);
    pile_close(&t->out);
    lock_fini(&t->lock);
    free(t);
}

void tls_complaint(struct tls *t, char why[TLS_WHY])
{
    why[0] = '\0';
    if (t->fault && !explain(t, why))
        why[0] = '\0';
}
