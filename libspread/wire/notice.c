/* SPDX-License-Identifier: MIT */
#include "libspread/wire/notice.h"

static uint32_t swap_at(uint8_t *p)
{
    uint32_t v = word_swap(word_at(p));
    put_word(p, v);
    return v;
}

bool notice_swap(uint8_t *body, size_t len)
{
    if (len == 0)
        return true; /* a self-leave */
    if (len < NOTICE_ID_LEN)
        return false;
    for (size_t at = 0; at < NOTICE_ID_LEN; at += 4)
        swap_at(body + at);
    if (len == NOTICE_ID_LEN)
        return true; /* a transitional notice */
    if (len < NOTICE_FIRST_SET)
        return false;
    uint32_t sets = swap_at(body + NOTICE_SETS_AT);
    swap_at(body + NOTICE_OWN_AT);

    size_t at = NOTICE_FIRST_SET;
    for (uint32_t i = 0; i < sets; i++) {
        if (len - at < 4)
            return false;
        uint32_t members = swap_at(body + at);
        at += 4;
        if (members > (len - at) / NAME_FIELD)
            return false;
        at += (size_t)members * NAME_FIELD;
    }
    return at == len;
}
