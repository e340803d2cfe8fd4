/* SPDX-License-Identifier: MIT
 *
 * effects.h - what the ordering core wants done by the layer above, in order: messages and views to be
 * delivered, and among them the events of the stream (base/event.h).
 */
#ifndef SPREAD_RING_EFFECTS_H
#define SPREAD_RING_EFFECTS_H

#include "daemon/base/event.h"
#include "daemon/base/message.h"
#include "daemon/config/view.h"

enum lane { LANE_CLIENTS, LANE_CONTROL, LANES };

struct ordered {
    struct message message;
    uint64_t seq;    /* its place in the view ... */
    uint16_t part;   /* ... and in the packet of that number */
    uint16_t origin; /* index of the daemon that sent it */
    uint8_t service; /* SERVICE_AGREED or SERVICE_SAFE */
    uint8_t lane;
};

enum effect_kind {
    EFFECT_DELIVER,      /* ordered: its message reference is now the taker's */
    EFFECT_TRANSITIONAL, /* view: what is left of the old one ... */
    EFFECT_REGULAR,      /* view: ... and the new one; both in order with DELIVER */
    EFFECT_EVENT,        /* event: without time and names */
    EFFECT_LEFT,         /* the graceful stop is complete, or cannot be: end the process */
};

struct effect {
    enum effect_kind kind;
    union {
        struct ordered ordered;
        struct view *view;          /* lent until the next effects_next */
        struct event_record *event; /* likewise */
    };
};

struct effects {
    struct effect *queue;
    size_t next, count, size;
    void *lent; /* of the effect taken last */
};

void effects_fini(struct effects *e);
void effects_deliver(struct effects *e, const struct ordered *o); /* takes over the reference */
void effects_view(struct effects *e, enum effect_kind kind, const struct view *v);
void effects_tell(struct effects *e, const struct event_record *record);
void effects_left(struct effects *e);

bool effects_next(struct effects *e, struct effect *effect); /* false: nothing left */

#endif
