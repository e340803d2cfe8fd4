/* SPDX-License-Identifier: MIT
 *
 * inside.h - the ring's own state, for the files of this room only.
 *
 *   BOOT      before the first view: nothing is numbered, all waits
 *   TURNING   a view is on: the token goes round, or we are alone
 *   STOPPED   called off: no token, packets are still kept
 *   FROZEN    what we have is told to the coordinator: only packets of the plan come in
 * BOOT goes to FROZEN as STOPPED does; only ring_install leads to TURNING.
 */
#ifndef SPREAD_RING_INSIDE_H
#define SPREAD_RING_INSIDE_H

#include "daemon/ring/assembly.h"
#include "daemon/ring/flow.h"
#include "daemon/ring/hold.h"
#include "daemon/ring/pack.h"
#include "daemon/ring/ring.h"
#include "daemon/ring/stall.h"
#include "daemon/ring/window.h"

enum ring_phase { PHASE_BOOT, PHASE_TURNING, PHASE_STOPPED, PHASE_FROZEN };

/* What goes up next: this part of this packet. */
struct position {
    uint64_t seq;
    size_t at;
    unsigned part;
};

struct ring {
    struct ring_setup setup;
    enum ring_phase phase;
    struct lane_queue lanes[LANES];
    bool lane_open; /* the clients' */
    struct packer packer;

    struct ring_id id;
    struct roster members;
    struct procset others;  /* members without us */
    int member_count;
    usec installed_at;
    uint16_t leader, successor, predecessor;
    uint32_t roundabout[PROCS_MAX]; /* packets of each running that came only when sent again */
    uint16_t room;          /* longest body of a packet of this view */
    uint64_t own_high;      /* last number of this view that we gave out */

    struct window window;
    struct position position;
    struct assemblies assemblies;
    bool transitional;      /* for the trace: what goes up now is in the transitional view */

    struct flow flow;
    struct holding holding;
    struct stall stall;
    int asked_count;        /* requests that we put on the token at the last visit */
    struct token_request asked[TOKEN_REQUESTS_MAX];

    /* Deadlines; NEVER when not armed. */
    usec launch_at;  /* leader: the first token of the view */
    usec release_at; /* leader: the parked token goes on, for there is something to send */
    usec idle_at;    /* leader: the parked token goes round to show that we live */
    usec hurry_at;   /* member: tell the leader that we have something to send */
    usec ping_at;    /* successor of the leader: ask whether it lives */
    usec beat_at;    /* member: the silence of the leader has come to its next stage */
    usec resend_at;  /* the token we passed on has left no trace */
    usec lost_at;    /* no token for TokenTimeout */

    struct commit plan;
    uint32_t plan_missing; /* packets of the plan that are not here yet */
    struct ring_counters counters;
    struct histogram rotations;
};

static inline uint16_t ring_self(const struct ring *r)
{
    return r->setup.in_force->self;
}

static inline bool ring_is_alone(const struct ring *r)
{
    return r->phase == PHASE_TURNING && r->member_count == 1;
}

static inline bool ring_leads(const struct ring *r)
{
    return r->leader == ring_self(r);
}

/* -- silence.c ----------------------------------------------------------------------------- */

/* When a silence that began at from comes to its next stage. */
usec silence_next(const struct ring *r, enum ring_silence is, usec from, usec now);
/* The leader, at which the token rests, was seen alive. */
void silence_leader_lives(struct ring *r, usec now);
/* The next stage, if it has come. */
enum ring_alarm silence_of_successor(struct ring *r, usec now);
/* The next stage, which has come. */
enum ring_alarm silence_of_leader(struct ring *r, usec now);

#endif
