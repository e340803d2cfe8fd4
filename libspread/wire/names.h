/* SPDX-License-Identifier: MIT
 *
 * names.h - what names of connections, daemons and groups look like.
 *
 * A name field is 32 bytes: the text, a NUL, padding that means nothing. Inside
 * the daemon padding is always zero, so fields compare and hash as 32 bytes.
 */
#ifndef SPREAD_WIRE_NAMES_H
#define SPREAD_WIRE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
    NAME_FIELD = 32,       /* bytes of a name field: 31 usable */
    PRIVATE_NAME_MAX = 10, /* longest name of a connection */
    DAEMON_NAME_MAX = 19,  /* longest name of a daemon */
};

struct name {
    char text[NAME_FIELD]; /* zero-padded */
};

/* True if each of len bytes is '$' to '~'; false for len 0. */
bool name_bytes_legal(const char *text, size_t len);

/* The field as a name: cut at its NUL, or at byte 31 where there is none; padded with zeros. */
struct name name_from_field(const uint8_t field[NAME_FIELD]);

/* Text of at most 31 bytes as a name; longer text is cut. */
struct name name_from_text(const char *text);

static inline bool name_equal(const struct name *a, const struct name *b)
{
    return __builtin_memcmp(a->text, b->text, NAME_FIELD) == 0;
}

/* "#connection#daemon". The parts must be within their limits. */
struct name name_private(const char *connection, const char *daemon);

/* A destination that addresses one connection rather than a group. */
static inline bool name_is_private(const struct name *n)
{
    return n->text[0] == '#';
}

/* True if n is "#connection#daemon" with that daemon and a legal connection, which is filled in. */
bool name_of_connection(const struct name *n, const char *daemon,
                        char connection[PRIVATE_NAME_MAX + 1]);

/* A group that the library lets its user join, as that of 5.0.1 does: 1 to 31 legal bytes. */
bool name_is_group(const struct name *n);

/* A group that a daemon lets any client join: blanks, '!', '"' and bytes from 0x80 do no harm in it,
 * and 5.0.1 has groups called so. Not the empty name, not one with a '#', which might be taken for
 * a private name, and not one with control bytes, which would reach the terminals of others. */
bool name_may_be_joined(const struct name *n);

#endif
