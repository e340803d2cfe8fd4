/* SPDX-License-Identifier: MIT */
#include "daemon/io/keygen.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/io/clock.h"
#include "daemon/seal/keys.h"

enum { PACKET = 1400, PACKETS = 100, ROUNDS = 8 };

/* How long some packets take to be sealed. */
static usec time_of(EVP_CIPHER_CTX *context, const EVP_CIPHER *cipher)
{
    static unsigned char packet[PACKET];
    static const unsigned char key[KEY_SECRET], nonce[12];
    int len;
    usec begin = clock_now();
    for (int i = 0; i < PACKETS; i++)
        if (!EVP_EncryptInit_ex2(context, cipher, key, nonce, NULL) ||
            !EVP_EncryptUpdate(context, packet, &len, packet, PACKET) ||
            !EVP_EncryptFinal_ex(context, packet, &len))
            return NEVER;
    return clock_now() - begin;
}

/* AES is three times as quick as ChaCha20 where the processor has instructions for it, and far slower
 * where it has none, so the quickest of a few rounds tells them apart on any machine. */
static enum seal_algorithm quicker(void)
{
    usec best[SEAL_ALGORITHMS] = {NEVER, NEVER};
    const EVP_CIPHER *const ciphers[SEAL_ALGORITHMS] = {
        [SEAL_AES_256_GCM] = EVP_aes_256_gcm(),
        [SEAL_CHACHA20_POLY1305] = EVP_chacha20_poly1305(),
    };
    EVP_CIPHER_CTX *context = EVP_CIPHER_CTX_new();
    for (int round = 0; context && round < ROUNDS; round++) {
        for (int i = 0; i < SEAL_ALGORITHMS; i++) {
            usec took = time_of(context, ciphers[i]);
            if (took < best[i])
                best[i] = took;
        }
    }
    EVP_CIPHER_CTX_free(context);
    return best[SEAL_AES_256_GCM] <= best[SEAL_CHACHA20_POLY1305] ? SEAL_AES_256_GCM
                                                                  : SEAL_CHACHA20_POLY1305;
}

static bool read_id(const char *text, uint8_t *id)
{
    char *end;
    long n = strtol(text, &end, 10);
    *id = (uint8_t)n;
    return *end == '\0' && n >= 1 && n <= UINT8_MAX;
}

static bool read_arguments(struct seal_key *key, bool *chosen, int count, char *const *arguments)
{
    for (int i = 0; i < count; i++) {
        if (seal_algorithm_find(arguments[i], strlen(arguments[i]), &key->algorithm)) {
            *chosen = true;
        } else if (!read_id(arguments[i], &key->id)) {
            fprintf(stderr,
                    "spreadd: --keygen takes a number from 1 to 255, and aes-256-gcm or "
                    "chacha20-poly1305; %s is neither\n",
                    arguments[i]);
            return false;
        }
    }
    return true;
}

int keygen(int count, char *const *arguments)
{
    struct seal_key key = {.id = 1};
    char line[KEY_LINE];
    bool chosen = false;
    if (!read_arguments(&key, &chosen, count, arguments))
        return 1;
    if (!chosen)
        key.algorithm = quicker();
    if (RAND_priv_bytes(key.secret, sizeof key.secret) != 1) {
        fputs("spreadd: the system has no random numbers\n", stderr);
        return 1;
    }
    keys_write(&key, line);
    bool ok = puts(line) >= 0 && fflush(stdout) == 0;
    OPENSSL_cleanse(&key, sizeof key);
    OPENSSL_cleanse(line, sizeof line);
    if (!ok)
        perror("spreadd: the key could not be written");
    return ok ? 0 : 1;
}
