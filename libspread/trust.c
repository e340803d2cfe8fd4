/* SPDX-License-Identifier: MIT */
#include "libspread/trust.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "include/sp_more.h"
#include "libspread/lock.h"

/* -- what was asked for ---------------------------------------------------------------------- */

enum { CA, CERT, KEY, HOST, SETTINGS };

static const char *const variables[SETTINGS] = {"SPREAD_TLS_CA", "SPREAD_TLS_CERT", "SPREAD_TLS_KEY",
                                                "SPREAD_TLS_HOST"};

/* Guarded by the process lock, as all that is static here. */
static char *said[SETTINGS]; /* by SP_set_tls; NULL: the environment decides */

/* A program that runs with the rights of another than its caller does not believe the caller. */
static const char *setting(int which)
{
    const char *text = said[which] ? said[which] : secure_getenv(variables[which]);
    return text && text[0] ? text : NULL;
}

/* -- the context ----------------------------------------------------------------------------- */

/* What was made of files that looked like that. */
static struct {
    SSL_CTX *ctx; /* NULL: nothing yet */
    uint64_t number;
    char *settings[SETTINGS];
    struct stat files[HOST];
} made;

enum { TICKETS = 16 };

static struct ticket {
    struct address address;
    SSL_SESSION *session; /* NULL: the place is free */
} tickets[TICKETS];
static unsigned next_ticket;

static bool same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_file(const char *path, const struct stat *then)
{
    struct stat now = {0};
    if (!path)
        return true;
    return stat(path, &now) == 0 && now.st_ino == then->st_ino && now.st_dev == then->st_dev &&
           now.st_size == then->st_size && now.st_mtim.tv_sec == then->st_mtim.tv_sec &&
           now.st_mtim.tv_nsec == then->st_mtim.tv_nsec;
}

static bool is_current(void)
{
    bool same = made.ctx != NULL;
    for (int i = 0; i < SETTINGS; i++)
        same = same && same_text(made.settings[i], setting(i)) &&
               (i == HOST || same_file(made.settings[i], &made.files[i]));
    return same;
}

static void forget(void)
{
    for (int i = 0; i < TICKETS; i++) {
        if (tickets[i].session)
            ossl.SSL_SESSION_free(tickets[i].session);
        tickets[i].session = NULL;
    }
    if (made.ctx)
        ossl.SSL_CTX_free(made.ctx);
    made.ctx = NULL;
    for (int i = 0; i < SETTINGS; i++) {
        free(made.settings[i]);
        made.settings[i] = NULL;
    }
}

/* Of TLS 1.3, the quickest first, which is as good. */
#define TLS_SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

/* A library does not ask at the terminal of its program. */
static int no_passphrase(char *to, int size, int writing, void *context)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

static void set_up(SSL_CTX *ctx, trust_on_ticket *on_ticket)
{
    ossl.SSL_CTX_ctrl(ctx, OPENSSL_CTRL_MIN_PROTO_VERSION, OPENSSL_TLS1_2, NULL);
    ossl.SSL_CTX_set_ciphersuites(ctx, TLS_SUITES);
    ossl.SSL_CTX_ctrl(ctx, OPENSSL_CTRL_SESS_CACHE_MODE, OPENSSL_CACHE_CLIENT_NOT_INSIDE, NULL);
    ossl.SSL_CTX_set_options(ctx, OPENSSL_OP_NO_COMPRESSION | OPENSSL_OP_NO_RENEGOTIATION);
    ossl.SSL_CTX_set_verify(ctx, OPENSSL_VERIFY_PEER, NULL);
    ossl.SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
    ossl.SSL_CTX_sess_set_new_cb(ctx, on_ticket);
}

static bool fail(char why[TRUST_WHY], const char *what, const char *path)
{
    unsigned long code = ossl.ERR_peek_last_error();
    const char *reason = code ? ossl.ERR_reason_error_string(code) : NULL;
    snprintf(why, TRUST_WHY, "%s %s cannot be used: %s", what, path, reason ? reason : "it has none");
    return false;
}

static bool use_files(SSL_CTX *ctx, char why[TRUST_WHY])
{
    const char *ca = setting(CA), *cert = setting(CERT), *key = setting(KEY);
    if (ca ? ossl.SSL_CTX_load_verify_file(ctx, ca) != 1
           : ossl.SSL_CTX_set_default_verify_paths(ctx) != 1)
        return fail(why, "the authorities in", ca ? ca : "the system's folder");
    if (cert && ossl.SSL_CTX_use_certificate_chain_file(ctx, cert) != 1)
        return fail(why, "the certificate in", cert);
    if (!key)
        key = cert;
    if (key && ossl.SSL_CTX_use_PrivateKey_file(ctx, key, OPENSSL_FILETYPE_PEM) != 1)
        return fail(why, "the key in", key);
    return true;
}

/* Copies first: what changes while it is read is read again the next time. */
static bool note_settings(void)
{
    bool ok = true;
    for (int i = 0; i < SETTINGS; i++) {
        const char *text = setting(i);
        made.settings[i] = text ? strdup(text) : NULL;
        ok = ok && (!text || made.settings[i]);
        if (i != HOST && (!text || stat(text, &made.files[i]) != 0))
            memset(&made.files[i], 0, sizeof made.files[i]);
    }
    return ok;
}

static bool make(trust_on_ticket *on_ticket, char why[TRUST_WHY])
{
    forget();
    if (!openssl_load()) {
        snprintf(why, TRUST_WHY, "TLS takes OpenSSL 3 (libssl.so.3), which cannot be loaded");
        return false;
    }
    ossl.ERR_clear_error();
    SSL_CTX *ctx = ossl.SSL_CTX_new(ossl.TLS_client_method());
    snprintf(why, TRUST_WHY, "there is no memory");
    bool ok = ctx && note_settings();
    if (ok) {
        set_up(ctx, on_ticket);
        ok = use_files(ctx, why);
    }
    ossl.ERR_clear_error();
    if (!ok) {
        if (ctx)
            ossl.SSL_CTX_free(ctx);
        return false;
    }
    made.ctx = ctx;
    made.number++;
    return true;
}

/* -- one connection -------------------------------------------------------------------------- */

/* An address of IPv6 without its interface, which no certificate has. */
static bool expect_host(SSL *ssl, const char *host)
{
    char name[ADDRESS_MAX + 1];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(host, "%"), host);
    if (ossl.X509_VERIFY_PARAM_set1_ip_asc(ossl.SSL_get0_param(ssl), name) == 1)
        return true;
    ossl.SSL_set_hostflags(ssl, OPENSSL_HOSTFLAGS);
    return ossl.SSL_set1_host(ssl, name) == 1 &&
           ossl.SSL_ctrl(ssl, OPENSSL_CTRL_HOSTNAME, 0, name) == 1;
}

static bool same_place(const struct address *a, const struct address *b)
{
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static struct ticket *find_ticket(const struct address *a)
{
    for (int i = 0; i < TICKETS; i++)
        if (tickets[i].session && same_place(&tickets[i].address, a))
            return &tickets[i];
    return NULL;
}

/* A copy of the ticket: OpenSSL marks what a handshake was shortened by as used up, wherever it is kept,
 * and our daemon gives no other one for it. */
static void show_ticket(SSL *ssl, const struct address *a)
{
    const struct ticket *t = find_ticket(a);
    SSL_SESSION *copy = t ? ossl.SSL_SESSION_dup(t->session) : NULL;
    if (!copy)
        return;
    ossl.SSL_set_session(ssl, copy);
    ossl.SSL_SESSION_free(copy);
}

static SSL *new_end(const struct address *a)
{
    const char *host = setting(HOST);
    SSL *ssl = ossl.SSL_new(made.ctx);
    if (!ssl || (same_text(host, "*") ? false : !expect_host(ssl, host ? host : a->host))) {
        if (ssl)
            ossl.SSL_free(ssl);
        return NULL;
    }
    show_ticket(ssl, a);
    return ssl;
}

SSL *trust_new(const struct address *a, trust_on_ticket *on_ticket, char why[TRUST_WHY],
               uint64_t *trust)
{
    SSL *ssl = NULL;
    process_lock();
    if (is_current() || make(on_ticket, why)) {
        snprintf(why, TRUST_WHY, "there is no memory, or that host has no name for a certificate");
        ssl = new_end(a);
        *trust = made.number;
        ossl.ERR_clear_error();
    }
    process_unlock();
    return ssl;
}

void trust_keep(const struct address *a, uint64_t trust, SSL_SESSION *ticket)
{
    process_lock();
    SSL_SESSION *old = ticket;
    if (trust == made.number && made.ctx) {
        struct ticket *t = find_ticket(a);
        if (!t)
            t = &tickets[next_ticket++ % TICKETS];
        old = t->session;
        *t = (struct ticket){*a, ticket};
    }
    if (old)
        ossl.SSL_SESSION_free(old);
    process_unlock();
}

/* -- the setting ----------------------------------------------------------------------------- */

int SP_set_tls(const char *ca_file, const char *cert_file, const char *key_file, const char *host)
{
    const char *texts[SETTINGS] = {ca_file, cert_file, key_file, host};
    char *copies[SETTINGS];
    bool ok = true;
    for (int i = 0; i < SETTINGS; i++) {
        copies[i] = texts[i] ? strdup(texts[i]) : NULL;
        ok = ok && (!texts[i] || copies[i]);
    }
    process_lock();
    for (int i = 0; i < SETTINGS; i++) {
        char *gone = ok ? said[i] : copies[i];
        if (ok)
            said[i] = copies[i];
        free(gone);
    }
    process_unlock();
    return ok;
}
