/* SPDX-License-Identifier: MIT
 *
 * cipher.h - one key used in one direction, its schedule kept: sealing and opening what is sent, by an
 * AEAD of OpenSSL, or for AES of a quicker library (gcm.h). What comes first is authenticated, what follows
 * is encrypted as well.
 *
 * A number may be used once with a key to seal; that is for the caller to see to. There is no system
 * call and no allocation in cipher_seal and cipher_open: a context that is only given another nonce
 * takes half the time of one that is set up anew.
 */
#ifndef SPREAD_SEAL_CIPHER_H
#define SPREAD_SEAL_CIPHER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/seal/keys.h"

enum { CIPHER_KEY = 32, CIPHER_NONCE = 12, CIPHER_TAG = 16 };

enum cipher_use { CIPHER_OPENS, CIPHER_SEALS };

struct cipher;

struct cipher *cipher_new(enum seal_algorithm algorithm, const uint8_t key[CIPHER_KEY],
                          enum cipher_use use);
void cipher_free(struct cipher *c); /* and forgets the key */

/* Writes the text, encrypted, and its tag to out, which has room for len + CIPHER_TAG bytes and does
 * not overlap text. */
void cipher_seal(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *text, size_t len, uint8_t *out);
/* The other way: len bytes and the tag come in, len bytes go to out, which is sealed itself or does not
 * overlap it. False: it is not what was sealed with this key and number. What then lies in out is not to
 * be looked at. */
bool cipher_open(struct cipher *c, uint64_t number, const uint8_t *head, size_t head_len,
                 const uint8_t *sealed, size_t len, uint8_t *out);

#endif
