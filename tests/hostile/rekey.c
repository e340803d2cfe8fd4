/* SPDX-License-Identifier: MIT
 *
 * A client by TLS that has the daemon compute with nothing said: it asks for new keys, or to negotiate anew,
 * with a byte in between, as fast as it can; and comes again when it was ended.
 *
 * usage: rekey PORT keys|anew
 */
#include <arpa/inet.h>
#include <errno.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With a ticket, so that most of the time goes into what comes then. */
static SSL_SESSION *ticket;

static int on_ticket(SSL *ssl, SSL_SESSION *one)
{
    (void)ssl;
    SSL_SESSION_free(ticket);
    ticket = one;
    return 1;
}

static SSL *open_one(SSL_CTX *ctx, int port)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    SSL *ssl = SSL_new(ctx);
    SSL_set_fd(ssl, fd);
    if (ticket)
        SSL_set_session(ssl, ticket);
    if (connect(fd, (struct sockaddr *)&to, sizeof to) != 0 || SSL_connect(ssl) != 1)
        return SSL_free(ssl), close(fd), NULL;
    return ssl;
}

/* A hello that never comes to its end: 5.0.1, then a name of 255 bytes. */
static int say_byte(SSL *ssl, int number)
{
    static const unsigned char hello[] = {5, 0, 1, 0, 255};
    unsigned char byte = number < (int)sizeof hello ? hello[number] : 'x';
    return number >= 200 || SSL_write(ssl, &byte, 1) == 1;
}

static void bother(SSL *ssl, int anew)
{
    for (int number = 0; say_byte(ssl, number); number++) {
        int asked = anew ? SSL_renegotiate(ssl) : SSL_key_update(ssl, SSL_KEY_UPDATE_REQUESTED);
        if (asked != 1 || SSL_do_handshake(ssl) != 1)
            return;
    }
}

int main(int argc, char **argv)
{
    if (argc != 3)
        return fputs("usage: rekey PORT keys|anew\n", stderr), 2;
    int anew = strcmp(argv[2], "anew") == 0, version = anew ? TLS1_2_VERSION : TLS1_3_VERSION;
    SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());
    signal(SIGPIPE, SIG_IGN);
    SSL_CTX_set_min_proto_version(ctx, version);
    SSL_CTX_set_max_proto_version(ctx, version);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(ctx, on_ticket);
    for (;;) {
        SSL *ssl = open_one(ctx, atoi(argv[1]));
        if (!ssl)
            continue;
        bother(ssl, anew);
        close(SSL_get_fd(ssl));
        SSL_free(ssl);
    }
}
