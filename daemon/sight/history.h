/* SPDX-License-Identifier: MIT
 *
 * history.h - a reader of the stream of events that keeps what is asked for later: the last views and why
 * each came, what was last wrong with each daemon, how often each reason was given by those
 * who have several, and for how long there was no token.
 *
 * Example: d3 stops answering. The stream has SUSPECT of d3, STATE from oper to seg, VIEW {d1 d2}. The
 * view is kept with "without d3: daemon d3 does not answer: nothing has come from it for 250 ms".
 */
#ifndef SPREAD_SIGHT_HISTORY_H
#define SPREAD_SIGHT_HISTORY_H

#include "daemon/base/event.h"
#include "daemon/config/conf.h"
#include "daemon/events/sentence.h"

enum { HISTORY_VIEWS = 64, HISTORY_CAUSE = 600 };

struct past_view {
    usec at;
    uint32_t leader_id, time;
    char leader[CONF_DAEMON_NAME];
    char *members, *joined, *left; /* names with a blank between: a reload gives daemons other indices */
    enum why why;                  /* why the ring before was left; WHY_NONE: that is not known */
    char *cause;                   /* the sentence */
};

/* Of whom a reason is counted: the same one may be given to several. */
enum reason_of {
    REASON_VIEW,    /* a view came after the ring was left for it */
    REASON_PACKET,  /* packets that were not let in */
    REASON_DOUBT,   /* packets that were not believed */
    REASON_CONNECT, /* clients that were not let in */
    REASON_REQUEST, /* requests that were sent back, or ended their session */
    REASON_END,     /* sessions that ended */
    REASON_MONITOR, /* monitors that were not obeyed */
    REASON_STATUS,  /* those who asked for the status and got none */
    REASONS,
};

struct history {
    struct past_view views[HISTORY_VIEWS]; /* a circle */
    uint32_t next, count;
    uint64_t views_ever;

    /* towards the next view */
    enum why why;
    char cause[HISTORY_CAUSE];
    struct procset members; /* of the last one */

    struct event_record troubles[CONF_DAEMONS_MAX]; /* with each daemon, the last; at 0: none yet */
    uint32_t reasons[REASONS][WHYS];
    usec ring_lost_at, ring_lost_us; /* NEVER: there is one; how long there was none till then */
};

void history_init(struct history *h, usec now);
void history_fini(struct history *h);

void history_on_event(struct history *h, const struct event_record *e, const struct conf *conf);
/* The daemons have other indices. */
void history_on_renumbered(struct history *h, const struct procset *members);

/* The i-th view from the last, which is 0. */
static inline const struct past_view *history_view(const struct history *h, uint32_t i)
{
    return &h->views[(h->next + HISTORY_VIEWS - 1 - i) % HISTORY_VIEWS];
}

/* How long there was no ring so far. */
static inline usec history_lost(const struct history *h, usec now)
{
    return h->ring_lost_us + (h->ring_lost_at == NEVER ? 0 : now - h->ring_lost_at);
}

#endif
