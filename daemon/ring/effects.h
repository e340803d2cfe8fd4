/* SPDX-License-Identifier: MIT
 *
 * effects.h - what the ordering core wants done: events for the layer above, in order, and notes
 * for the log.
 */
#ifndef SPREAD_RING_EFFECTS_H
#define SPREAD_RING_EFFECTS_H

#include "daemon/base/message.h"
#include "daemon/config/view.h"

enum lane { LANE_CLIENTS, LANE_CONTROL, LANES };

/* What there is to tell a person. who and other are indices or NO_PROC. */
enum note_kind {
    NOTE_STATE,        /* the membership goes on to another state: detail says which and why */
    NOTE_SUSPECT,      /* who does not answer */
    NOTE_PAUSED,       /* who does not answer though its host does: waited for */
    NOTE_RESTARTED,    /* who has started anew */
    NOTE_KEPT_OUT,     /* who starts anew all the time: not let in for a while, detail says how long */
    NOTE_ONE_WAY,      /* who does not hear other, or the other way round: not put into one ring */
    NOTE_EVICTED,      /* who receives nothing: put out */
    NOTE_ROUNDABOUT,   /* whose packets come here only when they are sent again */
    NOTE_MUTE,         /* who hears, but is not heard: put out */
    NOTE_LEFT_OUT,     /* who gives way to more daemons that it does not go with */
    NOTE_LEFT_BEHIND,  /* the others have gone on without us */
    NOTE_LEAVES,       /* who stops */
    NOTE_DOUBT,        /* who says what cannot be: ignored, detail says what and why */
    NOTE_SLOW,         /* this process has not run for a while: detail says how long */
    NOTE_KINDS,
};

struct note {
    enum note_kind kind;
    uint16_t who, other;
    char detail[128];
};

struct ordered {
    struct message message;
    uint64_t seq;    /* its place in the view ... */
    uint16_t part;   /* ... and in the packet of that number */
    uint16_t origin; /* index of the daemon that sent it */
    uint8_t service; /* SERVICE_AGREED or SERVICE_SAFE */
    uint8_t lane;
};

enum event_kind {
    EVENT_DELIVER,      /* ordered: its message reference is now the taker's */
    EVENT_TRANSITIONAL, /* view: what is left of the old one ... */
    EVENT_REGULAR,      /* view: ... and the new one; both in order with DELIVER */
    EVENT_NOTE,
    EVENT_LEFT,         /* the graceful stop is complete, or cannot be: end the process */
};

struct event {
    enum event_kind kind;
    union {
        struct ordered ordered;
        struct view *view; /* lent until the next effects_next */
        struct note *note; /* likewise */
    };
};

struct effects {
    struct event *queue;
    size_t next, count, size;
    void *lent; /* of the event taken last */
};

void effects_fini(struct effects *e);
void effects_deliver(struct effects *e, const struct ordered *o); /* takes over the reference */
void effects_view(struct effects *e, enum event_kind kind, const struct view *v);
void effects_note(struct effects *e, enum note_kind kind, unsigned who, unsigned other,
                  const char *detail, ...) __attribute__((format(printf, 5, 6)));
void effects_left(struct effects *e);

bool effects_next(struct effects *e, struct event *event); /* false: nothing left */

#endif
