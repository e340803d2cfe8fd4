/* SPDX-License-Identifier: MIT */
#include "tests/support/tls_front.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void must(bool true_for_sure, const char *what)
{
    if (!true_for_sure) {
        perror(what);
        abort();
    }
}

bool tls_is_tested(void)
{
    return getenv("SPREAD_TEST_TLS") != NULL;
}

/* -- certificates -------------------------------------------------------------------------- */

/* The names in each, and when it ends. */
static const struct {
    const char *names;
    long end;
} kinds[TLS_SHOWN] = {
    [TLS_USUAL] = {"IP:127.0.0.1,DNS:localhost", 86400},
    [TLS_EXPIRED] = {"IP:127.0.0.1,DNS:localhost", -60},
    [TLS_ELSEWHERE] = {"IP:127.9.9.9,DNS:elsewhere.example", 86400},
    [TLS_STRANGER] = {"IP:127.0.0.1,DNS:localhost", 86400},
};

static X509 *make_certificate(enum tls_shown kind, EVP_PKEY *key)
{
    X509 *cert = X509_new();
    X509_NAME *name = X509_get_subject_name(cert);
    X509_set_version(cert, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), kind + 1);
    X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
    X509_gmtime_adj(X509_getm_notAfter(cert), kinds[kind].end);
    unsigned char own[] = {'t', 'e', 's', 't', (unsigned char)('0' + kind)}; /* authorities are found by it */
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, own, sizeof own, -1, 0);
    X509_set_issuer_name(cert, name);
    X509_set_pubkey(cert, key);
    X509_EXTENSION *here =
        X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, kinds[kind].names);
    must(here && X509_add_ext(cert, here, -1) == 1 && X509_sign(cert, key, EVP_sha256()) > 0,
         "a certificate");
    X509_EXTENSION_free(here);
    return cert;
}

static char cert_path[64], key_path[64];
static pid_t maker;

static void remove_files(void)
{
    if (getpid() != maker) /* a child of the test */
        return;
    unlink(cert_path);
    unlink(key_path);
}

/* Readable to the user that a daemon becomes. */
static FILE *create(const char *path)
{
    FILE *f = fopen(path, "we");
    must(f && fchmod(fileno(f), 0644) == 0, path);
    return f;
}

static SSL_CTX *contexts[TLS_SHOWN];
static enum tls_shown shown;

static void write_key(EVP_PKEY *key)
{
    FILE *f = create(key_path);
    must(PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL) == 1 && fclose(f) == 0, key_path);
}

void tls_prepare(void)
{
    if (maker)
        return;
    maker = getpid();
    snprintf(cert_path, sizeof cert_path, "/tmp/spread-test-%d.pem", (int)maker);
    snprintf(key_path, sizeof key_path, "/tmp/spread-test-%d.key", (int)maker);
    FILE *trusted = create(cert_path);
    for (enum tls_shown kind = TLS_USUAL; kind < TLS_SHOWN; kind++) {
        EVP_PKEY *key = EVP_EC_gen("P-256");
        X509 *cert = make_certificate(kind, key);
        contexts[kind] = SSL_CTX_new(TLS_server_method());
        must(SSL_CTX_use_certificate(contexts[kind], cert) == 1 &&
                 SSL_CTX_use_PrivateKey(contexts[kind], key) == 1,
             "the certificate is used");
        if (kind != TLS_STRANGER)
            must(PEM_write_X509(trusted, cert) == 1, cert_path);
        if (kind == TLS_USUAL)
            write_key(key);
        X509_free(cert);
        EVP_PKEY_free(key);
    }
    must(fclose(trusted) == 0, cert_path);
    setenv("SPREAD_TLS_CA", cert_path, 1);
    atexit(remove_files);
}

const char *tls_options(void)
{
    static char text[200];
    tls_prepare();
    snprintf(text, sizeof text, "TLSCertFile = \"%s\"\nTLSKeyFile = \"%s\"\n", cert_path, key_path);
    return text;
}

/* -- fronts -------------------------------------------------------------------------------- */

void tls_show(enum tls_shown which)
{
    tls_prepare();
    shown = which;
}

enum { SOME = 20000, FDS = 4096 };

struct front {
    struct front *next; /* of those that run */
    SSL *ssl;
    int client, fake, spoken_by;
    char out[SOME], in[SOME]; /* to the client, to the fake */
    int out_len, in_len, in_at;
    bool fake_ended, client_ended;
};

static atomic_long through[FDS], spoken[FDS]; /* bytes that a fake says, by its descriptor */

static void move_out(struct front *f)
{
    if (f->out_len == 0 && !f->fake_ended) {
        ssize_t n = recv(f->fake, f->out, SOME, MSG_DONTWAIT);
        f->fake_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
        f->out_len = n > 0 ? (int)n : 0;
    }
    if (f->out_len > 0 && SSL_write(f->ssl, f->out, f->out_len) == f->out_len) {
        through[f->spoken_by] += f->out_len;
        f->out_len = 0;
    }
}

static void move_in(struct front *f)
{
    if (f->in_len == 0 && !f->client_ended) {
        int n = SSL_read(f->ssl, f->in, SOME);
        f->client_ended = n <= 0 && SSL_get_error(f->ssl, n) != SSL_ERROR_WANT_READ;
        f->in_len = n > 0 ? n : 0;
        f->in_at = 0;
        if (f->client_ended)
            shutdown(f->fake, SHUT_WR);
    }
    if (f->in_len > 0) {
        ssize_t n = send(f->fake, f->in + f->in_at, (size_t)f->in_len, MSG_NOSIGNAL | MSG_DONTWAIT);
        f->in_at += n > 0 ? (int)n : 0;
        f->in_len -= n > 0 ? (int)n : 0;
    }
}

static void await(const struct front *f)
{
    struct pollfd p[2] = {{.fd = f->fake}, {.fd = f->client}};
    if (!f->fake_ended && f->out_len == 0)
        p[0].events |= POLLIN;
    if (f->in_len > 0)
        p[0].events |= POLLOUT;
    if (f->in_len == 0)
        p[1].events |= POLLIN;
    if (f->out_len > 0)
        p[1].events |= POLLOUT;
    if (f->client_ended)
        p[1].fd = -1;
    if (f->in_len == 0 && SSL_pending(f->ssl) > 0)
        return;
    poll(p, 2, -1);
}

/* A program ends when all its threads have: what OpenSSL keeps for each would look like a leak. */
static pthread_mutex_t fronts_lock = PTHREAD_MUTEX_INITIALIZER;
static struct front *fronts; /* that run */
static pthread_t threads[FDS];
static size_t thread_count;

static void take_out(struct front *f)
{
    pthread_mutex_lock(&fronts_lock);
    struct front **at = &fronts;
    while (*at != f)
        at = &(*at)->next;
    *at = f->next;
    pthread_mutex_unlock(&fronts_lock);
}

static void end_all(void)
{
    pthread_mutex_lock(&fronts_lock);
    for (struct front *f = fronts; f; f = f->next) {
        shutdown(f->client, SHUT_RDWR);
        shutdown(f->fake, SHUT_RDWR);
    }
    pthread_mutex_unlock(&fronts_lock);
    for (size_t i = 0; i < thread_count; i++)
        pthread_join(threads[i], NULL);
}

static void *run(void *context_of_thread)
{
    struct front *f = context_of_thread;
    bool go_on = SSL_accept(f->ssl) == 1;
    fcntl(f->client, F_SETFL, O_NONBLOCK);
    while (go_on && !(f->fake_ended && f->out_len == 0)) {
        move_out(f);
        move_in(f);
        if (!f->fake_ended || f->out_len > 0)
            await(f);
    }
    take_out(f);
    SSL_free(f->ssl);
    close(f->client);
    close(f->fake);
    free(f);
    return NULL;
}

int tls_front(int connected)
{
    int pair[2];
    struct front *f = calloc(1, sizeof *f);
    must(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0 && pair[1] < FDS,
         "socketpair");
    through[pair[1]] = spoken[pair[1]] = 0;
    f->ssl = SSL_new(contexts[shown]);
    f->client = connected;
    f->fake = pair[0];
    f->spoken_by = pair[1];
    SSL_set_fd(f->ssl, connected);
    pthread_mutex_lock(&fronts_lock);
    f->next = fronts;
    fronts = f;
    if (thread_count == 0)
        atexit(end_all);
    must(thread_count < FDS && pthread_create(&threads[thread_count++], NULL, run, f) == 0, "a thread");
    pthread_mutex_unlock(&fronts_lock);
    return pair[1];
}

void tls_front_await(int fake, size_t len)
{
    spoken[fake] += (long)len;
    while (through[fake] < spoken[fake])
        poll(NULL, 0, 1);
}
