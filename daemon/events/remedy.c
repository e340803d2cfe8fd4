/* SPDX-License-Identifier: MIT */
#include "daemon/events/remedy.h"

#include <stddef.h>

#define SAME_FILE "give all hosts the same file, and reload"
#define SAME_KEYS "give all hosts the same keys, and reload"
#define NO_DAEMON "something else sends to this port: let a packet filter keep it out, or take another port"
#define FAULTY "if it goes on, restart that daemon, and tell us"
#define PROGRAM "that program, or its library, is at fault"
#define ACCESS "see spread.access_ip and spread.access_pword"
#define POLICY "see the file that PolicyFile names"
#define TWO_FILES "give spmonitor the file that the daemons have"
#define MONITOR_KEYS "give spmonitor the keys of the daemons, with --key"
#define LINES_BEFORE "mend what the lines before name, and reload again"

/* Of what was refused, by the reason. */
static const char *const of_reason[WHYS] = {
    [REFUSED_LENGTH] = NO_DAEMON,
    [REFUSED_TYPE] = NO_DAEMON,
    [REFUSED_VERSION] = "let the same release run on all hosts",
    [REFUSED_HASH] = SAME_FILE,
    [REFUSED_SENDER] = SAME_FILE,
    [REFUSED_TWIN] = "end one of the two, or give it the name of another daemon with -n",
    [REFUSED_SOURCE] = "its packets leave its host by another address: write that one into the file, or change "
                       "the route, or what translates addresses between",
    [REFUSED_RECEIVER] = SAME_FILE,
    [REFUSED_OPEN] = "give that host the keys, too, and reload there",
    [REFUSED_SEALED] = "give this host the keys, too, and reload here",
    [REFUSED_KEY] = SAME_KEYS,
    [REFUSED_TAG] = SAME_KEYS,
    [REFUSED_TRIALS] = NO_DAEMON,
    [DOUBT_BODY] = FAULTY,
    [DOUBT_EPOCH] = "set the clock of its host, and restart it",
    [DOUBT_STATE] = FAULTY,
    [DOUBT_LIFE] = FAULTY,
    [DOUBT_STRANGER] = FAULTY,
    [DOUBT_REFERRAL] = FAULTY,
    [DOUBT_NUMBER] = FAULTY,
    [DOUBT_OURS] = FAULTY,
    [DOUBT_LENGTH] = FAULTY,
    [DOUBT_TOKEN] = FAULTY,
    [DOUBT_TOKEN_NAMES] = FAULTY,
    [DOUBT_PACKET_SIZE] = FAULTY,
    [DOUBT_OLD_RING] = FAULTY,
    [DOUBT_PLAN] = FAULTY,
    [DOUBT_REFUSAL] = FAULTY,

    [MONITOR_NO_LENGTH] = NO_DAEMON,
    [MONITOR_NO_HASH] = TWO_FILES,
    [MONITOR_NO_TRANSMITTER] = TWO_FILES,
    [MONITOR_NO_SOURCE] = "run spmonitor on a host of the ring, as the daemon of that host: -n",
    [MONITOR_NO_COMMAND] = "take the spmonitor of this release",
    [MONITOR_NO_PROCESS] = TWO_FILES,
    [MONITOR_NO_KEY] = MONITOR_KEYS,
    [MONITOR_NO_SEAL] = MONITOR_KEYS,
    [MONITOR_TOO_MANY] = NO_DAEMON,
    [MONITOR_NOT_DANGEROUS] = "DangerousMonitor = true permits it",
    [MONITOR_NOT_SEALED] = MONITOR_KEYS,
    [MONITOR_NOT_FRESH] = "try it again",
    [MONITOR_TOO_SHORT] = TWO_FILES,
    [MONITOR_OUT_OF_RANGE] = "take a window of at least 0, or -1 to keep it",

    [HELLO_NO_VERSION] = "link that program with a newer library",
    [HELLO_NO_NAME] = "a name has up to 10 of the characters from $ to ~",
    [HELLO_NAME_TAKEN] = "let it choose another name, or none",
    [HELLO_NO_AUTH] = ACCESS,
    [HELLO_NO_OLD_AUTH] = ACCESS,
    [HELLO_NO_METHOD] = "AllowedAuthMethods has those that are",
    [HELLO_METHODS_NONE] = "see AllowedAuthMethods and RequiredAuthMethods",
    [HELLO_NO_TLS] = "let it connect to tls:PORT@HOST",
    [HELLO_NO_CERTIFICATE] = "give it one that TLSCAFile vouches for",
    [HELLO_TLS_BROKEN] = "the client says more; it may not trust TLSCertFile, or be none",
    [HELLO_TLS_ISSUER] = "give it one of those, or add its issuer there, and reload",
    [HELLO_TLS_EXPIRED] = "give it a new one, or set the clocks",
    [HELLO_TLS_REVOKED] = "give it a new one",
    [HELLO_TLS_NO_CRL] = "put a new list there, and reload",
    [HELLO_TLS_CERTIFICATE] = "give it a new one",
    [HELLO_NOT_KNOWN] = "let it come by the Unix socket, or by TLS with a certificate",
    [HELLO_IN_CLEAR] = "let it connect to tls:PORT@HOST",
    [HELLO_MAY_NOT] = POLICY,
    [HELLO_NOT_IN_TIME] = "what connects there may be no client of Spread",
    [HELLO_AUTH_NOT_DONE] = "what connects there may be no client of Spread",
    [HELLO_CONNECTIONS] = "look at what it has open, or raise that",
    [HELLO_HANDSHAKES] = "look at what it does, or raise that",
    [HELLO_LOGIN_LATE] = "too many log in at once: let them come one after the other, or by other methods",

    [REQUEST_TYPE] = PROGRAM,
    [REQUEST_SENDER] = PROGRAM,
    [REQUEST_GROUPS] = PROGRAM,
    [REQUEST_HINT] = PROGRAM,
    [REQUEST_LENGTH] = PROGRAM,
    [REQUEST_TOO_BIG] = PROGRAM,
    [REQUEST_NO_NAME] = "a name of a group is not empty, and has neither # nor control characters",
    [REQUEST_GROUPS_MOST] = "look at what it has joined, or raise that",
    [REQUEST_MAY_NOT_JOIN] = POLICY,
    [REQUEST_MAY_NOT_SEND] = POLICY,
    [REQUEST_MAY_NOT_PRIVATE] = POLICY,

    [RELOAD_NO_FILE] = "start this daemon with -c",
    [RELOAD_WRONG_FILE] = LINES_BEFORE,
    [RELOAD_ACCESS] = LINES_BEFORE,
    [RELOAD_TLS] = "mend it, and reload again",
    [RELOAD_KEYS] = LINES_BEFORE,
    [RELOAD_SOCKETS] = "make room for it, and reload again",
    [RELOAD_REMOVED] = "if it was not meant to, put it into the file again, and start it",

    [STATUS_MALFORMED] = "ask by HTTP",
    [STATUS_TOO_LONG] = "ask with fewer headers",
    [STATUS_METHOD] = "ask with GET",
    [STATUS_STRANGER] = "StatusAccess = public lets it in",
    [STATUS_HOST] = "ask for localhost, or StatusAccess = public lets it in",
};

/* Of what happened, whatever the reason. */
static const char *const of_kind[EVENT_KINDS] = {
    [EVENT_SUSPECT] = "look whether it runs, and at the network between",
    [EVENT_PAUSED] = "look at that process: it may be stopped, or find no processor",
    [EVENT_PATIENT] = "look at that host, which may be stopped for moments, and at its network",
    [EVENT_KEPT_OUT] = "its log says why it ends",
    [EVENT_EVICTED] = "if they are, set it in the file of all hosts to what passes, less 28 bytes",
    [EVENT_ROUNDABOUT] = "look at what lies between the two",
    [EVENT_MUTE] = "look at what lies between it and the others, in that direction",
    [EVENT_LEFT_OUT] = "look at its network",
    [EVENT_LEFT_BEHIND] = "look whether this machine stood still, or was cut off",
    [EVENT_SLOW] = "give it more of a processor, or a higher SuspectTimeout, or see RealTime",
    [EVENT_OTHER_SPREAD] = "end it, or give one of the two other ports",
    [EVENT_UNSOUND] = FAULTY,
    [EVENT_CUT_OFF] = "look at that program, or see SlowReaders",
    [EVENT_TOO_MUCH] = "look at those programs, or see SlowReaders",
    [EVENT_BEHIND] = "look at that program, or see SlowReaders",
    [EVENT_NO_KEYS] = "if that was not meant, put it back, and reload",
};

const char *event_remedy(const struct event_record *e)
{
    if (e->kind == EVENT_CLOSED)
        return NULL; /* of what it is closed for there was a line before */
    return of_reason[e->why] ? of_reason[e->why] : of_kind[e->kind];
}
