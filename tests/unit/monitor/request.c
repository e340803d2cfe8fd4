/* SPDX-License-Identifier: MIT */
#include "tests/unit/monitor/request.h"

#include <string.h>

static void put(uint8_t *at, uint32_t value, int width, bool big_endian)
{
    for (int i = 0; i < width; i++)
        at[big_endian ? width - 1 - i : i] = (uint8_t)(value >> (8 * i));
}

size_t request_bytes(const struct request *r, uint8_t bytes[REQUEST_MAX])
{
    size_t body = 2 * r->half_count;
    memset(bytes, 0, REQUEST_MAX);
    put(bytes, r->type | (r->big_endian ? 0 : 0x80000080), 4, r->big_endian);
    put(bytes + 4, r->transmitter, 4, r->big_endian);
    put(bytes + 8, r->process, 4, r->big_endian);
    put(bytes + 20, r->sequence, 4, r->big_endian);
    put(bytes + 28, r->hash, 4, r->big_endian);
    put(bytes + 32, (uint32_t)((int)body + r->lie), 2, r->big_endian);
    for (size_t i = 0; i < r->half_count; i++)
        put(bytes + REQUEST_HEADER + 2 * i, (uint16_t)r->halves[i], 2, r->big_endian);
    return REQUEST_HEADER + body;
}

static void turn(uint8_t *at, size_t width)
{
    for (size_t i = 0; i < width / 2; i++) {
        uint8_t byte = at[i];
        at[i] = at[width - 1 - i];
        at[width - 1 - i] = byte;
    }
}

void request_turn(uint8_t *bytes, size_t len, size_t words)
{
    size_t at = 0;
    for (; at < 32; at += 4)
        turn(bytes + at, 4);
    for (; at < REQUEST_HEADER; at += 2)
        turn(bytes + at, 2);
    for (; words > 0 && at < len; words--, at += 4)
        turn(bytes + at, 4);
    for (; at < len; at += 2)
        turn(bytes + at, 2);
    bytes[0] ^= 0x80; /* the marks read the same from both ends */
    bytes[3] ^= 0x80;
}
