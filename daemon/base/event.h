/* SPDX-License-Identifier: MIT
 *
 * event.h - the one stream of what happens in a daemon: each state change, view, suspicion, refusal,
 * disconnect, reload and so on is a record of a kind, with a reason and numbers, and without a
 * pointer, so it can be counted, kept, written to a file or sent.
 *
 * The core and the rooms of the daemon only make records. daemon_events.c completes each with the
 * time and the names, and hands it to the readers: the counts, the log, and whoever else listens, as
 * the simulator does. events/sentence.c has the table that turns a record into English.
 *
 * Example: d1 gives up d3, which has been silent for 250 ms:
 *   {.kind = EVENT_SUSPECT, .daemon = 2, .who = "d3", .number = {250}}
 */
#ifndef SPREAD_BASE_EVENT_H
#define SPREAD_BASE_EVENT_H

#include <stdint.h>

#include "daemon/base/ip.h"
#include "daemon/base/procset.h"
#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "libspread/wire/frame.h"

/* who and whom are daemons up to EVENT_DISAGREES, then sessions. {...}: what is in number. */
enum event_kind {
    /* the membership */
    EVENT_STATE,       /* goes to another state, why; {from, to} of enum core_state */
    EVENT_VIEW,        /* a view is installed, led by who; {id of the leader, time, members} */
    EVENT_SUSPECT,     /* who does not answer; {ms that nothing has come from it; 0: nothing ever} */
    EVENT_PAUSED,      /* who does not answer though its host does: waited for; {ms at most} */
    EVENT_PATIENT,     /* who fell silent and came back: waited for longer the next time; {ms} */
    EVENT_RESTARTED,   /* who has started anew */
    EVENT_KEPT_OUT,    /* who starts anew all the time: not let in for {ms} */
    EVENT_ONE_WAY,     /* who does not hear whom, or the other way round: not put into one ring;
                          {enum ways_hint, largest packet} of the one in from, if one of them is us */
    EVENT_EVICTED,     /* who receives nothing: put out */
    EVENT_ROUNDABOUT,  /* who's packets come here only when they are sent again */
    EVENT_MUTE,        /* who hears, but is not heard: put out; {as SUSPECT} */
    EVENT_LEFT_OUT,    /* who gives way to more daemons that it does not go with */
    EVENT_LEFT_BEHIND, /* the others have gone on without us, seen at who */
    EVENT_LEAVES,      /* who stops */
    EVENT_SLOW,        /* this process has not run for {ms} */
    EVENT_LONE,        /* none of {how many} others has been heard since the start */
    /* packets that count for nothing */
    EVENT_DOUBT,        /* who says what cannot be, why; {enum packet_type} */
    EVENT_REFUSED,      /* of from, who's address, why; {its hash, ours, daemons at that address} */
    EVENT_UNOPENED,     /* of from, who's address, why; {id of its key, of the last one of it that opened} */
    EVENT_OTHER_SPREAD, /* a daemon of 5.0.1 runs at from in the place of who */
    EVENT_UNSOUND,      /* a message of a client of who is not sound */
    EVENT_DISAGREES,    /* who has delivered something else than us, why; whom: a group of which that
                           is so; {message of the view after which it began, messages here, there} */
    /* clients: who is the session, from its address */
    EVENT_CONNECT_REFUSED, /* why */
    EVENT_CONNECT_LATE,    /* why */
    EVENT_OPENED,
    EVENT_CLOSED,    /* why; {messages received of it, sent to it, error of the system} */
    EVENT_MALFORMED, /* why: ended */
    EVENT_CUT_OFF,   /* does not read: ended; {messages that wait, bytes, for how many ms, its groups,
                        MaxSessionMessages}; if it was in one group whom is that, and no number */
    EVENT_TOO_MUCH,  /* too much waits for its source: ended; {likewise; MaxSourceBytes} */
    EVENT_CROWDED,   /* does not keep up, who sends to it is slowed down; {messages, bytes} */
    EVENT_KEEPS_UP,  /* does again */
    EVENT_BEHIND,    /* half of what may wait for it does; {messages, bytes, for how many ms, its
                        groups}, and whom is the group if there is one */
    EVENT_CAUGHT_UP, /* that is over; {messages, bytes, how many ms it was so, its groups, dropped} */
    EVENT_REJECTED,  /* a request of it is sent back, why; whom: the group that it may not */
    EVENT_TAKEN_FROM_GROUP, /* whom is a group that it may not join any more */
    /* monitors, at from */
    EVENT_MONITOR_OBEYED,  /* {enum monitor_command} */
    EVENT_MONITOR_IGNORED, /* it is none of ours, why; {enum monitor_command, our hash} */
    EVENT_MONITOR_REFUSED, /* why; {enum monitor_command} */
    EVENT_PARTITION,       /* for {seconds}; those in set are heard */
    EVENT_PARTITION_OVER,
    EVENT_WINDOWS, /* {window, personal window, accelerated window} */
    EVENT_TERMINATE,
    EVENT_RELOAD_ASKED,
    EVENT_STATUS_REFUSED, /* somebody at from who asked for the status by HTTP, why */
    /* the configuration */
    EVENT_RELOADED,    /* another ring is in force ... */
    EVENT_OPTIONS,     /* ... or only other options ... */
    EVENT_UNCHANGED,   /* ... or nothing has changed */
    EVENT_KEYS,        /* other keys are in force; {id of the one that seals, how many} ... */
    EVENT_NO_KEYS,     /* ... or none any more */
    EVENT_NEEDS_RESTART, /* the file has another {place in option_table} than we were started with */
    EVENT_RELOAD_REFUSED, /* why; from: what the system says of it */
    EVENT_TAKEN_OUT,      /* this daemon is to leave, why */
    /* the process */
    EVENT_SCARCE,      /* there are no descriptors for clients; {error of the system} */
    EVENT_SCARCE_OVER, /* there are again; {how many clients were refused} */
    EVENT_KINDS,
};

enum { EVENT_NUMBERS = 5 };

struct event_record {
    enum event_kind kind;
    enum why why;
    usec at;
    uint16_t daemon, other;   /* who and whom as indices of the configuration of that time; NO_PROC:
                                 none of it */
    struct name who, whom;    /* beside them, for a reload renumbers; "": nobody */
    char from[128];           /* an address, or what the kind says */
    uint64_t number[EVENT_NUMBERS];
    struct procset set;
};

/* About nobody yet. */
static inline struct event_record event_of(enum event_kind kind, enum why why)
{
    return (struct event_record){.kind = kind, .why = why, .daemon = NO_PROC, .other = NO_PROC};
}

/* About a daemon of the configuration, with a first number. */
static inline struct event_record event_about(enum event_kind kind, unsigned who, uint64_t number)
{
    struct event_record e = event_of(kind, WHY_NONE);
    e.daemon = (uint16_t)who;
    e.number[0] = number;
    return e;
}

#endif
