/* SPDX-License-Identifier: MIT
 *
 * ends.h - why sessions ended that the daemon ended, for those who ask (libspread/wire/ask.h).
 *
 * The last ENDS_MAX are known, however many come. Who asks has to be whose session it was, as far as
 * that can be told: over the Unix socket the same user, over TCP from the same address, and with
 * the port that the ended connection had there, which no stranger was told.
 */
#ifndef SPREAD_SESSION_ENDS_H
#define SPREAD_SESSION_ENDS_H

#include "daemon/base/why.h"
#include "daemon/session/session.h"
#include "libspread/wire/ask.h"

enum { ENDS_MAX = 1024 };

struct end {
    char name[PRIVATE_NAME_MAX + 1];
    struct peer peer;
    enum ended reason;
};

struct ends {
    struct end list[ENDS_MAX]; /* a ring; the next goes to count % ENDS_MAX */
    uint64_t count;
};

/* An open session ends; what its client did by itself is not noted. */
void ends_note(struct ends *e, const struct session *s, enum why why);

/* Whether he who asks has, or had, a session from there, as far as that can be told. */
bool ends_may_know(const struct peer *was, const struct ask *question, const struct peer *asker);

/* Why the session in question ended last, as far as the asker may know. */
enum ended ends_find(const struct ends *e, const struct ask *question, const struct peer *asker);

#endif
