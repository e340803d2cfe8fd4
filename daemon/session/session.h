/* SPDX-License-Identifier: MIT
 *
 * session.h - the daemon's end of one mailbox, from accept to departure.
 *
 *   HELLO     the connect request is awaited          CHOICE, OPEN (old clients), REFUSED
 *   CHOICE    methods offered, the choice awaited     METHOD, OPEN, REFUSED
 *   METHOD    a method waits for its bytes, or for what comes of a password   METHOD, OPEN, REFUSED
 *   OPEN      messages both ways                      LEAVING, GONE
 *   LEAVING   said goodbye: nothing is read or written until its departure is ordered   GONE
 *   REFUSED   the reject byte goes out, then the end  GONE
 *   GONE      the connection is to be closed; while a departure is under way the name stays taken
 * Only session_enter writes the state.
 *
 * A session judges bytes; what they ask for is the caller's to carry out.
 */
#ifndef SPREAD_SESSION_SESSION_H
#define SPREAD_SESSION_SESSION_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "daemon/base/event.h"
#include "daemon/base/list.h"
#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "daemon/session/auth.h"
#include "daemon/session/identities.h"
#include "daemon/session/intake.h"
#include "daemon/session/outbox.h"
#include "daemon/session/uptake.h"
#include "daemon/session/request.h"

enum session_state {
    SESSION_HELLO,
    SESSION_CHOICE,
    SESSION_METHOD,
    SESSION_OPEN,
    SESSION_LEAVING,
    SESSION_REFUSED,
    SESSION_GONE,
};

struct source;
struct login;

enum { CERTIFICATE_NAME_MAX = IDENTITY_NAME };

/* What its source has been charged for a session: limits.h. */
struct tally {
    uint64_t bytes;
    uint32_t joined, joining; /* groups */
};

struct session {
    enum session_state state;
    enum why end_why;                          /* why it was ended; WHY_NONE: not yet */
    enum why auth_fault;                       /* METHOD: what the first method that said no has found; all
                                                  run nevertheless */
    unsigned passed;                           /* methods that have said yes: enum auth_method */
    uint64_t password;                         /* of the hash that it has passed PWORD with */
    uint8_t plan[AUTH_RUNS_MAX];               /* enum auth_method */
    uint8_t plan_at, plan_len;                 /* METHOD: which of the plan is next */
    bool has_patch, has_auth, notices;         /* of the connect request */
    bool opened;                               /* OPEN once, whatever came then */
    bool departing;                            /* its departure is on its way through the order */
    bool asked;                                /* the I/O is to say how much it left unread */
    bool passes;                               /* it was held so long: one message goes */
    bool local, tls;                           /* over the Unix socket; nobody on the way reads along */
    char name[PRIVATE_NAME_MAX + 1];           /* "" until it has one */
    uint16_t port;                             /* of its address */
    struct name private_group;
    const struct identity *identity;           /* lent by identities.h; a certificate is added before its first
                                                  byte is handed in */
    struct source *source;                     /* where it comes from ... */
    struct source *who;                        /* ... and who it is; NULL: that is not known beyond it */
    struct tally tally;
    struct login *login;                       /* METHOD: its password is to be checked; else NULL */
    usec deadline;                             /* of the handshake step, of REFUSED, or of an open one that is
                                                  held: it goes on then; else it means nothing */
    struct uptake uptake;                      /* as receiver: how it keeps up ... */
    enum slow_policy wish;                     /* ... what its program wants done if it does not ... */
    uint8_t waits;                             /* ... what others were told to let wait for it ... */
    uint64_t dropped, dropped_told;            /* ... messages it has not got; of them in events */
    usec held_since;                           /* as sender: its next message has waited; 0: it has not */
    struct outbox outbox;
    struct partial partial;
    uint32_t unsent;                           /* messages that were dropped with its output */
    uint32_t going_units;                      /* work of its departure that is in the order */
    uint64_t received, sent;                   /* messages */
    void *owner;                               /* the I/O's handle; NULL once it let go */
    struct link ready;                         /* among those the I/O has to look at */
    struct link waiting;                       /* among those with a deadline */
    struct link watched;                       /* as receiver, in struct crowd ... */
    struct link held;                          /* ... and as sender: not taken up now */
    struct link going;                         /* among those whose departure is to go on */
    struct grant *grant;                       /* what it may, while the rules are in force; NULL: everything */
    UT_hash_handle by_name;
};

/* What was lent with peer is not lent any longer than this. */
struct session *session_new(struct identities **identities, const struct peer *peer, void *owner);
void session_free(struct session *s);

/* Where it comes from; its groups are lent. */
static inline struct peer session_peer(const struct session *s)
{
    const struct identity *who = s->identity;
    return (struct peer){.local = s->local,
                         .uid = who->known & KNOWN_UID ? who->uid : IDENTITY_NOBODY,
                         .gids = who->gids,
                         .gid_count = who->gid_count,
                         .ip = who->ip,
                         .port = s->port,
                         .tls = s->tls};
}

void session_enter(struct session *s, enum session_state state);
/* Nobody will read what waits for it. */
void session_drop_output(struct session *s);

/* Something about s for the stream of events: from where it comes, and as whom if that is more than an
 * address; "" as its name: it has none yet. */
struct event_record session_event(enum event_kind kind, const struct session *s, enum why why);

/* True in the states whose input is taken apart. */
static inline bool session_listens(const struct session *s)
{
    return s->state <= SESSION_OPEN;
}

/* Its password is being checked, and there is more of it that has to wait for that. */
static inline bool session_is_checked(const struct session *s)
{
    return s->login && s->partial.block;
}

static inline bool session_is_open(const struct session *s)
{
    return s->state == SESSION_OPEN;
}

#endif
