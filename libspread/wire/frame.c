/* SPDX-License-Identifier: MIT */
#include "libspread/wire/frame.h"

static bool marked_other(uint32_t word)
{
    return (word & FRAME_ENDIAN_BITS) != FRAME_MARK;
}

struct frame_header frame_decode(const uint8_t bytes[FRAME_HEADER])
{
    struct reader r = reader_of(bytes, FRAME_HEADER);
    struct frame_header h = {0};

    r.swap = marked_other(word_at(bytes));
    h.swapped = r.swap;
    h.type = read_u32(&r) & ~FRAME_ENDIAN_BITS;
    memcpy(h.sender.text, read_bytes(&r, NAME_FIELD), NAME_FIELD);
    h.num_groups = (int32_t)read_u32(&r);
    h.hint = word_at(read_bytes(&r, 4));
    h.data_len = (int32_t)read_u32(&r);
    return h;
}

void frame_encode(uint8_t bytes[FRAME_HEADER], const struct frame_header *h)
{
    put_word(bytes + FRAME_TYPE_AT, h->type | FRAME_MARK);
    memcpy(bytes + FRAME_SENDER_AT, h->sender.text, NAME_FIELD);
    put_word(bytes + FRAME_GROUPS_AT, (uint32_t)h->num_groups);
    put_word(bytes + FRAME_HINT_AT, h->hint);
    put_word(bytes + FRAME_LEN_AT, (uint32_t)h->data_len);
}

uint32_t frame_hint(int16_t mess_type)
{
    return ((uint32_t)(uint16_t)mess_type << 8) | FRAME_MARK;
}

uint32_t frame_hint_bits(uint32_t hint)
{
    uint32_t word = marked_other(hint) ? word_swap(hint) : hint;
    return word & ~FRAME_ENDIAN_BITS;
}

int16_t frame_mess_type(uint32_t hint, bool *other_order)
{
    *other_order = marked_other(hint);
    return (int16_t)(uint16_t)(frame_hint_bits(hint) >> 8);
}
