/* SPDX-License-Identifier: MIT */
#include "libspread/wire/names.h"

#include <stdio.h>
#include <string.h>

bool name_bytes_legal(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < '$' || text[i] > '~')
            return false;
    return len > 0;
}

static struct name name_of(const char *bytes, size_t len)
{
    struct name n = {{0}};
    memcpy(n.text, bytes, len);
    return n;
}

struct name name_from_field(const uint8_t field[NAME_FIELD])
{
    return name_of((const char *)field, strnlen((const char *)field, NAME_FIELD - 1));
}

struct name name_from_text(const char *text)
{
    return name_of(text, strnlen(text, NAME_FIELD - 1));
}

struct name name_private(const char *connection, const char *daemon)
{
    struct name n = {{0}};
    snprintf(n.text, sizeof n.text, "#%.*s#%.*s", PRIVATE_NAME_MAX, connection, DAEMON_NAME_MAX,
             daemon);
    return n;
}

/* Copies the legal bytes from..to into part[max + 1]; false if they do not make a part. */
static bool copy_part(char *part, size_t max, const char *from, const char *to)
{
    size_t len = (size_t)(to - from);
    if (len > max || !name_bytes_legal(from, len))
        return false;
    memcpy(part, from, len);
    part[len] = '\0';
    return true;
}

bool name_split_private(const struct name *n, char connection[PRIVATE_NAME_MAX + 1],
                        char daemon[DAEMON_NAME_MAX + 1])
{
    if (!name_is_private(n))
        return false;
    const char *start = n->text + 1;
    const char *middle = strchr(start, '#');
    if (!middle)
        return false;
    const char *end = middle + 1 + strlen(middle + 1);
    return copy_part(connection, PRIVATE_NAME_MAX, start, middle) &&
           copy_part(daemon, DAEMON_NAME_MAX, middle + 1, end);
}

bool name_is_group(const struct name *n)
{
    return name_bytes_legal(n->text, strlen(n->text));
}
