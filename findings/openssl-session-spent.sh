#!/usr/bin/env bash
# Guess: a TLS 1.3 client that keeps its session itself (SSL_SESS_CACHE_NO_INTERNAL) may show it as often
# as the server takes its ticket. SSL_get_session(3) asks applications to see to it themselves that one is
# used once.
# Seen: the handshake that it shortens marks it in place, whoever else holds it, and the same SSL_SESSION
# given to SSL_set_session again brings a full handshake, without an error. Where the server sends no new
# ticket with a short handshake, every second connection is a full one. A copy (SSL_SESSION_dup) made before
# each use is good as often as the server says. A TLS 1.2 session is not marked.
# Pinned: libssl-dev and libssl3 3.0.22-1~deb12u2 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 3.0.22-1~deb12u2 libssl-dev libssl3 openssl
lib=$(dirname "$(find root -name 'libssl.so.3')")
LD_LIBRARY_PATH=$lib root/usr/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -out cert.pem -subj /CN=server -days 1 -config /dev/null 2>/dev/null
cat >spent.c <<'C'
#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdio.h>

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *s)
{
    SSL_SESSION_free(kept);
    kept = s;
    return 1;
}

/* A handshake over memory, then an orderly end. */
static bool connects_shortly(SSL_CTX *server, SSL_CTX *client, SSL_SESSION *shown)
{
    SSL *s = SSL_new(server), *c = SSL_new(client);
    BIO *one, *other;
    char byte;
    BIO_new_bio_pair(&one, 1 << 16, &other, 1 << 16);
    SSL_set_bio(s, one, one);
    SSL_set_bio(c, other, other);
    SSL_set_accept_state(s);
    SSL_set_connect_state(c);
    if (shown)
        SSL_set_session(c, shown);
    for (int i = 0; i < 6; i++) {
        SSL_do_handshake(c);
        if (SSL_do_handshake(s) == 1 && SSL_session_reused(s))
            SSL_set_num_tickets(s, 0);
    }
    SSL_read(c, &byte, 1); /* where there is a ticket */
    bool reused = SSL_session_reused(c);
    SSL_set_shutdown(s, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(c, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(s);
    SSL_free(c);
    return reused;
}

static void no_second_ticket(const SSL *ssl, int where, int value)
{
    if (where == SSL_CB_ACCEPT_LOOP && SSL_session_reused(ssl))
        SSL_set_num_tickets((SSL *)ssl, 0);
}

static void try(int version, bool copies)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method()), *client = SSL_CTX_new(TLS_client_method());
    SSL_CTX_use_certificate_file(server, "cert.pem", SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(server, "key.pem", SSL_FILETYPE_PEM);
    SSL_CTX_set_max_proto_version(server, version);
    SSL_CTX_set_session_cache_mode(server, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_info_callback(server, no_second_ticket);
    SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client, keep);
    printf("%s, %s shown:", version == TLS1_3_VERSION ? "TLS 1.3" : "TLS 1.2",
           copies ? "a copy" : "the same");
    for (int i = 0; i < 5; i++) {
        SSL_SESSION *shown = kept && copies ? SSL_SESSION_dup(kept) : kept;
        printf(" %s", connects_shortly(server, client, shown) ? "short" : "full");
        if (shown && copies)
            SSL_SESSION_free(shown);
    }
    printf("\n");
    SSL_SESSION_free(kept);
    kept = NULL;
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

int main(void)
{
    try(TLS1_2_VERSION, false);
    try(TLS1_3_VERSION, false);
    try(TLS1_3_VERSION, true);
    return 0;
}
C
gcc -O1 -w -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu spent.c -o spent -L"$lib" -l:libssl.so.3 -l:libcrypto.so.3
LD_LIBRARY_PATH=$lib ./spent | tee out
grep -qx 'TLS 1.2, the same shown: full short short short short' out
grep -qx 'TLS 1.3, the same shown: full short full short full' out
grep -qx 'TLS 1.3, a copy shown: full short short short short' out
