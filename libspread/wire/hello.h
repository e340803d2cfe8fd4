/* SPDX-License-Identifier: MIT
 *
 * hello.h - the connect request and the choice of authentication.
 *
 *   request   major, minor, [patch], flags, length N of the name, N bytes of name
 *   answer    length L, L bytes "NULL IP " (each method followed by a space)
 *   choice    90 bytes: three slots of 30, a method in each, NUL-padded
 *   result    1, major, minor, [patch], length M, M bytes of private group
 * or, in place of the answer or the result, one reject byte (the code of sp.h).
 * Clients up to 3.14 have no patch bytes, those up to 3.15 no answer and choice.
 */
#ifndef SPREAD_WIRE_HELLO_H
#define SPREAD_WIRE_HELLO_H

#include "libspread/wire/bytes.h"
#include "libspread/wire/names.h"

enum {
    HELLO_MAX = 5 + PRIVATE_NAME_MAX, /* longest request */
    HELLO_MEMBERSHIP = 0x01,          /* flag: deliver membership notices */
    HELLO_PRIORITY = 0x10,            /* flag: a priority above 0 was asked for */
    AUTH_SLOTS = 3,
    AUTH_NAME = 30,                   /* bytes of a slot */
    AUTH_CHOICE = AUTH_SLOTS * AUTH_NAME,
    AUTH_LIST_MAX = 90,               /* longest list of methods */
};

struct hello {
    uint8_t major, minor, patch;
    bool has_patch;      /* the request has, and the answer must have, a patch byte */
    bool has_auth;       /* list and choice follow */
    bool membership;     /* wants notices */
    uint8_t name_len;
    char name[PRIVATE_NAME_MAX + 1];
};

enum hello_verdict {
    HELLO_OK,
    HELLO_MORE,     /* not all here yet */
    HELLO_VERSION,  /* client older than 3.1: reject -7 */
    HELLO_NAME,     /* no legal private name: reject -5 */
};

/* Decodes a request from the len bytes that have come so far; *used is its length when HELLO_OK.
 * HELLO_VERSION and HELLO_NAME are said as early as the bytes allow. */
enum hello_verdict hello_decode(struct hello *h, const uint8_t *bytes, size_t len, size_t *used);

/* The request a client of our version writes; returns its length, HELLO_MAX at most.
 * name may be ""; beyond PRIVATE_NAME_MAX bytes it is cut. */
size_t hello_encode(uint8_t bytes[HELLO_MAX], const char *name, bool priority, bool membership);

#endif
