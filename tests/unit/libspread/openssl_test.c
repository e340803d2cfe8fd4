/* SPDX-License-Identifier: MIT
 *
 * The numbers of libspread/openssl.h, which is built without the headers of OpenSSL, are those that
 * stand there.
 */
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include "libspread/openssl.h"
#include "tests/support/test.h"

static void numbers_are_those_of_the_headers(void **state)
{
    (void)state;
    static const struct {
        unsigned long long ours, theirs;
    } table[] = {
        {OPENSSL_ERROR_WANT_READ, SSL_ERROR_WANT_READ},
        {OPENSSL_ERROR_ZERO_RETURN, SSL_ERROR_ZERO_RETURN},
        {OPENSSL_SHUTDOWN_BOTH, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN},
        {OPENSSL_VERIFY_PEER, SSL_VERIFY_PEER},
        {OPENSSL_V_OK, X509_V_OK},
        {OPENSSL_FILETYPE_PEM, SSL_FILETYPE_PEM},
        {OPENSSL_CTRL_SESS_CACHE_MODE, SSL_CTRL_SET_SESS_CACHE_MODE},
        {OPENSSL_CTRL_HOSTNAME, SSL_CTRL_SET_TLSEXT_HOSTNAME},
        {0, TLSEXT_NAMETYPE_host_name},
        {OPENSSL_CTRL_MIN_PROTO_VERSION, SSL_CTRL_SET_MIN_PROTO_VERSION},
        {OPENSSL_TLS1_2, TLS1_2_VERSION},
        {OPENSSL_CACHE_CLIENT_NOT_INSIDE, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL},
        {OPENSSL_BIO_SOURCE_SINK, BIO_TYPE_SOURCE_SINK},
        {OPENSSL_BIO_READ_AGAIN, BIO_FLAGS_READ | BIO_FLAGS_SHOULD_RETRY},
        {OPENSSL_BIO_ALL_AGAIN, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY},
        {OPENSSL_BIO_FLUSH, BIO_CTRL_FLUSH},
        {OPENSSL_HOSTFLAGS, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS},
        {OPENSSL_ALERTS, SSL_AD_REASON_OFFSET},
        {OPENSSL_OP_NO_COMPRESSION, SSL_OP_NO_COMPRESSION},
        {OPENSSL_OP_NO_RENEGOTIATION, SSL_OP_NO_RENEGOTIATION},
    };
    for (size_t i = 0; i < COUNT_OF(table); i++)
        assert_int_equal(table[i].ours, table[i].theirs);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_those_of_the_headers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
