/* SPDX-License-Identifier: MIT */
#include "libspread/wire/ask.h"

#include <string.h>

enum { FIXED = 5 }; /* bytes in front of the name */

static bool is_kind(uint8_t byte)
{
    return byte == ASK_END || byte == ASK_POLICY || byte == ASK_DROPPED;
}

bool ask_begins(const uint8_t *bytes, size_t len)
{
    return len >= 2 && bytes[0] == 0 && is_kind(bytes[1]);
}

enum ask_verdict ask_decode(struct ask *a, const uint8_t *bytes, size_t len)
{
    *a = (struct ask){.kind = ASK_END};
    if (len < FIXED)
        return ASK_MORE;
    a->kind = (enum ask_kind)bytes[1];
    size_t name_len = bytes[4], more = a->kind == ASK_POLICY;
    if (name_len == 0 || name_len > PRIVATE_NAME_MAX)
        return ASK_BAD;
    if (len < FIXED + name_len + more)
        return ASK_MORE;
    if (!name_bytes_legal((const char *)bytes + FIXED, name_len))
        return ASK_BAD;
    a->port = (uint16_t)(bytes[2] << 8 | bytes[3]);
    memcpy(a->name, bytes + FIXED, name_len);
    a->policy = more ? bytes[FIXED + name_len] : 0;
    return a->policy <= ASK_POLICY_MOST ? ASK_OK : ASK_BAD;
}

size_t ask_encode(uint8_t bytes[ASK_MAX], const struct ask *a)
{
    size_t name_len = strnlen(a->name, PRIVATE_NAME_MAX), len = FIXED + name_len;
    bytes[0] = 0;
    bytes[1] = (uint8_t)a->kind;
    bytes[2] = (uint8_t)(a->port >> 8);
    bytes[3] = (uint8_t)a->port;
    bytes[4] = (uint8_t)name_len;
    memcpy(bytes + FIXED, a->name, name_len);
    if (a->kind == ASK_POLICY)
        bytes[len++] = a->policy;
    return len;
}

/* -- answers --------------------------------------------------------------------------------- */

static void put_number(uint8_t *at, uint64_t n, int len)
{
    for (int i = len - 1; i >= 0; i--, n >>= 8)
        at[i] = (uint8_t)n;
}

static uint64_t number_at(const uint8_t *at, int len)
{
    uint64_t n = 0;
    for (int i = 0; i < len; i++)
        n = n << 8 | at[i];
    return n;
}

size_t ask_answer_len(enum ask_kind kind)
{
    return kind == ASK_END ? 6 : kind == ASK_DROPPED ? ASK_ANSWER_MAX : 2;
}

size_t ask_answer(uint8_t bytes[ASK_ANSWER_MAX], const struct ask_answer *a)
{
    bytes[0] = (uint8_t)a->kind;
    bytes[1] = a->kind == ASK_END ? (uint8_t)a->reason : a->done;
    if (a->kind == ASK_END)
        put_number(bytes + 2, a->seconds, 4);
    else if (a->kind == ASK_DROPPED)
        put_number(bytes + 2, a->dropped, 8);
    return ask_answer_len(a->kind);
}

bool ask_answered(const uint8_t *bytes, enum ask_kind kind, struct ask_answer *a)
{
    *a = (struct ask_answer){.kind = kind};
    if (bytes[0] != (uint8_t)kind)
        return false;
    if (kind == ASK_END) {
        a->reason = bytes[1] <= ENDED_REVOKED ? (enum ended)bytes[1] : ENDED_UNKNOWN;
        a->seconds = (uint32_t)number_at(bytes + 2, 4);
        return true;
    }
    a->done = bytes[1] == 1;
    a->dropped = kind == ASK_DROPPED ? number_at(bytes + 2, 8) : 0;
    return true;
}
