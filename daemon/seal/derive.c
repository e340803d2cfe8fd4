/* SPDX-License-Identifier: MIT */
#include "daemon/seal/derive.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/config/conf.h"
#include "daemon/packet/bytes.h"

static const char LABEL[] = "spread ring 1";

enum { LABEL_LEN = sizeof LABEL - 1, INFO_MAX = LABEL_LEN + 2 + 8 + CONF_DAEMON_NAME };

static size_t make_info(uint8_t info[INFO_MAX], const struct seal_key *key, const char *daemon,
                        uint64_t incarnation)
{
    struct writer w = writer_of(info, INFO_MAX);
    give_bytes(&w, LABEL, LABEL_LEN);
    give_u8(&w, key->id);
    give_u8(&w, (uint8_t)key->algorithm);
    give_u64(&w, incarnation);
    give_bytes(&w, daemon, strnlen(daemon, CONF_DAEMON_NAME));
    return writer_len(&w);
}

/* The library has HKDF; only memory can be missing. */
static void expand(const uint8_t secret[CIPHER_KEY], uint8_t *info, size_t info_len,
                   uint8_t key[CIPHER_KEY])
{
    int mode = EVP_KDF_HKDF_MODE_EXPAND_ONLY;
    char digest[] = "SHA256";
    OSSL_PARAM how[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_int(OSSL_KDF_PARAM_MODE, &mode),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, (void *)(uintptr_t)secret, CIPHER_KEY),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, info, info_len),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF *kdf = EVP_KDF_fetch(NULL, "HKDF", NULL);
    EVP_KDF_CTX *context = EVP_KDF_CTX_new(kdf);
    if (!context || EVP_KDF_derive(context, key, CIPHER_KEY, how) != 1)
        memory_exhausted();
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
}

struct cipher *derive_cipher(const struct seal_key *key, const char *daemon, uint64_t incarnation,
                             enum cipher_use use)
{
    uint8_t info[INFO_MAX], own[CIPHER_KEY];
    expand(key->secret, info, make_info(info, key, daemon, incarnation), own);
    struct cipher *c = cipher_new(key->algorithm, own, use);
    OPENSSL_cleanse(own, sizeof own);
    return c;
}
