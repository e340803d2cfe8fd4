/* SPDX-License-Identifier: MIT
 *
 * request.h - packets of monitors written byte by byte, in either byte order and as wrong as a test
 * wants them.
 */
#ifndef TESTS_UNIT_MONITOR_REQUEST_H
#define TESTS_UNIT_MONITOR_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REQUEST_HEADER = 40, REQUEST_MAX = 2048 };

struct request {
    bool big_endian;
    uint32_t type, transmitter, process, sequence, hash;
    const int16_t *halves; /* the body */
    size_t half_count;
    int lie; /* added to the data length that is written */
};

size_t request_bytes(const struct request *r, uint8_t bytes[REQUEST_MAX]);

/* Turns every word and then every half word of a packet: it is that of a machine with the other
 * byte order. words: how many of the body are words. */
void request_turn(uint8_t *bytes, size_t len, size_t words);

#endif
