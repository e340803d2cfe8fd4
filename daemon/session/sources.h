/* SPDX-License-Identifier: MIT
 *
 * sources.h - where clients come from: each user of the Unix socket and each address is a source, as
 * long as one of its clients is here; of IPv6 each network of 64 bits, for who has one address has all
 * others of it. Who has shown a password or certificate is a source, too, wherever
 * its clients are. What is shared out fairly is shared out among sources, and what
 * may be had is counted for each (limits.h).
 */
#ifndef SPREAD_SESSION_SOURCES_H
#define SPREAD_SESSION_SOURCES_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "daemon/base/fair.h"
#include "daemon/session/auth.h"

enum { SOURCE_KEY = IDENTITY_TEXT + 1 };

struct source {
    uint8_t key[SOURCE_KEY];
    struct source **all;
    uint32_t sessions;    /* that refer to it */
    uint32_t connections; /* of these, those that are there */
    uint32_t handshakes;  /* and are not in yet */
    uint32_t refused;     /* and are being told so */
    uint64_t groups;      /* that its clients are in, each for itself, and joins that are under way */
    uint64_t bytes;       /* that wait for its clients */
    struct fair_line logins; /* passwords of its clients that wait to be checked */
    struct fair_line shakes; /* handshakes of TLS that wait to be computed */
    UT_hash_handle by_key;
};

/* The source of that peer, among all, with one more session. */
struct source *source_take(struct source **all, const struct peer *peer);
/* The source that a client is by what it has shown; NULL: it has shown nothing of the kind. */
struct source *source_take_identity(struct source **all, const struct identity *who);
/* A session refers to it no more. NULL: to none. */
void source_release(struct source *s);

#endif
