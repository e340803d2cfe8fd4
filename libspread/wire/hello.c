/* SPDX-License-Identifier: MIT */
#include "libspread/wire/hello.h"

/* The arithmetic of 5.0.1, signed bytes included: a major of 128 or more is negative, hence old. */
static int version_number(uint8_t major, uint8_t minor, uint8_t patch)
{
    return 10000 * (int8_t)major + 100 * (int8_t)minor + (int8_t)patch;
}

enum hello_verdict hello_decode(struct hello *h, const uint8_t *bytes, size_t len, size_t *used)
{
    struct reader r = reader_of(bytes, len);
    *h = (struct hello){0};

    h->major = read_u8(&r);
    h->minor = read_u8(&r);
    if (r.failed)
        return HELLO_MORE;
    h->has_patch = version_number(h->major, h->minor, 0) > 31400;
    if (h->has_patch)
        h->patch = read_u8(&r);
    if (r.failed)
        return HELLO_MORE;
    int version = version_number(h->major, h->minor, h->patch);
    if (version < 30100)
        return HELLO_VERSION;
    h->has_auth = version >= 31600;

    h->membership = read_u8(&r) & HELLO_MEMBERSHIP;
    h->name_len = read_u8(&r);
    if (r.failed)
        return HELLO_MORE;
    if (h->name_len > PRIVATE_NAME_MAX)
        return HELLO_NAME;
    size_t here = r.left < h->name_len ? r.left : h->name_len;
    const char *name = (const char *)read_bytes(&r, here);
    if (here > 0 && !name_bytes_legal(name, here))
        return HELLO_NAME;
    if (here < h->name_len)
        return HELLO_MORE;
    memcpy(h->name, name, here);
    *used = len - r.left;
    return HELLO_OK;
}

size_t hello_encode(uint8_t bytes[HELLO_MAX], const char *name, bool priority, bool membership)
{
    size_t name_len = strnlen(name, PRIVATE_NAME_MAX);
    bytes[0] = 5;
    bytes[1] = 0;
    bytes[2] = 1;
    bytes[3] = (uint8_t)((priority ? HELLO_PRIORITY : 0) | (membership ? HELLO_MEMBERSHIP : 0));
    bytes[4] = (uint8_t)name_len;
    memcpy(bytes + 5, name, name_len);
    return 5 + name_len;
}
