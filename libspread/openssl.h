/* SPDX-License-Identifier: MIT
 *
 * openssl.h - the functions of OpenSSL 3, looked up when a program first connects by TLS.
 *
 * Nothing is linked to it and no header of it is needed to build: programs that do without TLS have
 * nothing to do with it, and a system may have another version for them. A program that is linked
 * statically loads no libraries, so it has no TLS.
 */
#ifndef SPREAD_OPENSSL_H
#define SPREAD_OPENSSL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct ssl_st SSL;
typedef struct ssl_ctx_st SSL_CTX;
typedef struct ssl_method_st SSL_METHOD;
typedef struct ssl_session_st SSL_SESSION;
typedef struct bio_st BIO;
typedef struct bio_method_st BIO_METHOD;
typedef struct X509_VERIFY_PARAM_st X509_VERIFY_PARAM;

/* Numbers of OpenSSL's headers; tests/unit/libspread/openssl_test.c holds them against those. */
enum {
    OPENSSL_ERROR_WANT_READ = 2,
    OPENSSL_ERROR_ZERO_RETURN = 6,
    OPENSSL_SHUTDOWN_BOTH = 3,
    OPENSSL_VERIFY_PEER = 1,
    OPENSSL_V_OK = 0,
    OPENSSL_FILETYPE_PEM = 1,
    OPENSSL_CTRL_SESS_CACHE_MODE = 44,
    OPENSSL_CTRL_HOSTNAME = 55,
    OPENSSL_CTRL_MIN_PROTO_VERSION = 123,
    OPENSSL_TLS1_2 = 0x0303,
    OPENSSL_CACHE_CLIENT_NOT_INSIDE = 0x301,
    OPENSSL_BIO_SOURCE_SINK = 0x400,
    OPENSSL_BIO_READ_AGAIN = 9,  /* flags: reading, to be tried again */
    OPENSSL_BIO_ALL_AGAIN = 0xf, /* flags of either kind */
    OPENSSL_BIO_FLUSH = 11,
    OPENSSL_HOSTFLAGS = 4, /* no wildcard within a label */
    OPENSSL_ALERTS = 1000, /* reasons from here on are alerts of the other side */
};
#define OPENSSL_OP_NO_COMPRESSION   (1ull << 17)
#define OPENSSL_OP_NO_RENEGOTIATION (1ull << 30)

/* Name, result and parameters of each. */
#define OPENSSL_FUNCTIONS(F)                                                                       \
    F(TLS_client_method, const SSL_METHOD *, (void))                                               \
    F(SSL_CTX_new, SSL_CTX *, (const SSL_METHOD *))                                                \
    F(SSL_CTX_free, void, (SSL_CTX *))                                                             \
    F(SSL_CTX_ctrl, long, (SSL_CTX *, int, long, void *))                                          \
    F(SSL_CTX_set_options, uint64_t, (SSL_CTX *, uint64_t))                                        \
    F(SSL_CTX_set_ciphersuites, int, (SSL_CTX *, const char *))                                    \
    F(SSL_CTX_set_verify, void, (SSL_CTX *, int, int (*)(int, void *)))                            \
    F(SSL_CTX_set_default_verify_paths, int, (SSL_CTX *))                                          \
    F(SSL_CTX_load_verify_file, int, (SSL_CTX *, const char *))                                    \
    F(SSL_CTX_use_certificate_chain_file, int, (SSL_CTX *, const char *))                          \
    F(SSL_CTX_use_PrivateKey_file, int, (SSL_CTX *, const char *, int))                            \
    F(SSL_CTX_set_default_passwd_cb, void, (SSL_CTX *, int (*)(char *, int, int, void *)))         \
    F(SSL_CTX_sess_set_new_cb, void, (SSL_CTX *, int (*)(SSL *, SSL_SESSION *)))                   \
    F(SSL_new, SSL *, (SSL_CTX *))                                                                 \
    F(SSL_free, void, (SSL *))                                                                     \
    F(SSL_ctrl, long, (SSL *, int, long, void *))                                                  \
    F(SSL_get0_param, X509_VERIFY_PARAM *, (SSL *))                                                \
    F(X509_VERIFY_PARAM_set1_ip_asc, int, (X509_VERIFY_PARAM *, const char *))                     \
    F(SSL_set1_host, int, (SSL *, const char *))                                                   \
    F(SSL_set_hostflags, void, (SSL *, unsigned))                                                  \
    F(SSL_set_bio, void, (SSL *, BIO *, BIO *))                                                    \
    F(SSL_set_ex_data, int, (SSL *, int, void *))                                                  \
    F(SSL_get_ex_data, void *, (const SSL *, int))                                                 \
    F(SSL_set_session, int, (SSL *, SSL_SESSION *))                                                \
    F(SSL_SESSION_dup, SSL_SESSION *, (const SSL_SESSION *))                                       \
    F(SSL_SESSION_free, void, (SSL_SESSION *))                                                     \
    F(SSL_connect, int, (SSL *))                                                                   \
    F(SSL_read_ex, int, (SSL *, void *, size_t, size_t *))                                         \
    F(SSL_write_ex, int, (SSL *, const void *, size_t, size_t *))                                  \
    F(SSL_has_pending, int, (const SSL *))                                                         \
    F(SSL_free_buffers, int, (SSL *))                                                              \
    F(SSL_set_shutdown, void, (SSL *, int))                                                        \
    F(SSL_get_error, int, (const SSL *, int))                                                      \
    F(SSL_get_verify_result, long, (const SSL *))                                                  \
    F(X509_verify_cert_error_string, const char *, (long))                                         \
    F(ERR_clear_error, void, (void))                                                               \
    F(ERR_peek_last_error, unsigned long, (void))                                                  \
    F(ERR_reason_error_string, const char *, (unsigned long))                                      \
    F(BIO_get_new_index, int, (void))                                                              \
    F(BIO_meth_new, BIO_METHOD *, (int, const char *))                                             \
    F(BIO_meth_set_read, int, (BIO_METHOD *, int (*)(BIO *, char *, int)))                         \
    F(BIO_meth_set_write, int, (BIO_METHOD *, int (*)(BIO *, const char *, int)))                  \
    F(BIO_meth_set_ctrl, int, (BIO_METHOD *, long (*)(BIO *, int, long, void *)))                  \
    F(BIO_new, BIO *, (const BIO_METHOD *))                                                        \
    F(BIO_set_data, void, (BIO *, void *))                                                         \
    F(BIO_get_data, void *, (BIO *))                                                               \
    F(BIO_set_init, void, (BIO *, int))                                                            \
    F(BIO_set_flags, void, (BIO *, int))                                                           \
    F(BIO_clear_flags, void, (BIO *, int))

struct openssl {
#define OPENSSL_POINTER(name, result, parameters) result(*name) parameters;
    OPENSSL_FUNCTIONS(OPENSSL_POINTER)
#undef OPENSSL_POINTER
};

/* Filled by openssl_load. */
extern struct openssl ossl;

/* With the process lock held: looks them up, once. False: there is no OpenSSL 3 to be loaded. */
bool openssl_load(void);

#endif
