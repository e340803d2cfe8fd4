#!/usr/bin/env bash
# Guess: SSL_OP_ALLOW_NO_DHE_KEX on both sides makes a TLS 1.3 handshake with a ticket cheap, for it may then do
# without an exchange of keys, which is most of what it costs.
# Seen: with OpenSSL 3.0 the option lets the server accept a client that offers nothing else, and changes nothing
# between two of OpenSSL: the client offers both ways, the server takes the exchange. The handshake is shortened
# by the certificate alone. (With SSL_OP_PREFER_NO_DHE_KEX, of 3.3, a server would choose otherwise; 3.0 does not
# have it.) TLS 1.2 with a ticket never exchanges keys.
# Pinned: libssl-dev and libssl3 3.0.22-1~deb12u2 (Debian 12).
set -eu
. "$(dirname "$0")/fetch.bash"
fetch 3.0.22-1~deb12u2 libssl-dev libssl3 openssl
lib=$(dirname "$(find root -name 'libssl.so.3')")
LD_LIBRARY_PATH=$lib root/usr/bin/openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout key.pem -out cert.pem -subj /CN=server -days 1 -config /dev/null 2>/dev/null
cat >exchange.c <<'C'
#include <openssl/ssl.h>
#include <stdio.h>

static SSL_SESSION *kept;

static int keep(SSL *ssl, SSL_SESSION *s)
{
    (void)ssl;
    SSL_SESSION_free(kept);
    kept = s;
    return 1;
}

/* A handshake over memory. Says whether it was shortened, and whether keys were exchanged. */
static void connect_once(SSL_CTX *server, SSL_CTX *client, SSL_SESSION *shown)
{
    SSL *s = SSL_new(server), *c = SSL_new(client);
    BIO *one, *other;
    EVP_PKEY *theirs = NULL;
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
        SSL_do_handshake(s);
    }
    SSL_read(c, &byte, 1); /* where there is a ticket */
    int exchanged = SSL_get_peer_tmp_key(c, &theirs);
    printf("%s %s %s\n", SSL_get_version(c), SSL_session_reused(c) ? "short" : "full",
           exchanged ? "keys exchanged" : "no keys exchanged");
    EVP_PKEY_free(theirs);
    SSL_set_shutdown(s, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_set_shutdown(c, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(s);
    SSL_free(c);
}

static void try_version(int version)
{
    SSL_CTX *server = SSL_CTX_new(TLS_server_method()), *client = SSL_CTX_new(TLS_client_method());
    SSL_CTX_use_certificate_file(server, "cert.pem", SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(server, "key.pem", SSL_FILETYPE_PEM);
    SSL_CTX_set_max_proto_version(client, version);
    SSL_CTX_set_options(server, SSL_OP_ALLOW_NO_DHE_KEX);
    SSL_CTX_set_options(client, SSL_OP_ALLOW_NO_DHE_KEX);
    SSL_CTX_set_session_cache_mode(client, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client, keep);
    connect_once(server, client, NULL);
    connect_once(server, client, SSL_SESSION_dup(kept));
    SSL_CTX_free(server);
    SSL_CTX_free(client);
}

int main(void)
{
    try_version(TLS1_3_VERSION);
    try_version(TLS1_2_VERSION);
    return 0;
}
C
gcc -Iroot/usr/include -Iroot/usr/include/x86_64-linux-gnu exchange.c -o exchange -L"$lib" -lssl -lcrypto -Wl,-rpath,"$PWD/$lib"
./exchange | tee seen
diff - seen <<'EXPECTED'
TLSv1.3 full keys exchanged
TLSv1.3 short keys exchanged
TLSv1.2 full keys exchanged
TLSv1.2 short no keys exchanged
EXPECTED
