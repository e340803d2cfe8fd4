/* SPDX-License-Identifier: MIT
 *
 * message.h - what travels between senders and collectors.
 *
 * All numbers are big-endian. A sender's lines are numbered from 0, per run of the
 * sender: a run is a stream, with an id nobody else has.
 *
 *   lines                                      acknowledgements
 *    0  4  "SPLL"                               0  4  "SPLA"
 *    4  1  version, 1                           4  1  version, 1
 *    5  1  1: the stream ends here              5  1  0
 *    6  2  0                                    6  2  count
 *    8 16  stream                               8 16  collector
 *   24  8  first: number of the first line     24     the entries, of 28 bytes each:
 *   32  8  base: the oldest line that the       0 16    stream
 *          sender still has                    16  8    next: the number it wants next
 *   40  4  count                               24  4    1: from there on, send again
 *   44     the lines, each with its newline
 *
 * Lines below base are settled: as many collectors as the sender wants have them.
 * A message without lines asks where the collector stands; first is then the
 * number of the next line that will be sent.
 */
#ifndef SPLOG_MESSAGE_H
#define SPLOG_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    LINES_HEADER = 44,
    ACKS_HEADER = 24,
    ACK_ENTRY = 28,
    ACKS_MAX = 40,           /* a 5.0.1 daemon delivers to no more than 43 destinations */
    LINE_MAX_BYTES = 143000, /* of one line, so that it fits into a message of any daemon */
    LINES_MAX = LINE_MAX_BYTES + 1,
    ACKS_MAX_BYTES = ACKS_HEADER + ACKS_MAX * ACK_ENTRY,
};

/* Of a stream or a collector. */
struct id {
    uint8_t bytes[16];
};

struct id id_new(void);

static inline bool id_equal(const struct id *a, const struct id *b)
{
    return __builtin_memcmp(a, b, sizeof *a) == 0;
}

struct lines {
    struct id stream;
    uint64_t first, base;
    uint32_t count;
    bool ends;
};

struct ack {
    struct id stream;
    uint64_t next;
    bool again;
};

void lines_encode(uint8_t bytes[LINES_HEADER], const struct lines *l);
/* False unless the header is one of lines. */
bool lines_decode(struct lines *l, const uint8_t bytes[LINES_HEADER]);
/* True if the text, which came behind the header, is as many whole lines as that says. */
bool lines_fit(const struct lines *l, const uint8_t *text, size_t text_len);

/* Behind count lines of the text, which holds as many: the bytes they take. */
size_t lines_skip(const uint8_t *text, size_t text_len, uint64_t count);

/* Both return the length of the message. */
size_t acks_begin(uint8_t bytes[ACKS_MAX_BYTES], const struct id *collector);
size_t acks_add(uint8_t bytes[ACKS_MAX_BYTES], const struct ack *a);

/* What a message of len bytes says about a stream; false if it says nothing. */
bool acks_find(const uint8_t *bytes, size_t len, const struct id *stream, struct id *collector,
               struct ack *a);

#endif
