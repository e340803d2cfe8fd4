/* SPDX-License-Identifier: MIT
 *
 * table.h - all sessions of this daemon: by private name, and by deadline.
 */
#ifndef SPREAD_SESSION_TABLE_H
#define SPREAD_SESSION_TABLE_H

#include "daemon/base/random.h"
#include "daemon/session/session.h"
#include "daemon/session/sources.h"

/* How long a client may take. The request follows connect() at once; authentication may ask a
 * person or another server. A refused client has time to read why. */
enum {
    HELLO_LIMIT_MS = 2000,
    AUTH_LIMIT_MS = 15000,
    LOGIN_LIMIT_MS = 60000, /* to check a password, with all that wait before it */
    REFUSED_LIMIT_MS = 2000,
};

struct session_table {
    struct session *by_name;
    struct link hello, auth, login, refused; /* waiting sessions, the earliest deadline first */
    struct random random;             /* for names */
    uint32_t named;                   /* counts invented names */
    uint32_t count;                   /* connections, unauthenticated ones included */
    struct source *sources;           /* where they come from ... */
    struct identities *identities;    /* ... and who they are */
};

void table_init(struct session_table *t, uint64_t seed);

/* A connection has come, whose session this is: WHY_NONE, or why it is to be refused; one is gone. */
enum why table_add(struct session_table *t, struct session *s, const struct conf *conf, usec now);
void table_remove(struct session_table *t, struct session *s);

/* The session that has a name, NULL if it is free. */
struct session *table_find(const struct session_table *t, const char *name);

/* The same by the private name that it has as a client of that daemon. */
struct session *table_find_private(const struct session_table *t, const struct name *who,
                                   const char *daemon_name);

/* Calls visit for limit of those that have a name, or a few more, in no order; the cursor of the next ones
 * (base/scan.h). */
uint64_t table_scan(const struct session_table *t, uint64_t cursor, size_t limit,
                    void (*visit)(void *context, const void *session), void *context);
/* Fills list with those of them that are furthest behind, the worst first, up to most; how many. */
uint32_t table_slowest(const struct session_table *t, const struct session **list, uint32_t most);
size_t table_named(const struct session_table *t);

/* Gives s the name, which must be legal, or a new one if it is "". False: it is taken. */
bool table_name(struct session_table *t, struct session *s, const char *name);
/* The name, if s has one, is free again. */
void table_unname(struct session_table *t, struct session *s);

/* Sets the deadline that goes with the state of s, or none. */
void table_watch(struct session_table *t, struct session *s, usec now);
/* For so long this process did not run, and heard nobody: that is no part of anybody's time. */
void table_forgive(struct session_table *t, usec lag, usec now);
/* The earliest deadline; NEVER if nobody has one. */
usec table_deadline(const struct session_table *t);
/* A session whose deadline has passed, no longer watched; NULL if there is none. */
struct session *table_take_overdue(struct session_table *t, usec now);

#endif
