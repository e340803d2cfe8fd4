/* SPDX-License-Identifier: MIT
 *
 * identity.h - who a client is, as far as it is known: by what it has shown, and by what the system says
 * of its connection. Rules of a policy (policy.h) and limits ask it, and nobody asks the session.
 *
 *   null   nothing is known               user   the password of a user (PWORD)
 *   ip     the address of a connection    cert   a certificate that was verified (CERT)
 *   uid    user and groups of the process at the other end of the Unix socket (UID)
 *
 * More than one may be known: the client at 10.0.0.7 that has said the password of alice is both.
 */
#ifndef SPREAD_RIGHTS_IDENTITY_H
#define SPREAD_RIGHTS_IDENTITY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "daemon/base/ip.h"

/* Bits, the strongest last. */
enum identity_fact {
    KNOWN_IP = 1,
    KNOWN_UID = 2,
    KNOWN_USER = 4,
    KNOWN_CERT = 8,
};

enum {
    IDENTITY_NAME = 64, /* longest name of a user or certificate */
    IDENTITY_TEXT = IDENTITY_NAME + 8,
};

/* No process runs as this one. */
#define IDENTITY_NOBODY UINT32_MAX

struct identity {
    unsigned known; /* enum identity_fact */
    struct ip ip;
    uint32_t uid;
    uint32_t *gids; /* the groups of uid, owned */
    size_t gid_count;
    char *user, *cert; /* owned; NULL: not known, as for most */
};

void identity_fini(struct identity *who);

void identity_add_ip(struct identity *who, const struct ip *ip);
/* The groups are copied. IDENTITY_NOBODY: the system could not say, so nothing is known. */
void identity_add_uid(struct identity *who, uint32_t uid, const uint32_t *gids, size_t gid_count);
/* fact: KNOWN_USER or KNOWN_CERT. A name that is empty, too long, or has bytes that would do harm in a log
 * proves nothing: false. */
bool identity_add_name(struct identity *who, enum identity_fact fact, const char *name);

bool identity_has_gid(const struct identity *who, uint32_t gid);

/* The strongest of what is known, as "user:alice", "uid:1000" or "null": what limits count by, and what
 * the log says. */
const char *identity_text(const struct identity *who, char text[IDENTITY_TEXT]);

#endif
