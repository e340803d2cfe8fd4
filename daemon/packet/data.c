/* SPDX-License-Identifier: MIT */
#include "daemon/packet/data.h"

/* One part at the reader, with the zeros that pad it. */
static void check_part(struct reader *r)
{
    uint8_t service = take_u8(r), flags = take_u8(r);
    size_t len = take_u16(r);
    bool whole = flags == PART_WHOLE;

    if (service >= SERVICES || flags > PART_WHOLE || (service == SERVICE_PADDING && !whole))
        r->failed = true;
    if (!whole) {
        take_u32(r);
        uint16_t fragment = take_u16(r);
        if (take_u16(r) != 0 || (flags & PART_FIRST) != (fragment == 0))
            r->failed = true;
    }
    read_bytes(r, data_part_size(whole, len) - (whole ? DATA_PART : DATA_FRAGMENT));
}

bool data_decode(struct data_header *h, const uint8_t *body, size_t len)
{
    struct reader r = reader_of(body, len);

    h->tag = take_u64(&r);
    h->seq = take_u64(&r);
    h->hop = h->attempt = take_u64(&r);
    h->flags = take_u8(&r);
    h->parts = take_u8(&r);
    h->origin = take_u16(&r);
    if ((h->flags & ~DATA_FLAGS) || h->parts == 0 || h->seq == 0)
        return false;
    for (unsigned i = 0; i < h->parts && !r.failed; i++)
        check_part(&r);
    return reader_done(&r);
}

void data_encode_header(uint8_t body[DATA_HEADER], const struct data_header *h)
{
    struct writer w = writer_of(body, DATA_HEADER);

    give_u64(&w, h->tag);
    give_u64(&w, h->seq);
    give_u64(&w, h->hop);
    give_u8(&w, h->flags);
    give_u8(&w, h->parts);
    give_u16(&w, h->origin);
}

void data_mark_resent(uint8_t *body, uint64_t attempt, uint16_t origin)
{
    be_put(body + 16, 8, attempt);
    be_put(body + 26, 2, origin);
}

size_t data_put_part(uint8_t *at, const struct part *p)
{
    bool whole = p->flags == PART_WHOLE;
    size_t size = data_part_size(whole, p->len);
    struct writer w = writer_of(at, size);

    memset(at + size - 4, 0, 4); /* what is behind the bytes */
    give_u8(&w, p->service);
    give_u8(&w, p->flags);
    give_u16(&w, p->len);
    if (!whole) {
        give_u32(&w, p->number);
        give_u16(&w, p->fragment);
        give_u16(&w, 0);
    }
    give_bytes(&w, p->bytes, p->len);
    return size;
}

void data_put_padding(uint8_t *body, size_t from, size_t to)
{
    memset(body + from, 0, to - from);
    body[from] = SERVICE_PADDING;
    body[from + 1] = PART_WHOLE;
    be_put(body + from + 2, 2, to - from - DATA_PART);
}

struct part data_part(uint8_t *body, size_t *at)
{
    uint8_t *p = body + *at;
    struct part part = {.service = p[0], .flags = p[1], .len = (uint16_t)be_at(p + 2, 2)};
    bool whole = part.flags == PART_WHOLE;
    if (!whole) {
        part.number = (uint32_t)be_at(p + 4, 4);
        part.fragment = (uint16_t)be_at(p + 8, 2);
    }
    part.bytes = p + (whole ? DATA_PART : DATA_FRAGMENT);
    *at += data_part_size(whole, part.len);
    return part;
}
