/* SPDX-License-Identifier: MIT */
#include "tools/splog/message.h"

#include <endian.h>
#include <string.h>
#include <sys/random.h>

#include "tools/splog/splog.h"

enum { VERSION = 1 };

static void put16(uint8_t *at, uint16_t v)
{
    v = htobe16(v);
    memcpy(at, &v, sizeof v);
}

static void put32(uint8_t *at, uint32_t v)
{
    v = htobe32(v);
    memcpy(at, &v, sizeof v);
}

static void put64(uint8_t *at, uint64_t v)
{
    v = htobe64(v);
    memcpy(at, &v, sizeof v);
}

static uint16_t get16(const uint8_t *at)
{
    uint16_t v;
    memcpy(&v, at, sizeof v);
    return be16toh(v);
}

static uint32_t get32(const uint8_t *at)
{
    uint32_t v;
    memcpy(&v, at, sizeof v);
    return be32toh(v);
}

static uint64_t get64(const uint8_t *at)
{
    uint64_t v;
    memcpy(&v, at, sizeof v);
    return be64toh(v);
}

struct id id_new(void)
{
    struct id id;
    if (getrandom(&id, sizeof id, 0) != sizeof id)
        give_up("no random numbers");
    return id;
}

/* -- lines ----------------------------------------------------------------------------------- */

void lines_encode(uint8_t bytes[LINES_HEADER], const struct lines *l)
{
    memcpy(bytes, "SPLL", 4);
    bytes[4] = VERSION;
    bytes[5] = l->ends;
    put16(bytes + 6, 0);
    memcpy(bytes + 8, &l->stream, sizeof l->stream);
    put64(bytes + 24, l->first);
    put64(bytes + 32, l->base);
    put32(bytes + 40, l->count);
}

bool lines_decode(struct lines *l, const uint8_t bytes[LINES_HEADER])
{
    l->ends = bytes[5] & 1;
    memcpy(&l->stream, bytes + 8, sizeof l->stream);
    l->first = get64(bytes + 24);
    l->base = get64(bytes + 32);
    l->count = get32(bytes + 40);
    return memcmp(bytes, "SPLL", 4) == 0 && bytes[4] == VERSION && l->base <= l->first &&
           l->first <= UINT64_MAX - l->count;
}

bool lines_fit(const struct lines *l, const uint8_t *text, size_t text_len)
{
    uint64_t count = 0;
    const uint8_t *at = text, *end = text + text_len;
    for (; at < end && count < l->count; count++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        if (!newline)
            return false;
        at = newline + 1;
    }
    return at == end && count == l->count;
}

size_t lines_skip(const uint8_t *text, size_t text_len, uint64_t count)
{
    const uint8_t *at = text, *end = text + text_len;
    for (; count > 0 && at < end; count--) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline ? newline + 1 : end;
    }
    return (size_t)(at - text);
}

/* -- acknowledgements ------------------------------------------------------------------------ */

static size_t acks_len(const uint8_t *bytes)
{
    return ACKS_HEADER + (size_t)get16(bytes + 6) * ACK_ENTRY;
}

size_t acks_begin(uint8_t bytes[ACKS_MAX_BYTES], const struct id *collector)
{
    memcpy(bytes, "SPLA", 4);
    bytes[4] = VERSION;
    bytes[5] = 0;
    put16(bytes + 6, 0);
    memcpy(bytes + 8, collector, sizeof *collector);
    return acks_len(bytes);
}

size_t acks_add(uint8_t bytes[ACKS_MAX_BYTES], const struct ack *a)
{
    uint8_t *at = bytes + acks_len(bytes);
    memcpy(at, &a->stream, sizeof a->stream);
    put64(at + 16, a->next);
    put32(at + 24, a->again);
    put16(bytes + 6, (uint16_t)(get16(bytes + 6) + 1));
    return acks_len(bytes);
}

bool acks_find(const uint8_t *bytes, size_t len, const struct id *stream, struct id *collector,
               struct ack *a)
{
    if (len < ACKS_HEADER || memcmp(bytes, "SPLA", 4) != 0 || bytes[4] != VERSION ||
        len != acks_len(bytes))
        return false;
    memcpy(collector, bytes + 8, sizeof *collector);
    for (const uint8_t *at = bytes + ACKS_HEADER; at < bytes + len; at += ACK_ENTRY) {
        if (memcmp(at, stream, sizeof *stream) != 0)
            continue;
        a->stream = *stream;
        a->next = get64(at + 16);
        a->again = get32(at + 24) & 1;
        return true;
    }
    return false;
}
