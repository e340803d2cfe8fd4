/* SPDX-License-Identifier: MIT
 *
 * sources.h - where clients come from: each user of the Unix socket and each address is a source, as
 * long as one of its clients is here. What is shared out fairly is shared out among sources, and what
 * is limited is counted for each.
 */
#ifndef SPREAD_SESSION_SOURCES_H
#define SPREAD_SESSION_SOURCES_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "daemon/base/list.h"
#include "daemon/session/auth.h"

enum { SOURCE_KEY = 24 };

struct source {
    uint8_t key[SOURCE_KEY];
    uint32_t connections;
    struct link logins; /* passwords of its clients that wait to be checked: logins.h ... */
    struct link turn;   /* ... and its place among those who have some */
    UT_hash_handle by_key;
};

struct sources {
    struct source *by_key;
};

/* The source of a new connection, counted for it until sources_leave. */
struct source *sources_enter(struct sources *all, const struct peer *peer);
void sources_leave(struct sources *all, struct source *s);

#endif
