/* SPDX-License-Identifier: MIT */
#include "tests/unit/io/tls_client.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/support/test.h"

/* The file has both, and whoever reads it the path of its descriptor. */
static void write_certificate(FILE *file)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(certificate), 0);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 86400);
    X509_set_pubkey(certificate, key);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    assert_int_equal(PEM_write_X509(file, certificate), 1);
    assert_int_equal(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL), 1);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

SSL_CTX *tls_daemon_context(void)
{
    static struct conf conf;
    char why[256];
    SSL_CTX *ctx;
    int fd = memfd_create("tls", MFD_CLOEXEC);
    FILE *file = fdopen(dup(fd), "w");
    assert_non_null(file);
    write_certificate(file);
    fclose(file);
    snprintf(conf.tls_cert_file, sizeof conf.tls_cert_file, "/proc/self/fd/%d", fd);
    assert_true(tls_read(&conf, &ctx, why, sizeof why));
    close(fd);
    return ctx;
}

void tls_client_open(struct tls_client *c, int version)
{
    int pair[2];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair), 0);
    c->daemon_fd = pair[0];
    c->ctx = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_min_proto_version(c->ctx, version);
    SSL_CTX_set_max_proto_version(c->ctx, version);
    c->ssl = SSL_new(c->ctx);
    SSL_set_fd(c->ssl, pair[1]);
    SSL_set_connect_state(c->ssl);
}

bool tls_client_shake(struct tls_client *c)
{
    return SSL_do_handshake(c->ssl) == 1;
}

void tls_client_close(struct tls_client *c)
{
    close(SSL_get_fd(c->ssl));
    SSL_free(c->ssl);
    SSL_CTX_free(c->ctx);
}
