/* SPDX-License-Identifier: MIT */
#include "daemon/seal/cipher.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/bytes.h"
#include "daemon/seal/gcm.h"

struct cipher {
    struct gcm *gcm; /* or, where that is not to be had: */
    EVP_CIPHER_CTX *context;
};

/* With a key of the right size and a cipher that the library has, only memory can be missing. */
static void must(int done)
{
    if (done != 1)
        memory_exhausted();
}

static EVP_CIPHER_CTX *context_new(const EVP_CIPHER *kind, const uint8_t key[CIPHER_KEY], enum cipher_use use)
{
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    must(context != NULL);
    must(EVP_CipherInit_ex(context, kind, NULL, key, NULL, use == CIPHER_SEALS));
    return context;
}

struct cipher *cipher_new(enum seal_algorithm algorithm, const uint8_t key[CIPHER_KEY],
                          enum cipher_use use)
{
    bool aes = algorithm == SEAL_AES_256_GCM;
    struct cipher *c = memory_new(sizeof *c);
    if (aes)
        c->gcm = gcm_new(key);
    if (!c->gcm)
        c->context = context_new(aes ? EVP_aes_256_gcm() : EVP_chacha20_poly1305(), key, use);
    return c;
}

void cipher_free(struct cipher *c)
{
    if (!c)
        return;
    gcm_free(c->gcm);
    EVP_CIPHER_CTX_free(c->context); /* which cleanses it */
    free(c);
}

/* A tag that is asked for or expected, in the form in which the library hands it on: asking for it with
 * EVP_CIPHER_CTX_ctrl takes 15 ns more a packet. */
struct tag {
    OSSL_PARAM params[2];
};

static struct tag tag_at(uint8_t *bytes)
{
    return (struct tag){{
        OSSL_PARAM_construct_octet_string(OSSL_CIPHER_PARAM_AEAD_TAG, bytes, CIPHER_TAG),
        OSSL_PARAM_construct_end(),
    }};
}

/* 32 bits of zero, then the number. */
static void write_nonce(uint64_t number, uint8_t nonce[CIPHER_NONCE])
{
    struct writer w = writer_of(nonce, CIPHER_NONCE);
    give_u32(&w, 0);
    give_u64(&w, number);
}

void cipher_seal(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *text, size_t len, uint8_t *out)
{
    uint8_t nonce[CIPHER_NONCE];
    struct tag tag = tag_at(out + len);
    int n;
    write_nonce(number, nonce);
    if (c->gcm) {
        gcm_seal(c->gcm, nonce, head, head_len, text, len, out);
        return;
    }
    must(EVP_EncryptInit_ex2(c->context, NULL, NULL, nonce, NULL));
    must(EVP_EncryptUpdate(c->context, NULL, &n, head, (int)head_len));
    must(EVP_EncryptUpdate(c->context, out, &n, text, (int)len));
    must(EVP_EncryptFinal_ex(c->context, out + len, &n));
    must(EVP_CIPHER_CTX_get_params(c->context, tag.params));
}

bool cipher_open(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *sealed, size_t len, uint8_t *out)
{
    uint8_t nonce[CIPHER_NONCE], expected[CIPHER_TAG];
    struct tag tag = tag_at(expected);
    int n;
    write_nonce(number, nonce);
    if (c->gcm)
        return gcm_open(c->gcm, nonce, head, head_len, sealed, len, out);
    memcpy(expected, sealed + len, sizeof expected);
    must(EVP_DecryptInit_ex2(c->context, NULL, NULL, nonce, tag.params));
    must(EVP_DecryptUpdate(c->context, NULL, &n, head, (int)head_len));
    must(EVP_DecryptUpdate(c->context, out, &n, sealed, (int)len));
    return EVP_DecryptFinal_ex(c->context, out + len, &n) == 1;
}
