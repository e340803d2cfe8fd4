/* SPDX-License-Identifier: MIT */
#include "daemon/config/shape.h"

#include <string.h>

#define DECIMAL "0123456789"
#define HEX     DECIMAL "abcdefABCDEF"
#define ZONE    DECIMAL "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ._:@-"

/* How many bytes of set text begins with, counting to limit at most. */
static size_t run(const char *text, size_t len, const char *set, size_t limit)
{
    size_t n = 0;
    while (n < len && n < limit && text[n] && strchr(set, text[n]))
        n++;
    return n;
}

size_t shape_digits(const char *text, size_t len, size_t limit)
{
    return run(text, len, DECIMAL, limit);
}

bool shape_is_number(const char *text, size_t len)
{
    return len > 0 && shape_digits(text, len, NUMBER_DIGITS) == len;
}

size_t shape_ipv4(const char *text, size_t len)
{
    size_t at = 0;
    for (int group = 0; group < 4; group++) {
        if (group > 0) {
            if (at >= len || text[at] != '.')
                return 0;
            at++;
        }
        size_t digits = shape_digits(text + at, len - at, 3);
        if (digits == 0)
            return 0;
        at += digits;
    }
    return at;
}

/* The part before "%". */
static bool is_ipv6_groups(const char *text, size_t len)
{
    int groups = 0, before_gap = -1;
    size_t at = 0;

    while (at < len) {
        if (text[at] == ':') {
            if (before_gap >= 0 || at + 1 >= len || text[at + 1] != ':')
                return false;
            before_gap = groups;
            at += 2;
            continue;
        }
        size_t digits = run(text + at, len - at, HEX, 4);
        if (digits == 0)
            return false;
        at += digits;
        groups++;
        if (at == len)
            break;
        if (text[at] != ':' || at + 1 == len)
            return false;
        if (text[at + 1] != ':')
            at++;
    }
    return before_gap < 0 ? groups == 8 : before_gap <= 7 && groups - before_gap <= 7;
}

bool shape_is_ipv6(const char *text, size_t len)
{
    const char *zone = memchr(text, '%', len);
    if (!zone)
        return is_ipv6_groups(text, len);
    size_t head = (size_t)(zone - text), tail = len - head - 1;
    return tail > 0 && run(zone + 1, tail, ZONE, tail) == tail && is_ipv6_groups(text, head);
}
