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
#include "daemon/ring/pack.h"
#include "daemon/ring/ring.h"
#include "daemon/ring/window.h"

enum ring_phase { PHASE_BOOT, PHASE_TURNING, PHASE_STOPPED, PHASE_FROZEN };

/* What goes up next: this part of this packet. */
struct position {
    uint64_t seq;
    size_t at;
    unsigned part;
};

/* Flow control. */
struct flow {
    struct ring_windows ordered; /* by a monitor, until the next reload; -1: as configured */
    uint32_t window;           /* leader: in force */
    uint32_t capacity;         /* packets the smallest receive buffer of the view holds; 0: unknown */
    uint32_t calm_rounds, since_cut;
    uint32_t my_sent, my_backlog; /* our share of the token's sums */
};

/* The token, and how it is watched over. */
struct holding {
    struct token token;        /* as it was passed on or parked last */
    uint64_t hop;              /* of that */
    uint64_t seen_seq;         /* seq as it came at the last visit */
    uint64_t visit_aru;        /* aru as it came at the last visit */
    uint64_t aru_passed_on;    /* aru of the token passed on at the last visit */
    usec passed_on_at;
    bool parked;               /* leader: it rests here */
    bool held;                 /* it rests at the leader, or will */
    usec busy_until;           /* leader: do not park before */
    uint32_t idle_rounds;      /* leader: rotations with nothing to do */
    usec aru_moved_at;         /* leader: when aru last advanced or had nowhere to go */
    uint16_t deaf;
    uint64_t stuck_aru;        /* aru has been there ... */
    usec stuck_at;             /* ... since then, though it should move */
    usec mute_again_at;        /* RING_MUTE is not said before */
    uint8_t sent[TOKEN_MAX];   /* as passed on, for sending it again */
    size_t sent_len;
    uint16_t sent_to;
    usec first_sent_at, resend_wait;
    enum ring_silence successor_is, leader_is;
    usec beat_from;            /* the leader should have shown itself by then */
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

/* -- deliver.c ----------------------------------------------------------------------------- */

/* Sends up what is due, up to the first hole and to the first SAFE message of a packet whose number
 * is over safe_limit. */
void deliver_in_order(struct ring *r, uint64_t safe_limit);
/* Sends up the rest of an old view up to high: behind the first hole only packets of origins. */
void deliver_rest(struct ring *r, uint64_t high, const struct procset *origins);
/* Numbers and sends up what waits, in a view of one member. */
void deliver_alone(struct ring *r);

/* -- flow.c -------------------------------------------------------------------------------- */

/* The most packets at a visit, and how many of them may follow the token. */
uint32_t flow_personal(const struct ring *r);
uint32_t flow_late(const struct ring *r);
/* The personal window is meant as a cap: the file says it, or a monitor. */
bool flow_caps_personal(const struct ring *r);
/* How many new packets this visit may send; resent of its share are gone. Books them. */
uint32_t flow_allow(struct ring *r, struct token *t, uint32_t resent);
/* n new and resent packets were sent after all. */
void flow_settle(struct ring *r, struct token *t, uint32_t n, uint32_t resent);
/* Leader: the windows of the next round. came_seq: packets that were requested are no news. */
void flow_next_round(struct ring *r, struct token *t, bool lost_some);
/* Packets that wait in lanes which may send. */
uint32_t flow_backlog(const struct ring *r);

/* -- request.c ----------------------------------------------------------------------------- */

/* Sends what others ask for and we have; returns how many packets. */
uint32_t requests_answer(struct ring *r, struct token *t);
/* Asks for our holes up to limit. */
void requests_add(struct ring *r, struct token *t, uint64_t limit);
/* Sends a packet of ours or another's again. */
void resend_packet(struct ring *r, const struct slot *s, const struct destination *to,
                   uint64_t attempt);

/* -- visit.c ------------------------------------------------------------------------------- */

/* What the holder of the token does with it: answers, sends, passes it on. */
void visit(struct ring *r, usec now);

/* -- pass.c -------------------------------------------------------------------------------- */

/* Hands the token to a member. */
void pass_on(struct ring *r, uint16_t to, usec now);
/* After a visit: arms what watches over a token that is held, or is not. */
void pass_watch(struct ring *r, usec now);

/* -- silence.c ----------------------------------------------------------------------------- */

/* When a silence that began at from comes to its next stage. */
usec silence_next(const struct ring *r, enum ring_silence is, usec from, usec now);
/* The leader, at which the token rests, was seen alive. */
void silence_leader_lives(struct ring *r, usec now);
/* The next stage, if it has come. */
enum ring_alarm silence_of_successor(struct ring *r, usec now);
/* The next stage, which has come. */
enum ring_alarm silence_of_leader(struct ring *r, usec now);

/* -- hold.c -------------------------------------------------------------------------------- */

/* Leader, when the token comes round: true if it is parked now. */
bool hold_if_idle(struct ring *r, usec now);
/* Something was queued: a resting token is wanted. */
void hold_wake(struct ring *r, usec now);
void hold_forget(struct ring *r);
enum ring_alarm hold_on_time(struct ring *r, usec now);

void send_tokack(struct ring *r, uint16_t to, uint64_t hop, uint8_t flags);

#endif
