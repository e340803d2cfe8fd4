/* SPDX-License-Identifier: MIT
 *
 * derive.h - the key of one life of one daemon, from a key of the file that all daemons share.
 *
 * Packets of a life are numbered, and the number is the nonce. Numbers start anew with each process;
 * so does the key. It is HKDF-SHA256 (RFC 5869, expanding only, for keys of the file are random) of
 *
 *     "spread ring 1", id of the key, its algorithm, incarnation (8 bytes), name of the daemon
 *
 * The incarnation is drawn from the system's random numbers when the process starts, so neither a
 * clock nor anything on disk has to be right for a (key, nonce) pair never to come again.
 */
#ifndef SPREAD_SEAL_DERIVE_H
#define SPREAD_SEAL_DERIVE_H

#include "daemon/seal/cipher.h"

/* The cipher of the life of that daemon that has this incarnation. */
struct cipher *derive_cipher(const struct seal_key *key, const char *daemon, uint64_t incarnation,
                             enum cipher_use use);

#endif
