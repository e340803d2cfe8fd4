/* SPDX-License-Identifier: MIT
 *
 * logins.h - passwords that wait to be checked, and those that are being checked.
 *
 * To hash one takes tens of milliseconds, in which no token could be passed on, so the I/O does it
 * beside its loop, a few at a time: logins_next says which hash to make next, logins_answer is told
 * whether it was the right one. An answer may come late, twice, or never: a login that nobody waits
 * for any more is forgotten, and its number with it.
 *
 * Who comes first is served first, but each source (sources.h) in its turn.
 *
 * Whether a user has that hash is asked of the policy when its turn has come. If another policy comes
 * into force meanwhile, the answer is one to an old question, and it is asked again.
 */
#ifndef SPREAD_SESSION_LOGINS_H
#define SPREAD_SESSION_LOGINS_H

#include "daemon/base/fair.h"
#include "daemon/session/session.h"

struct login {
    struct session *session;
    struct link place; /* among those of its source that wait, or among those that are checked */
    uint32_t number;   /* while it is checked */
    size_t entry;      /* which of the policy's users is asked about */
    bool unknown;      /* there is no such user: any hash will do, so that it takes as long */
    bool stale;        /* another policy has come into force since */
    uint8_t credentials[AUTH_PWORD_LEN];
};

struct logins {
    struct fair waiting;  /* of the sources */
    struct link checking; /* logins */
    uint32_t numbers;     /* given out so far */
};

/* Whether the password makes the hash. */
struct login_question {
    uint32_t number;
    char password[AUTH_PASSWORD + 1];
    char hash[AUTH_HASH + 1]; /* "": there is nobody who can log in */
};

void logins_init(struct logins *l);

/* The session waits for what comes of these credentials. */
void logins_add(struct logins *l, struct session *s, const uint8_t credentials[AUTH_PWORD_LEN]);
/* It does not any more; nothing if it did not. Wipes them. */
void logins_drop(struct session *s);

static inline bool logins_wait(const struct logins *l)
{
    return !fair_empty(&l->waiting);
}

/* What is to be checked next, among the users of p. False: nothing. */
bool logins_next(struct logins *l, const struct auth_policy *p, struct login_question *q);
/* The session that this settles, which waits no more, and if nothing is at fault is known by its user from
 * now on; NULL: none, or it is to be asked again. */
struct session *logins_answer(struct logins *l, const struct auth_policy *p, uint32_t number,
                              bool matches, enum why *fault);
/* Another policy is in force. */
void logins_on_policy(struct logins *l);

#endif
