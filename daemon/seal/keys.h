/* SPDX-License-Identifier: MIT
 *
 * keys.h - the keys that packets between daemons are sealed with, as text: what DaemonKeyFile names.
 *
 *     # id  algorithm          32 bytes in base64
 *     1     aes-256-gcm        bOVh9Zc1PnLqn6xrNTJ3Ei9fDOYk1R0mEJ0mW0mvHbE=  send
 *     2     chacha20-poly1305  Nq0vXlT0Cz1q3Yy9s8o3k5m2bJ4Uu7cW6eRrQh1fZxA=
 *
 * All of them open what others have sealed, one of them seals: the only one, or that with "send" at the
 * end of its line. No I/O: the text is handed in. It is secret, and so is what is made of it: findings
 * never quote it, and whoever holds a keyring wipes it when it is done with.
 */
#ifndef SPREAD_SEAL_KEYS_H
#define SPREAD_SEAL_KEYS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { KEYS_MOST = 4, KEY_SECRET = 32, KEY_LINE = 96 };

enum seal_algorithm { SEAL_AES_256_GCM, SEAL_CHACHA20_POLY1305, SEAL_ALGORITHMS };

struct seal_key {
    uint8_t id; /* from 1; packets carry it, so that there is one key to try */
    enum seal_algorithm algorithm;
    uint8_t secret[KEY_SECRET];
};

struct keyring {
    struct seal_key keys[KEYS_MOST];
    int count;   /* 0: packets are sent and taken open */
    int sending; /* index of the one that seals */
};

/* What is wrong with a text, and where: line and column (of bytes) from 1. */
struct keys_error {
    int line, column;
    char text[128];
};

/* Reads one to four keys. False with *error filled, and an empty ring. */
bool keys_parse(struct keyring *ring, const char *text, size_t len, struct keys_error *error);

/* The line of a key, without its end. */
void keys_write(const struct seal_key *key, char line[KEY_LINE]);

bool keyring_equal(const struct keyring *a, const struct keyring *b);
/* Nothing of the keys is left in memory; the ring is empty. */
void keyring_wipe(struct keyring *ring);

/* The one of that name, of len bytes; false: there is none. */
bool seal_algorithm_find(const char *name, size_t len, enum seal_algorithm *algorithm);

#endif
