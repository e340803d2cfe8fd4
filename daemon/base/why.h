/* SPDX-License-Identifier: MIT
 *
 * why.h - every reason that a daemon gives for what it does, as a number: why the membership goes from
 * one state to another, why a packet, a client or a command is refused, why a session ends. What the
 * log, the counters and the simulator say of a reason goes by its number; its words stand in one
 * table, why.c, and nowhere else.
 */
#ifndef SPREAD_BASE_WHY_H
#define SPREAD_BASE_WHY_H

enum why {
    WHY_NONE, /* nothing is wrong; and what that is called in each room: */
    ADMITTED = WHY_NONE,
    NO_DOUBT = WHY_NONE,
    MONITOR_OBEYED = WHY_NONE,
    REQUEST_OK = WHY_NONE,

    /* -- why the membership moves ---------------------------------------------------------- */

    /* the ring is lost */
    WHY_TOKEN_LOST,
    WHY_SUCCESSOR_SILENT,
    WHY_LEADER_SILENT,
    WHY_UNREACHABLE,
    WHY_UNHEARD,
    WHY_SUSPECTED,
    WHY_MEMBER_SUSPECTED,
    WHY_MEMBER_RESTARTED,
    WHY_MEMBER_GATHERS,
    WHY_MEMBER_STAYED_BEHIND,
    WHY_LEFT_BEHIND,
    WHY_LATER_RING,
    /* looking around */
    WHY_START,
    WHY_RELOAD,
    WHY_SMALLEST_HERE,
    WHY_SPOKEN_FOR,
    WHY_SPEAKER_SILENT,
    WHY_NOT_SMALLEST,
    WHY_NOT_ASKED,
    /* a ring is proposed */
    WHY_GATHERED,
    WHY_MERGE,
    WHY_MEMBER_DEAF,
    WHY_MEMBER_MUTE,
    WHY_MEMBER_LEAVES,
    WHY_NOT_ACCEPTED,
    WHY_REFUSED,
    WHY_STALE,
    WHY_FELL_SILENT,
    WHY_NOT_LINKED,
    WHY_NOT_REACHED,
    /* it comes about, or does not */
    WHY_ACCEPTED,
    WHY_ALL_ACCEPTED,
    WHY_ALL_RECOVERED,
    WHY_INSTALLED,
    WHY_TURNS_ALREADY,
    WHY_OTHER_COORDINATES,
    WHY_WITHDRAWN,
    WHY_COORDINATOR_SILENT,
    WHY_TOLD_TO_STOP,

    /* -- why a datagram is not let in: net/admit.h ------------------------------------------- */
    REFUSED_LENGTH,    /* too short, or length and body length disagree */
    REFUSED_VERSION,   /* another version of the protocol */
    REFUSED_TYPE,      /* no such packet */
    REFUSED_HASH,      /* the sender has another configuration */
    REFUSED_SENDER,    /* no such daemon */
    REFUSED_SELF,      /* our own, come back */
    REFUSED_TWIN,      /* of another process under our name */
    REFUSED_SOURCE,    /* not from that daemon's address */
    REFUSED_RECEIVER,  /* for another daemon */
    REFUSED_PARTITION, /* the monitor has cut the sender off */
    /* ... or not opened: seal/seal.h */
    REFUSED_OPEN,   /* not sealed */
    REFUSED_SEALED, /* sealed, and there are no keys here */
    REFUSED_KEY,    /* with a key that is not known here */
    REFUSED_TAG,    /* not what was sealed with the key of that id */
    REFUSED_REPLAY, /* has come before, or is too old to tell */
    REFUSED_TRIALS, /* of a life that is not known, and too many of these came */

    /* -- why a packet of a daemon is not believed: ring/doubt.h ------------------------------- */
    DOUBT_BODY,        /* the body does not decode */
    DOUBT_EPOCH,       /* further ahead than any clock can be */
    DOUBT_STATE,       /* no state of a daemon */
    DOUBT_LIFE,        /* speaks for others, but not for itself in this life */
    DOUBT_STRANGER,    /* speaks as a member of a ring that it is not in */
    DOUBT_REFERRAL,    /* refers us to ourselves */
    DOUBT_NUMBER,      /* a packet whose number is out of reach */
    DOUBT_OURS,        /* a packet in our name that we never sent */
    DOUBT_LENGTH,      /* longer than the packets of its ring are */
    DOUBT_TOKEN,       /* a token that does not follow from the last one */
    DOUBT_TOKEN_NAMES, /* a token that names who is no member */
    DOUBT_PACKET_SIZE, /* a size that packets may not have */
    DOUBT_OLD_RING,    /* what was received of the old ring does not fit what others received */
    DOUBT_PLAN,        /* a plan that does not fit what we have */
    DOUBT_REFUSAL,     /* refuses an epoch that is above all it has promised */

    /* -- why a monitor is not obeyed: monitor/monitor.h --------------------------------------- */
    /* not from a monitor of ours: */
    MONITOR_NO_LENGTH,      /* too short, or the length is not what the header says */
    MONITOR_NO_HASH,        /* another configuration */
    MONITOR_NO_TRANSMITTER, /* poses as no daemon of the configuration */
    MONITOR_NO_SOURCE,      /* not from that daemon's address */
    MONITOR_NO_COMMAND,     /* none that is known */
    MONITOR_NO_PROCESS,     /* names no daemon of the configuration */
    MONITOR_NO_KEY,         /* sealed with a key that is not known here */
    MONITOR_NO_SEAL,        /* not what was sealed with the key of that id */
    MONITOR_TOO_MANY,       /* so many sealed ones that they are not looked at */
    /* a command, refused: */
    MONITOR_NOT_DANGEROUS, /* DangerousMonitor is off */
    MONITOR_NOT_SEALED,    /* there are daemon keys */
    MONITOR_NOT_FRESH,     /* sealed for another moment */
    MONITOR_AGAIN,         /* has come before: monitors send two of each */
    MONITOR_TOO_SHORT,     /* not a number for every daemon */
    MONITOR_OUT_OF_RANGE,  /* a negative window, other than keep */

    /* -- why a client is not let in: session/handshake.h -------------------------------------- */
    HELLO_NO_VERSION,    /* older than 3.1 */
    HELLO_NO_NAME,       /* its private name is illegal ... */
    HELLO_NAME_TAKEN,    /* ... or in use */
    HELLO_NO_AUTH,       /* authentication failed ... */
    HELLO_NO_OLD_AUTH,   /* ... of a client that cannot be asked */
    HELLO_NO_METHOD,     /* it chose a method that is not allowed ... */
    HELLO_METHODS_NONE,  /* ... or there is none that is */
    HELLO_NO_TLS,        /* TLSRequire, and it came without TLS ... */
    HELLO_NO_CERTIFICATE, /* ... or without a certificate */
    HELLO_TLS_BROKEN,    /* it speaks no TLS that we do, or broke off */
    HELLO_TLS_ISSUER,    /* its certificate is of nobody in TLSCAFile ... */
    HELLO_TLS_EXPIRED,   /* ... or not valid now ... */
    HELLO_TLS_REVOKED,   /* ... or in TLSCRLFile ... */
    HELLO_TLS_NO_CRL,    /* ... where nothing is said of its issuer, or not of now ... */
    HELLO_TLS_CERTIFICATE, /* ... or wrong otherwise */
    HELLO_TLS_CROWDED,   /* too many others began a TLS handshake before it ended its own */
    HELLO_NOT_KNOWN,     /* only those are whom the system or TLS knows */
    HELLO_IN_CLEAR,      /* its password would have to cross the network for everybody to read */
    HELLO_MAY_NOT,       /* the policy does not let it in, or not under that name */
    HELLO_WEAK_HASH,     /* its password is kept as a hash that is guessed too fast */
    HELLO_NOT_IN_TIME,   /* no connect request came */
    HELLO_AUTH_NOT_DONE, /* no answer to our offer came */
    HELLO_CONNECTIONS,   /* its source has as many connections as it may ... */
    HELLO_HANDSHAKES,    /* ... or handshakes under way */
    HELLO_LOGIN_LATE,    /* its password was not checked in time */

    /* -- what is wrong with a client's message: session/request.h ----------------------------- */
    REQUEST_TYPE,    /* not exactly one service or request; or a bit that only daemons set */
    REQUEST_SENDER,  /* the sender is not the session's own private group */
    REQUEST_GROUPS,  /* number of groups */
    REQUEST_HINT,    /* unused bits of the hint */
    REQUEST_LENGTH,  /* negative body length */
    REQUEST_TOO_BIG, /* groups and body together */
    REQUEST_NO_NAME, /* a join or leave of what can be no group: sent back */
    REQUEST_GROUPS_MOST, /* its source is in as many groups as it may: sent back */
    REQUEST_MAY_NOT_JOIN,    /* the policy does not allow it: sent back */
    REQUEST_MAY_NOT_SEND,
    REQUEST_MAY_NOT_PRIVATE,

    /* -- why another configuration is not taken over: io/reload.h; or this daemon is not in it -- */
    RELOAD_NO_FILE,    /* this one runs without a file */
    RELOAD_WRONG_FILE, /* what is wrong was told line by line */
    RELOAD_INTERFACES, /* those of this daemon have changed */
    RELOAD_ACCESS,     /* an access file is wrong */
    RELOAD_TLS,        /* a certificate or key cannot be used */
    RELOAD_KEYS,       /* the file of keys is, or cannot be read */
    RELOAD_SOCKETS,    /* what it needs of the system cannot be had */
    RELOAD_CHANGED,    /* id, address or port of this daemon */
    RELOAD_REMOVED,    /* this daemon is not in it */

    /* -- why somebody who asks for the status is not answered: io/http.h ----------------------- */
    STATUS_MALFORMED, /* no request that is understood */
    STATUS_TOO_LONG,  /* its head is */
    STATUS_METHOD,    /* neither GET nor HEAD */
    STATUS_STRANGER,  /* StatusAccess is local, and it comes from elsewhere */
    STATUS_HOST,      /* likewise, and it asks for another host */
    STATUS_LATE,      /* it did not ask, or not read, in time */
    STATUS_CROWDED,   /* too many others came after it */

    /* -- why a session ends ------------------------------------------------------------------- */
    END_DISCONNECTED, /* it said goodbye */
    END_CLOSED,       /* the client closed the connection without a word */
    END_BROKEN,       /* the system says that the connection is broken */
    END_REFUSED,      /* it was not let in */
    END_TOO_MUCH,     /* too much waited for its source, and for it */
    END_TOO_SLOW,     /* it did not read what waited for it */
    END_REVOKED,      /* what it was let in by does not let it in any more */

    /* -- what daemons do not agree on: groups/agreement.h ------------------------------------- */
    DISAGREE_COUNT, /* one has delivered more messages than the other */
    DISAGREE_ORDER, /* others, or in another order */
    DISAGREE_MEMBERS, /* the same in one order, but a group had other members meanwhile */
    DISAGREE_LAST,  /* they left the view before with different ones, though together */
    WHYS,
};

const char *why_text(enum why why);

#endif
