/* SPDX-License-Identifier: MIT */
#include "libspread/wire/notice.h"

static uint8_t *byte_at(const struct iovec *pieces, size_t at)
{
    while (at >= pieces->iov_len)
        at -= pieces++->iov_len;
    return (uint8_t *)pieces->iov_base + at;
}

/* Turns the word at a place that all pieces together have; it may lie in several. */
static uint32_t swap_at(const struct iovec *pieces, size_t at)
{
    uint8_t turned[4], *byte[4];
    for (size_t i = 0; i < 4; i++) {
        byte[i] = byte_at(pieces, at + i);
        turned[3 - i] = *byte[i];
    }
    for (size_t i = 0; i < 4; i++)
        *byte[i] = turned[i];
    return word_at(turned);
}

bool notice_swap(const struct iovec *pieces, size_t len)
{
    if (len == 0)
        return true; /* a self-leave */
    if (len < NOTICE_ID_LEN)
        return false;
    for (size_t at = 0; at < NOTICE_ID_LEN; at += 4)
        swap_at(pieces, at);
    if (len == NOTICE_ID_LEN)
        return true; /* a transitional notice */
    if (len < NOTICE_FIRST_SET)
        return false;
    uint32_t sets = swap_at(pieces, NOTICE_SETS_AT);
    swap_at(pieces, NOTICE_OWN_AT);

    size_t at = NOTICE_FIRST_SET;
    for (uint32_t i = 0; i < sets; i++) {
        if (len - at < 4)
            return false;
        uint32_t members = swap_at(pieces, at);
        at += 4;
        if (members > (len - at) / NAME_FIELD)
            return false;
        at += (size_t)members * NAME_FIELD;
    }
    return at == len;
}
