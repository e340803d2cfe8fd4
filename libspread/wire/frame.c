/* SPDX-License-Identifier: MIT */
#include "libspread/wire/frame.h"

static bool marked_other(uint32_t word)
{
    return (word & FRAME_ENDIAN_BITS) != FRAME_MARK;
}

static uint32_t word_of(uint32_t word, bool swapped)
{
    return swapped ? word_swap(word) : word;
}

/* Into the caller's struct: one that is returned is put together on the stack in words and copied from
 * there in sixteens, for which the processor waits, four times a message. */
void frame_decode(struct frame_header *h, const uint8_t bytes[FRAME_HEADER])
{
    uint32_t type = word_at(bytes + FRAME_TYPE_AT);
    bool swapped = marked_other(type);
    h->type = word_of(type, swapped) & ~FRAME_ENDIAN_BITS;
    memcpy(h->sender.text, bytes + FRAME_SENDER_AT, NAME_FIELD);
    h->num_groups = (int32_t)word_of(word_at(bytes + FRAME_GROUPS_AT), swapped);
    h->hint = word_at(bytes + FRAME_HINT_AT);
    h->data_len = (int32_t)word_of(word_at(bytes + FRAME_LEN_AT), swapped);
    h->swapped = swapped;
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
    return word_of(hint, marked_other(hint)) & ~FRAME_ENDIAN_BITS;
}

int16_t frame_mess_type(uint32_t hint, bool *other_order)
{
    *other_order = marked_other(hint);
    return (int16_t)(uint16_t)(frame_hint_bits(hint) >> 8);
}
