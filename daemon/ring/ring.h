/* SPDX-License-Identifier: MIT
 *
 * ring.h - total order inside one view, and what is owed when it ends.
 *
 * A token travels round the members in order of their indices; only its holder
 * numbers packets. It carries seq (last number given out), aru (received by all up
 * to here) and the packets somebody misses. Messages go up in the order of numbers
 * without gaps; SAFE ones once the aru of two consecutive visits has covered them,
 * for between two visits of mine everybody was asked once. A view of one member
 * needs no token: what is submitted is ordered and delivered at once.
 *
 * When membership calls the view off, ring_freeze() fixes what this daemon has;
 * then only the packets of the plan come in, and ring_install() delivers what the
 * plan allows and starts the next view.
 *
 * No I/O, no clock, no globals. Events and packets leave through the effects and
 * the outlet given at ring_new.
 */
#ifndef SPREAD_RING_RING_H
#define SPREAD_RING_RING_H

#include "daemon/base/histogram.h"
#include "daemon/base/random.h"
#include "daemon/base/trace.h"
#include "daemon/packet/control.h"
#include "daemon/packet/forming.h"
#include "daemon/packet/received.h"
#include "daemon/packet/token.h"
#include "daemon/ring/doubt.h"
#include "daemon/ring/effects.h"
#include "daemon/ring/outlet.h"
#include "daemon/ring/pace.h"

struct ring_setup {
    const struct in_force *in_force;
    uint32_t max_gap; /* nobody falls behind by more packets; a power of two */
    struct effects *effects;
    struct outlet *outlet;
    struct pace *pace;
    const struct trace *trace;
};

/* What the monitor's report and the metrics show; they only grow, but for the last four. */
struct ring_counters {
    uint64_t packets_sent, packets_received, packets_delivered;
    uint64_t resent_one, resent_segment, resent_all;
    uint64_t received_twice; /* packets that were here already */
    uint64_t missing;        /* packets that were asked for with the token, each once */
    uint64_t hurries;        /* leader: tokens sent again or released for somebody; else HURRYs sent */
    uint64_t tokens_sent_again;
    uint64_t rounds;         /* tokens accepted in this view; alone, turns that ordered something */
    uint64_t aru, own_aru, high;
};

/* Packets that were sent again, for whomever. */
static inline uint64_t ring_counters_resent(const struct ring_counters *c)
{
    return c->resent_one + c->resent_segment + c->resent_all;
}

/* Something that membership has to act on. */
enum ring_alarm {
    RING_QUIET,
    RING_TOKEN_LOST,       /* no token for TokenTimeout */
    RING_SUCCESSOR_LATE,   /* ring_passed_to() does not take it: its host should be asked */
    RING_SUCCESSOR_SILENT, /* still: patience is over, unless its host lives */
    RING_SUCCESSOR_LOST,   /* TokenTimeout is over, too */
    RING_LEADER_LATE,      /* it holds the token and shows no life: the same three */
    RING_LEADER_SILENT,
    RING_LEADER_LOST,
    RING_DEAF,             /* one member receives nothing: ring_deaf() says who */
    RING_MUTE,             /* somebody does not receive what we send, for long */
    RING_UNHEARD,          /* and the leader has not put us out for it */
};

/* How far the silence of a member has gone that we watch. */
enum ring_silence { SILENCE_NONE, SILENCE_LATE, SILENCE_LONG, SILENCE_OVER };

struct ring;

struct ring *ring_new(const struct ring_setup *setup);
void ring_free(struct ring *r);

/* -- messages ------------------------------------------------------------------------------ */

/* Queues m for the order in a lane; the ring takes over the caller's reference. */
void ring_submit(struct ring *r, enum lane lane, struct message m, uint8_t service, usec now);
/* The clients' lane is shut at every install; this opens it. */
void ring_open_lane(struct ring *r, usec now);
/* Messages, and bytes, of the clients' lane that have no number yet. */
uint32_t ring_backlog(const struct ring *r);
uint64_t ring_backlog_bytes(const struct ring *r);
/* Bytes, rounded up to packets, that all members had for the order when the token was here last and that
 * are still to be delivered here. */
uint64_t ring_under_way(const struct ring *r);
/* Packets this daemon may send in a rotation. */
uint32_t ring_share(const struct ring *r);

/* -- inside a view ------------------------------------------------------------------------- */

/* A DATA or RDATA: kept if it is of this ring and wanted. False: it is of another
 * ring, or there is something wrong with it. */
bool ring_on_data(struct ring *r, const struct received *p, usec now);
/* A token of this ring, from a member. */
enum ring_alarm ring_on_token(struct ring *r, const struct token *t, const struct received *p,
                              usec now);
void ring_on_tokack(struct ring *r, const struct tokack *m, const struct received *p, usec now);
void ring_on_hurry(struct ring *r, const struct hurry *m, const struct received *p, usec now);
enum ring_alarm ring_on_time(struct ring *r, usec now);
usec ring_deadline(const struct ring *r);
/* This process was late by so much: nobody else is to be blamed for that time. */
void ring_forgive(struct ring *r, usec lag, usec now);
enum ring_silence ring_silence(const struct ring *r, unsigned i);
usec ring_silent_since(const struct ring *r, unsigned i); /* unless it is SILENCE_NONE */
uint16_t ring_deaf(const struct ring *r);

/* The view is called off: the token moves no more; packets still come in. */
void ring_stop(struct ring *r);

/* -- between views ------------------------------------------------------------------------- */

/* Nothing of the old ring comes in any more but through the plan; fills in what this daemon has. */
void ring_freeze(struct ring *r, struct accept *a);
/* What is wrong with a plan for this ring, which must be the one it is for. */
enum why ring_judge_plan(const struct ring *r, const struct commit *plan);
/* The plan is known, and nothing is wrong with it. */
void ring_plan(struct ring *r, const struct commit *plan);
/* A packet of the plan, sent again for the ring that is being formed. */
bool ring_on_recovered(struct ring *r, const struct received *p);
bool ring_is_complete(const struct ring *r);
/* What is still missing of the plan. */
void ring_missing(const struct ring *r, struct seqmap *missing);
/* Sends up to max of those packets of wanted that are here, for the ring being formed, to the others
 * of to; takes them out of wanted. Returns how many. */
int ring_resend(struct ring *r, struct seqmap *wanted, const struct procset *to, int max);

/* Delivers what is left of the old view and starts the new one, whose first member launches the
 * token at once. The regular view goes up with came_from as the plan says. */
void ring_install(struct ring *r, usec now);

/* -- another configuration ------------------------------------------------------------------ */

/* Options may have changed: windows are those of the file again. */
void ring_on_options(struct ring *r);
/* Every index has become another one; the ring must be stopped. */
void ring_renumber(struct ring *r, const uint16_t map[PROCS_MAX]);

/* -- questions ----------------------------------------------------------------------------- */

const struct ring_id *ring_id(const struct ring *r);
const struct roster *ring_members(const struct ring *r);
uint16_t ring_leader(const struct ring *r);
/* To whom we gave the token last: our successor, or who was handed it out of turn. */
uint16_t ring_passed_to(const struct ring *r);
uint32_t ring_round(const struct ring *r); /* of the last token */
/* Nothing of ours waits, and what we sent is with everybody. */
bool ring_is_flushed(const struct ring *r);
/* Nothing waits here, and what anybody sent is with everybody. */
bool ring_is_idle(const struct ring *r);
/* The counters; the last ones are filled in. */
struct ring_counters ring_counters(const struct ring *r);
/* Those of the counters, and for a member that is alone, whose token never travels, as many as an
 * idle token would have made since the view began. */
uint64_t ring_rounds(const struct ring *r, usec now);
struct view ring_view(const struct ring *r);
/* How long the token took from one visit here to the next, but for those times that it rested. */
const struct histogram *ring_rotations(const struct ring *r);

/* Windows in force, and how the monitor changes them: -1 keeps. */
struct ring_windows {
    int window, personal, accelerated;
};
struct ring_windows ring_windows(const struct ring *r);
void ring_set_windows(struct ring *r, const struct ring_windows *w);

#endif
