/* SPDX-License-Identifier: MIT */
#include "daemon/io/tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/files.h"

/* -- files --------------------------------------------------------------------------------- */

/* The last thing that OpenSSL complains of. */
static bool fail(char *why, size_t size, const char *what, const char *path)
{
    unsigned long code = ERR_peek_last_error();
    const char *reason = code ? ERR_reason_error_string(code) : NULL;
    snprintf(why, size, "%s %s: %s", what, path, reason ? reason : "it has none");
    ERR_clear_error();
    return false;
}

/* The text of path for OpenSSL to read, to be freed with its BIO. NULL with a line in why. */
static BIO *open_text(const char *path, char **text, char *why, size_t size)
{
    size_t len = 0;
    ERR_clear_error();
    *text = file_read(path, &len);
    if (!*text)
        snprintf(why, size, "%s cannot be read: %s%s", path, strerror(errno), file_remedy(errno));
    return *text ? BIO_new_mem_buf(*text, (int)len) : NULL;
}

static void close_text(BIO *bio, char *text, size_t len)
{
    BIO_free(bio);
    if (text)
        OPENSSL_cleanse(text, len);
    free(text);
}

/* A key with a passphrase would make the daemon ask for it at its terminal. */
static int no_passphrase(char *to, int size, int writing, void *context)
{
    (void)to;
    (void)size;
    (void)writing;
    (void)context;
    return -1;
}

/* The certificate, then those that lead from it to an authority, if they stand in the file. */
static bool use_chain(SSL_CTX *ctx, BIO *bio)
{
    X509 *own = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL), *next;
    bool ok = own && SSL_CTX_use_certificate(ctx, own) == 1;
    X509_free(own);
    while (ok && (next = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)))
        if (SSL_CTX_add0_chain_cert(ctx, next) != 1) {
            X509_free(next);
            ok = false;
        }
    return ok;
}

static bool use_key(SSL_CTX *ctx, BIO *bio)
{
    EVP_PKEY *key = PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL);
    bool ok = key && SSL_CTX_use_PrivateKey(ctx, key) == 1;
    EVP_PKEY_free(key);
    return ok;
}

/* Who may vouch for clients. They are told its names, to choose a certificate by. */
static bool use_authorities(SSL_CTX *ctx, BIO *bio)
{
    int count = 0;
    for (X509 *one; (one = PEM_read_bio_X509(bio, NULL, no_passphrase, NULL)); count++) {
        bool ok = X509_STORE_add_cert(SSL_CTX_get_cert_store(ctx), one) == 1 &&
                  SSL_CTX_add_client_CA(ctx, one) == 1;
        X509_free(one);
        if (!ok)
            return false;
    }
    SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_CLIENT_ONCE, NULL);
    return count > 0;
}

/* Which certificates count no more. Who has signed a client's must have a list there that is valid now;
 * a list that is missing or too old could be one that somebody has kept back. */
static bool use_revoked(SSL_CTX *ctx, BIO *bio)
{
    X509_STORE *store = SSL_CTX_get_cert_store(ctx);
    int count = 0;
    for (X509_CRL *one; (one = PEM_read_bio_X509_CRL(bio, NULL, no_passphrase, NULL)); count++) {
        bool ok = X509_STORE_add_crl(store, one) == 1;
        X509_CRL_free(one);
        if (!ok)
            return false;
    }
    return count > 0 && X509_STORE_set_flags(store, X509_V_FLAG_CRL_CHECK) == 1;
}

static bool use_file(SSL_CTX *ctx, bool (*use)(SSL_CTX *, BIO *), const char *what,
                     const char *path, char *why, size_t size)
{
    char *text;
    BIO *bio = open_text(path, &text, why, size);
    if (!text)
        return false;
    bool ok = bio && use(ctx, bio);
    close_text(bio, text, strlen(text));
    if (ok)
        ERR_clear_error(); /* the end of a file is an error to those who read on */
    return ok || fail(why, size, what, path);
}

/* -- the context --------------------------------------------------------------------------- */

/* Of TLS 1.3, the quickest first. */
#define SUITES "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256:TLS_AES_256_GCM_SHA384"

/* Tickets hold all that a short handshake needs, under a key that only this context has. So a daemon
 * keeps nothing of sessions that have ended, and those of other files count no more. */
static void set_up(SSL_CTX *ctx)
{
    static const unsigned char spread[] = "spread";
    SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
    SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE | SSL_OP_PRIORITIZE_CHACHA);
    SSL_CTX_set_ciphersuites(ctx, SUITES);
    SSL_CTX_clear_mode(ctx, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_session_id_context(ctx, spread, sizeof spread - 1);
    SSL_CTX_set_num_tickets(ctx, 1);
}

static bool use_files(SSL_CTX *ctx, const struct conf *conf, char *why, size_t size)
{
    const char *key = conf->tls_key_file[0] ? conf->tls_key_file : conf->tls_cert_file;
    return use_file(ctx, use_chain, "no certificate in", conf->tls_cert_file, why, size) &&
           use_file(ctx, use_key, "no key of that certificate without a passphrase in", key, why, size) &&
           (!conf->tls_ca_file[0] ||
            use_file(ctx, use_authorities, "no certificates in", conf->tls_ca_file, why, size)) &&
           (!conf->tls_crl_file[0] ||
            use_file(ctx, use_revoked, "no list of revoked certificates in", conf->tls_crl_file, why, size));
}

bool tls_read(const struct conf *conf, SSL_CTX **made, char *why, size_t why_size)
{
    *made = NULL;
    if (!conf->tls_cert_file[0])
        return true;
    SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());
    if (!ctx)
        return fail(why, why_size, "TLS cannot be started for", conf->tls_cert_file);
    set_up(ctx);
    if (use_files(ctx, conf, why, why_size)) {
        *made = ctx;
        return true;
    }
    SSL_CTX_free(ctx);
    return false;
}

/* -- clients ------------------------------------------------------------------------------ */

enum why tls_why_refused(const SSL *ssl)
{
    switch (SSL_get_verify_result(ssl)) {
    case X509_V_OK:
        return HELLO_TLS_BROKEN;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return HELLO_TLS_EXPIRED;
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return HELLO_TLS_ISSUER;
    case X509_V_ERR_CERT_REVOKED:
        return HELLO_TLS_REVOKED;
    case X509_V_ERR_UNABLE_TO_GET_CRL:
    case X509_V_ERR_CRL_NOT_YET_VALID:
    case X509_V_ERR_CRL_HAS_EXPIRED:
        return HELLO_TLS_NO_CRL;
    default:
        return HELLO_TLS_CERTIFICATE;
    }
}

/* -- names --------------------------------------------------------------------------------- */

/* False if the text is empty or could pass for what it is not: "alice\0.example" for alice. */
static bool take_name(const ASN1_STRING *text, char name[CERTIFICATE_NAME_MAX + 1])
{
    unsigned char *utf8 = NULL;
    int len = text ? ASN1_STRING_to_UTF8(&utf8, text) : -1;
    bool ok = len > 0 && len <= CERTIFICATE_NAME_MAX;
    for (int i = 0; ok && i < len; i++)
        ok = utf8[i] > ' ' - 1 && utf8[i] < 0x7f;
    if (ok) {
        memcpy(name, utf8, (size_t)len);
        name[len] = '\0';
    }
    OPENSSL_free(utf8);
    return ok;
}

static void take_other_name(const X509 *certificate, char name[CERTIFICATE_NAME_MAX + 1])
{
    GENERAL_NAMES *names = X509_get_ext_d2i(certificate, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *one = sk_GENERAL_NAME_value(names, i);
        if ((one->type == GEN_DNS || one->type == GEN_EMAIL) && take_name(one->d.ia5, name))
            break;
    }
    GENERAL_NAMES_free(names);
}

void tls_name(const X509 *certificate, char name[CERTIFICATE_NAME_MAX + 1])
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    name[0] = '\0';
    if (at < 0)
        take_other_name(certificate, name);
    else if (X509_NAME_get_index_by_NID(subject, NID_commonName, at) < 0)
        take_name(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at)), name);
    ERR_clear_error();
}
