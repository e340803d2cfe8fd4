/* SPDX-License-Identifier: MIT
 *
 * codec.h - the packets of token.h, control.h and forming.h through one door, for what holds of all
 * of them.
 */
#ifndef TESTS_UNIT_PACKET_CODEC_H
#define TESTS_UNIT_PACKET_CODEC_H

#include "daemon/base/random.h"
#include "daemon/packet/body.h"
#include "daemon/packet/header.h"

enum { BODY_MAX = 16 << 10 };

/* All types but DATA and RDATA, which have no message behind them. */
enum { CODEC_FIRST = PACKET_TOKEN, CODEC_END = PACKET_TYPES };

/* 0: it does not fit. */
size_t codec_encode(unsigned type, const union control *m, int procs, uint8_t *bytes,
                    size_t size);
/* Decodes a copy of the bytes with nothing readable behind it. */
bool codec_decode(unsigned type, union control *m, int procs, const uint8_t *bytes,
                  size_t len);

/* A legal message, its words as small and as large as they may be now and then. */
void codec_sample(unsigned type, union control *m, struct random *r, int procs);

struct ring_id sample_ring(struct random *r);
struct roster sample_roster(struct random *r, int procs);
struct procset sample_procset(struct random *r, int procs);
uint64_t sample_word(struct random *r, int bytes);

#endif
