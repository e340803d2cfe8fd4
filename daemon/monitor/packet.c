/* SPDX-License-Identifier: MIT */
#include "daemon/monitor/packet.h"

#include <assert.h>

#include "libspread/wire/frame.h"

bool monitor_packet_decode(struct monitor_packet *p, const uint8_t *bytes, size_t len)
{
    struct reader r = reader_of(bytes, len);

    r.swap = len >= 4 && (word_at(bytes) & FRAME_ENDIAN_BITS) != FRAME_MARK;
    p->type = read_u32(&r) & ~FRAME_ENDIAN_BITS;
    p->transmitter = read_u32(&r);
    p->process = read_u32(&r);
    read_bytes(&r, 8);
    p->port = (uint16_t)read_u32(&r);
    read_bytes(&r, 4);
    p->hash = read_u32(&r);
    uint16_t data_len = read_u16(&r);
    read_bytes(&r, 6);
    p->body = r;
    return !r.failed && r.left == data_len;
}

size_t monitor_packet_encode(uint8_t bytes[MONITOR_PACKET_MAX], const struct monitor_packet *p)
{
    assert(p->body.left <= MONITOR_BODY_MAX);
    memset(bytes, 0, MONITOR_HEADER);
    put_word(bytes, p->type | FRAME_MARK);
    put_word(bytes + 4, p->transmitter);
    put_word(bytes + 8, p->process);
    put_word(bytes + 20, p->port);
    put_word(bytes + 28, p->hash);
    put_half(bytes + 32, (uint16_t)p->body.left);
    if (p->body.left > 0)
        memcpy(bytes + MONITOR_HEADER, p->body.at, p->body.left);
    return MONITOR_HEADER + p->body.left;
}
