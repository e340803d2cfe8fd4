/* SPDX-License-Identifier: MIT
 *
 * Any bytes from a stranger at the TLS of the daemon: as what a client says, in pieces, or as its
 * certificate. Nothing of it is believed, and what it costs is bounded.
 */
#include <assert.h>
#include <errno.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "daemon/io/tls_stream.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A name that is told is one that a log and a rule may have. */
static void check_name(const uint8_t *data, size_t size)
{
    char name[CERTIFICATE_NAME_MAX + 1];
    X509 *certificate = d2i_X509(NULL, &data, (long)size);
    if (!certificate)
        return;
    tls_name(certificate, name);
    assert(memchr(name, '\0', sizeof name));
    for (const char *c = name; *c; c++)
        assert(*c >= ' ' && *c < 0x7f);
    X509_free(certificate);
}

/* A daemon's, of a file that has its certificate, its key, and whose certificates count. */
static SSL_CTX *context(void)
{
    static SSL_CTX *ctx;
    static struct conf conf;
    char why[256];
    if (ctx)
        return ctx;
    int fd = memfd_create("tls", MFD_CLOEXEC);
    FILE *file = fdopen(dup(fd), "w");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *cert = X509_new();
    X509_gmtime_adj(X509_getm_notBefore(cert), 0);
    X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
    X509_set_pubkey(cert, key);
    assert(file && X509_sign(cert, key, EVP_sha256()) > 0);
    assert(PEM_write_X509(file, cert) == 1);
    assert(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    fclose(file);
    X509_free(cert);
    EVP_PKEY_free(key);
    snprintf(conf.tls_cert_file, sizeof conf.tls_cert_file, "/proc/self/fd/%d", fd);
    snprintf(conf.tls_ca_file, sizeof conf.tls_ca_file, "/proc/self/fd/%d", fd);
    assert(tls_read(&conf, &ctx, why, sizeof why));
    close(fd);
    return ctx;
}

/* Each piece is as long as its first byte says. */
static void say(const uint8_t *data, size_t size)
{
    int pair[2];
    enum tls_shaken s = TLS_WAITS;
    enum why why = WHY_NONE;
    assert(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    struct tls_stream *t = tls_stream_new(context(), pair[0]);
    while (size > 1 && s == TLS_WAITS) {
        size_t len = data[0] + 1u < size ? data[0] + 1u : size;
        if (send(pair[1], data + 1, len - 1, MSG_NOSIGNAL) < 0)
            break;
        data += len;
        size -= len;
        if (tls_shake_hear(t) != TLS_SAYS_SOMETHING)
            continue;
        tls_shake(t);
        s = tls_shake_answer(t, &why);
        assert(tls_kept(t) < 100000);
    }
    assert(s != TLS_DONE); /* nobody guesses what a handshake takes */
    assert(s != TLS_FAILED || why != WHY_NONE);
    if (s == TLS_FAILED)
        tls_say_end(t);
    tls_stream_free(t);
    close(pair[0]);
    close(pair[1]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
#ifdef CERTIFICATE
    check_name(data, size);
    (void)say;
#else
    say(data, size);
    (void)check_name;
#endif
    return 0;
}
