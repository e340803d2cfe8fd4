/* SPDX-License-Identifier: MIT
 *
 * known.h - the daemons whose packets have been opened, by name, and of each the lives: which numbers
 * have come of a life, and its ciphers.
 *
 * Of a daemon KNOWN_LIVES lives are kept, the one that was heard last and the one that the core
 * believes in among them. A daemon that a reload takes out of the file is kept as well: d3, which is
 * taken out and put in again, still has had its packets 1 to 56. When more daemons have been heard
 * than KNOWN_DAEMONS, one that is not in the file goes.
 */
#ifndef SPREAD_SEAL_KNOWN_H
#define SPREAD_SEAL_KNOWN_H

#include "daemon/config/conf.h"
#include "daemon/seal/cipher.h"
#include "daemon/seal/replay.h"

enum { KNOWN_LIVES = 8, KNOWN_DAEMONS = 2 * CONF_DAEMONS_MAX };

struct known_life {
    uint64_t incarnation;
    uint64_t heard; /* the last time: counts what was opened of the daemon */
    struct replay replay;
    struct cipher *ciphers[KEYS_MOST]; /* by place in the keyring; NULL: not made yet */
};

struct known_daemon {
    char name[CONF_DAEMON_NAME];
    struct known_life *lives[KNOWN_LIVES];
    uint64_t heard;
    uint8_t last_key; /* id of the one that its last packet was sealed with; 0: it was open */
};

struct known {
    struct known_daemon *daemons[KNOWN_DAEMONS];
    int count;
    struct known_daemon *at[CONF_DAEMONS_MAX]; /* by place in the file; NULL: not looked for yet */
};

void known_fini(struct known *k);

/* Daemon i of the file; made if it is heard for the first time. */
struct known_daemon *known_daemon(struct known *k, const struct conf *conf, unsigned i);
/* Daemons have other places. */
void known_on_renumbered(struct known *k);
/* All ciphers are to be made anew; numbers that have come stay known. */
void known_forget_ciphers(struct known *k);

/* NULL: it is not known. */
struct known_life *known_life(const struct known_daemon *d, uint64_t incarnation);
/* A new one, in the place of the one heard the longest ago that is not believed in. */
struct known_life *known_add_life(struct known_daemon *d, uint64_t incarnation, uint64_t believed);
/* A packet of that number has proved to be genuine. */
void known_note(struct known_daemon *d, struct known_life *l, uint64_t number);

#endif
