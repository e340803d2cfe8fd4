/* SPDX-License-Identifier: MIT */
#include "libspread/wire/ask.h"

#include <string.h>

enum { FIXED = 5 }; /* bytes in front of the name */

bool ask_begins(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[0] == 0 && bytes[1] == ASK_MARK;
}

enum ask_verdict ask_decode(struct ask *a, const uint8_t *bytes, size_t len)
{
    *a = (struct ask){0};
    if (len < FIXED)
        return ASK_MORE;
    size_t name_len = bytes[4];
    if (name_len == 0 || name_len > PRIVATE_NAME_MAX)
        return ASK_BAD;
    if (len < FIXED + name_len)
        return ASK_MORE;
    if (!name_bytes_legal((const char *)bytes + FIXED, name_len))
        return ASK_BAD;
    a->port = (uint16_t)(bytes[2] << 8 | bytes[3]);
    memcpy(a->name, bytes + FIXED, name_len);
    return ASK_OK;
}

size_t ask_encode(uint8_t bytes[ASK_MAX], const struct ask *a)
{
    size_t name_len = strnlen(a->name, PRIVATE_NAME_MAX);
    bytes[0] = 0;
    bytes[1] = ASK_MARK;
    bytes[2] = (uint8_t)(a->port >> 8);
    bytes[3] = (uint8_t)a->port;
    bytes[4] = (uint8_t)name_len;
    memcpy(bytes + FIXED, a->name, name_len);
    return FIXED + name_len;
}

void ask_answer(uint8_t bytes[ASK_ANSWER], enum ended reason, uint32_t seconds)
{
    bytes[0] = ASK_MARK;
    bytes[1] = (uint8_t)reason;
    for (int i = 0; i < 4; i++)
        bytes[2 + i] = (uint8_t)(seconds >> (24 - 8 * i));
}

bool ask_answered(const uint8_t bytes[ASK_ANSWER], enum ended *reason, uint32_t *seconds)
{
    *reason = bytes[1] <= ENDED_BROKEN ? (enum ended)bytes[1] : ENDED_UNKNOWN;
    *seconds = 0;
    for (int i = 0; i < 4; i++)
        *seconds = *seconds << 8 | bytes[2 + i];
    return bytes[0] == ASK_MARK;
}
