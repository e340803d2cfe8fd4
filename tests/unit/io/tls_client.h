/* SPDX-License-Identifier: MIT
 *
 * tls_client.h - OpenSSL's own client at one end of a pair of sockets, for tests of what is at the other.
 */
#ifndef SPREAD_TESTS_TLS_CLIENT_H
#define SPREAD_TESTS_TLS_CLIENT_H

#include <openssl/ssl.h>

#include "daemon/io/tls.h"

/* A daemon's context, of a certificate that was made for it. */
SSL_CTX *tls_daemon_context(void);

struct tls_client {
    SSL_CTX *ctx;
    SSL *ssl;
    int daemon_fd; /* of the other end; non-blocking, as its own */
};

/* version: TLS1_2_VERSION, say. */
void tls_client_open(struct tls_client *c, int version);
/* Goes on with the handshake as far as that goes. True: it is over. */
bool tls_client_shake(struct tls_client *c);
void tls_client_close(struct tls_client *c);

#endif
