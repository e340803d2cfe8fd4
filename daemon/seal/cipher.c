/* SPDX-License-Identifier: MIT */
#include "daemon/seal/cipher.h"

#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "daemon/packet/bytes.h"

enum { NONCE = 12 };

struct cipher {
    EVP_CIPHER_CTX *context;
};

/* With a key of the right size and a cipher that the library has, only memory can be missing. */
static void must(int done)
{
    if (done != 1)
        memory_exhausted();
}

struct cipher *cipher_new(enum seal_algorithm algorithm, const uint8_t key[CIPHER_KEY],
                          enum cipher_use use)
{
    const EVP_CIPHER *kind =
        algorithm == SEAL_AES_256_GCM ? EVP_aes_256_gcm() : EVP_chacha20_poly1305();
    struct cipher *c = memory_new(sizeof *c);
    c->context = EVP_CIPHER_CTX_new();
    must(c->context != NULL);
    must(EVP_CipherInit_ex(c->context, kind, NULL, key, NULL, use == CIPHER_SEALS));
    return c;
}

void cipher_free(struct cipher *c)
{
    if (!c)
        return;
    EVP_CIPHER_CTX_free(c->context); /* which cleanses it */
    free(c);
}

/* 32 bits of zero, then the number. */
static void begin(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len)
{
    uint8_t nonce[NONCE];
    struct writer w = writer_of(nonce, sizeof nonce);
    int n;
    give_u32(&w, 0);
    give_u64(&w, number);
    must(EVP_CipherInit_ex(c->context, NULL, NULL, NULL, nonce, -1));
    must(EVP_CipherUpdate(c->context, NULL, &n, head, (int)head_len));
}

void cipher_seal(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *text, size_t len, uint8_t *out)
{
    int n;
    begin(c, number, head, head_len);
    must(EVP_EncryptUpdate(c->context, out, &n, text, (int)len));
    must(EVP_EncryptFinal_ex(c->context, out + len, &n));
    must(EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_GET_TAG, CIPHER_TAG, out + len));
}

bool cipher_open(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *sealed, size_t len, uint8_t *out)
{
    uint8_t tag[CIPHER_TAG];
    int n;
    begin(c, number, head, head_len);
    must(EVP_DecryptUpdate(c->context, out, &n, sealed, (int)len));
    memcpy(tag, sealed + len, sizeof tag);
    must(EVP_CIPHER_CTX_ctrl(c->context, EVP_CTRL_AEAD_SET_TAG, CIPHER_TAG, tag));
    return EVP_DecryptFinal_ex(c->context, out + len, &n) == 1;
}
