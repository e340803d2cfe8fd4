/* SPDX-License-Identifier: MIT */
#include "libspread/wire/names.h"

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
    size_t len = strnlen(connection, PRIVATE_NAME_MAX);
    n.text[0] = n.text[1 + len] = '#';
    memcpy(n.text + 1, connection, len);
    memcpy(n.text + 2 + len, daemon, strnlen(daemon, DAEMON_NAME_MAX));
    return n;
}

bool name_of_connection(const struct name *n, const char *daemon,
                        char connection[PRIVATE_NAME_MAX + 1])
{
    const char *start = n->text + 1;
    const char *middle = name_is_private(n) ? strchr(start, '#') : NULL;
    if (!middle || strcmp(middle + 1, daemon) != 0)
        return false;
    size_t len = (size_t)(middle - start);
    if (len > PRIVATE_NAME_MAX || !name_bytes_legal(start, len))
        return false;
    memcpy(connection, start, len);
    connection[len] = '\0';
    return true;
}

bool name_is_group(const struct name *n)
{
    return name_bytes_legal(n->text, strlen(n->text));
}

bool name_may_be_joined(const struct name *n)
{
    for (const char *c = n->text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || *c == '#')
            return false;
    return n->text[0] != '\0';
}
