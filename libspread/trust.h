/* SPDX-License-Identifier: MIT
 *
 * trust.h - whom TLS believes, and what it shows of us: by SP_set_tls, or by the environment.
 *
 * What the files make is kept, and made anew when one of them has changed or SP_set_tls was called; so
 * are tickets for a short handshake, one for each daemon, till then.
 */
#ifndef SPREAD_TRUST_H
#define SPREAD_TRUST_H

#include "libspread/address.h"
#include "libspread/openssl.h"

enum { TRUST_WHY = 160 };

typedef int trust_on_ticket(SSL *ssl, SSL_SESSION *ticket);

/* A new end of a connection to that address, which accepts nobody else's certificate. NULL with a
 * sentence in why. *trust is for trust_keep; on_ticket, always the same, is given tickets as they come. */
SSL *trust_new(const struct address *a, trust_on_ticket *on_ticket, char why[TRUST_WHY],
               uint64_t *trust);

/* A ticket has come from the daemon at that address, under that trust; takes it over. */
void trust_keep(const struct address *a, uint64_t trust, SSL_SESSION *ticket);

#endif
