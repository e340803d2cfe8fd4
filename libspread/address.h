/* SPDX-License-Identifier: MIT
 *
 * address.h - where a daemon is, as applications write it: "", "PORT", "PORT@HOST" or "tls:PORT@HOST".
 */
#ifndef SPREAD_ADDRESS_H
#define SPREAD_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

enum { ADDRESS_MAX = 70 }; /* longest text that 5.0.1 takes; "tls:" is not counted */

struct address {
    uint16_t port;
    bool tls;
    char host[ADDRESS_MAX + 1]; /* "": the Unix socket of that port */
};

/* Null and "" mean the Unix socket of port 4803. Blanks in front of the number, between it and the
 * @, and whatever follows a blank behind the host, are as good as absent. False: malformed, or a
 * number that is no port. */
bool address_parse(struct address *a, const char *text);

enum { ADDRESS_TEXT = ADDRESS_MAX + 12 };

/* As applications write it. Returns text. */
const char *address_text(const struct address *a, char text[ADDRESS_TEXT]);

#endif
