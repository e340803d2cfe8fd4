/* SPDX-License-Identifier: MIT
 *
 * record.h - an event of the stream (base/event.h) as bytes of the flight recorder, and back.
 *
 *   offset size
 *     0     2   mark: 0x5e 0xc0
 *     2     2   length in all, a multiple of 8
 *     4     4   CRC-32 of what follows
 *     8     8   number: grows with each record of a recorder
 *    16     8   microseconds since 1970
 *    24     4   where the record before it in its track begins; 0xffffffff: there was none
 *    28     1   kind
 *    29     2   reason
 *    31    2+2  indices of daemon and other
 *    35         how many like it were left out since the last one, how many numbers follow, and these:
 *               7 bits a byte, the lowest first, all but the last byte of each with the highest bit set
 *               who, whom and from: each a byte with its length, and its text
 *               a byte: 0, or 1 and the 24 bytes of set
 *               zeros up to a multiple of 8
 *
 * All words are most significant byte first, on every machine. Who decodes trusts nothing of it: the
 * file that it is from may be torn, or made by somebody else.
 */
#ifndef SPREAD_RECORDER_RECORD_H
#define SPREAD_RECORDER_RECORD_H

#include "daemon/base/event.h"

enum {
    RECORD_STEP = 8, /* records begin at multiples of it */
    RECORD_LEAST = 48,
    RECORD_MOST = 320,
};

#define RECORD_NONE UINT32_MAX

struct record {
    uint64_t number, wall_us;
    uint64_t left_out;
    uint32_t before; /* RECORD_NONE: the first of its track */
    struct event_record event; /* at is 0: the clock of the process that it happened in is not kept */
};

enum { RECORD_MARK = 0x5ec0 };

/* Most of a track that was never full begins no record: that is seen at its first byte. */
static inline bool record_may_begin(const uint8_t *bytes)
{
    return bytes[0] == RECORD_MARK >> 8;
}

uint32_t record_checksum(const uint8_t *bytes, size_t len);

/* Returns the length. */
size_t record_encode(uint8_t bytes[RECORD_MOST], const struct record *r);

/* Reads the record at the begin of the len bytes; returns its length, or 0: there is none. Texts end with a
 * NUL and have no control characters, kind and why are some that there are. */
size_t record_decode(struct record *r, const uint8_t *bytes, size_t len);

#endif
