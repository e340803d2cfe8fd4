/* SPDX-License-Identifier: MIT
 *
 * inside.h - the state of the membership protocol, for the files of this room only.
 *
 * The machine, its moves and the table of what each state listens to: states.c, which alone writes
 * c->state.
 */
#ifndef SPREAD_MEMBERSHIP_INSIDE_H
#define SPREAD_MEMBERSHIP_INSIDE_H

#include "daemon/membership/core.h"
#include "daemon/membership/epochs.h"
#include "daemon/membership/farewell.h"
#include "daemon/membership/forming.h"
#include "daemon/membership/gathering.h"
#include "daemon/membership/move.h"
#include "daemon/membership/pairs.h"
#include "daemon/membership/peers.h"
#include "daemon/membership/preparing.h"
#include "daemon/membership/reps.h"
#include "daemon/membership/sayings.h"
#include "daemon/packet/body.h"
#include "daemon/packet/data.h"
#include "daemon/packet/split.h"

/* -- timers -------------------------------------------------------------------------------- */

enum timer {
    T_START,  /* begin to look who is there */
    T_ALIVE,  /* say ALIVE again */
    T_JOIN,   /* say JOIN again */
    T_SEG,    /* end of SEG at the latest */
    T_REP,    /* my representative should have spoken */
    T_GATHER, /* end of GATHER at the latest */
    T_QUIET,  /* those who are missing have been silent for long enough */
    T_RESEND, /* forming: say it again */
    T_PACE,   /* recovery: the next burst */
    T_FORM,   /* forming: this phase has taken too long */
    T_PREP,   /* coordinator of a PREPARE: give up */
    T_HOPCHK, /* PREPARE: say HOPCHK again */
    T_READY,  /* PREPARE: answer with what was heard */
    T_COURT,  /* leader: say JOIN again to a stranger */
    T_MERGE,  /* leader: look for who wants to merge */
    T_LOOKUP, /* leader: look for who is absent */
    T_REFUSED, /* ask once more whether nobody listens there */
    T_PATIENT, /* a silent member that came back before has been waited for long enough */
    T_LEAVE,  /* the next step of a graceful stop */
    TIMERS,
};

struct core {
    struct core_setup setup;
    uint32_t max_gap;
    uint32_t inc32;
    struct random random;
    struct effects effects;
    struct outlet outlet;
    struct pace pace;
    struct ring *ring;
    struct split_inbox *split;
    struct peer *peers;         /* of each daemon, ... */
    int peer_count;             /* ... so many; in core_reload there may be others already */

    enum core_state state;
    usec deadlines[TIMERS];
    usec entered_at;            /* the state */
    uint64_t wall_s;

    struct epochs epochs;
    struct procset obligations; /* whose packets of the old ring must go up past a gap */
    struct sayings sayings;       /* of our ALIVE, JOIN and READY */

    /* from the loss of a ring until the next one is there */
    struct procset suspects;    /* of the old ring */
    struct procset targets;     /* to whom JOIN goes */
    bool reloaded;              /* others may be late: do not decide early */
    struct gathering gathering; /* SEG, REPD, GATHER */

    uint16_t engaged;           /* OPER: who is to coordinate a merge */
    usec born_at;               /* at the start, or with the present configuration */

    struct pairs pairs;         /* of which one does not hear the other */
    struct forming forming;
    struct preparing preparing;
    struct lull lull;           /* no merge before its end */
    struct procset leaving;     /* members of our ring that stop */

    struct procset questions;   /* for their hosts, not yet taken by core_next_question */
    uint32_t question_count;

    bool stop_asked;
    struct farewell farewell;   /* LEAVING */

    bool paused;                /* core_has_room says no */
    uint32_t views_installed;
    uint32_t cells[CORE_STATES][CORE_CELLS];
};

typedef struct move handler(struct core *c, const struct received *p, const union control *m,
                            usec now);
typedef struct move timer_handler(struct core *c, usec now);

/* What the configuration in force says is asked whenever it is wanted; see in_force.h. */
static inline const struct conf *conf_of(const struct core *c)
{
    return c->setup.in_force->conf;
}

static inline uint16_t self_of(const struct core *c)
{
    return c->setup.in_force->self;
}

static inline int procs_of(const struct core *c)
{
    return conf_of(c)->daemon_count;
}

/* The daemons of our segment, we included. */
static inline struct procset segment_of(const struct core *c)
{
    return conf_segment_set(conf_of(c), conf_of(c)->daemons[self_of(c)].segment);
}

static inline bool in_our_segment(const struct core *c, unsigned i)
{
    return in_force_near(c->setup.in_force, i);
}

static inline bool has_neighbours(const struct core *c)
{
    return conf_of(c)->segments[conf_of(c)->daemons[self_of(c)].segment].daemon_count > 1;
}

static inline uint16_t sender_of(const struct received *p)
{
    return p->header.sender;
}

static inline usec ms(uint32_t n)
{
    return (usec)n * USEC_MS;
}

static inline void arm(struct core *c, enum timer t, usec at)
{
    c->deadlines[t] = at;
}

static inline void disarm(struct core *c, enum timer t)
{
    c->deadlines[t] = NEVER;
}

/* Earliest of what is armed already and at. */
static inline void arm_by(struct core *c, enum timer t, usec at)
{
    c->deadlines[t] = usec_earlier(c->deadlines[t], at);
}

/* -- judge.c --------------------------------------------------------------------------------- */

/* What is wrong with a packet whatever state it finds us in. What depends on the ring or proposal
 * that it is for is judged where it has been found to be for it. */
enum why judge(const struct core *c, const struct received *p, const union control *m);
/* What is wrong with an answer to our proposal, and with a plan for the one we have accepted. */
enum why judge_accept(const struct core *c, const struct received *p, const struct accept *a);
enum why judge_commit(const struct core *c, const struct commit *q);
/* To the stream of events: something about daemon i, with a number. */
static inline void tell(struct core *c, enum event_kind kind, unsigned i, uint64_t number)
{
    struct event_record e = event_about(kind, i, number);
    effects_tell(&c->effects, &e);
}

static inline void doubt(struct core *c, enum why why, const struct received *p)
{
    doubt_packet(&c->effects, why, &p->header);
}

/* -- states.c -------------------------------------------------------------------------------- */

handler *state_handler(enum core_state s, unsigned type);
timer_handler *state_timer(enum core_state s, enum timer t);
/* Makes a move, and those that follow from it: a daemon that is alone comes from SEG to OPER in one
 * call. To be called where no handler is at work. */
void states_move(struct core *c, struct move m, usec now);
/* A packet, or a deadline that is due, is given to what the present state has for it. */
void states_on_packet(struct core *c, const struct received *p, const union control *m, usec now);
void states_on_timer(struct core *c, enum timer t, usec now);

/* -- believe.c ------------------------------------------------------------------------------- */

/* Whether a packet may be listened to: it is of the sender's present life, or of a new one that is
 * taken up now. */
bool peer_admit(struct core *c, const struct received *p, const union control *m, usec now);
/* Notes what i says in an ALIVE or JOIN. False: it is no news. */
bool peer_said(struct core *c, unsigned i, const struct alive *a, usec now);

/* How long one must be silent to be taken for gone. */
static inline usec peer_silence(const struct core *c)
{
    return ms(conf_of(c)->timeouts.alive + 2 * conf_of(c)->timeouts.join);
}

static inline uint32_t peer_inc32(const struct core *c, unsigned i) /* ours included */
{
    return i == self_of(c) ? c->inc32 : (uint32_t)c->peers[i].life.inc;
}

/* Peer i has said that it hears k in k's present life (k may be us). */
static inline bool peer_lists(const struct core *c, unsigned i, unsigned k)
{
    return peer_hears(&c->peers[i], k, peer_inc32(c, k));
}

/* It has not heard our last JOIN. Of two only the larger one says it again for that, or they might
 * answer each other for ever. */
static inline bool must_repeat_join(const struct core *c, unsigned i, usec now)
{
    return i < self_of(c) && peer_missed_join(&c->peers[i], self_of(c), now);
}

/* A saying of ours that is not long ago. */
static inline bool is_recent_saying(const struct core *c, uint32_t saying, usec now)
{
    return sayings_is_recent(&c->sayings, saying, peer_silence(c), now);
}

/* -- silent.c -------------------------------------------------------------------------------- */

/* Member i is accused. */
void silent_note(struct core *c, unsigned i, usec now);
/* The ring has been made without i, by members of the old one. */
void silent_lost(struct core *c, unsigned i, usec now);
/* It speaks, or is in a ring again. */
void silent_over(struct core *c, unsigned i, usec now);
/* This process did not run for so long. */
void silent_forgive(struct core *c, usec by);
/* A member that we watch is silent: until when it is waited for. */
usec silent_until(const struct core *c, unsigned i, usec now);

/* -- blame.c ------------------------------------------------------------------------------- */

/* Nothing came of a merge with it; learnt: but the next one will be tried otherwise. */
void peer_shun(struct core *c, unsigned i, bool learnt, usec now);
/* It took part in our ring and held it up. */
void peer_evict(struct core *c, unsigned i, usec now);
/* It has begun a new life. One that does so all the time is kept out for longer and longer, for each
 * life may cost a view. */
void peer_restarted(struct core *c, unsigned i, usec now);
/* Of a and b one does not hear the other. True: that is news, so the next trial is another one. It is
 * news again when a pair is found anew that had ceased to count. */
bool note_bad_pair(struct core *c, unsigned a, unsigned b, usec now);
/* A stranger asks for us, and we answer. Again and again: it does not hear us. */
void note_unheard(struct core *c, unsigned i);

/* -- oper.c ---------------------------------------------------------------------------------- */

handler oper_data, oper_token, oper_tokack, oper_hurry, oper_suspect, oper_alive, oper_join;
handler oper_recovered;
timer_handler oper_refused, oper_patient;
/* The system says that nobody listens at daemon i. */
struct move oper_unreachable(struct core *c, uint16_t i, uint64_t incarnation, uint64_t counter,
                             usec now);
struct move oper_answer(struct core *c, const struct question *q, enum host_answer answer,
                        usec now);
struct move on_alarm(struct core *c, enum ring_alarm alarm, usec now);
static inline bool in_ring(const struct core *c, unsigned i)
{
    return procset_has(&ring_members(c->ring)->in, i);
}
static inline bool leads(const struct core *c)
{
    return ring_leader(c->ring) == self_of(c);
}

/* -- court.c --------------------------------------------------------------------------------- */

handler oper_probe, oper_refer;
timer_handler court_on_time, oper_lookup;
void court_reset(struct core *c);
/* Leader: a daemon that is not in our ring has spoken. */
void court_on_stranger(struct core *c, unsigned i, const struct join *j, usec now);
/* Whom we heard while our ring was being made is not to be looked for later. */
void court_greet(struct core *c, usec now);
/* When to look for who is absent. */
void court_arm_lookup(struct core *c, usec now);
/* Whom stranger i would bring into our ring, as far as it has said; false: nobody for now. */
bool court_candidate(const struct core *c, unsigned i, struct roster *members, usec now);

/* -- merge.c --------------------------------------------------------------------------------- */

handler any_prepare, oper_ready, any_hopchk;
timer_handler merge_look, merge_give_up, merge_say_hopchk, merge_say_ready;

static inline struct trial trial_of(const struct core *c)
{
    return (struct trial){.prep = &c->preparing,
                          .conf = conf_of(c),
                          .peers = c->peers,
                          .ring = &ring_members(c->ring)->in,
                          .self = self_of(c)};
}

static inline void preparing_reset(struct core *c)
{
    preparing_end(&c->preparing);
    disarm(c, T_PREP);
    disarm(c, T_HOPCHK);
    disarm(c, T_READY);
}

/* -- forming.c: as either ------------------------------------------------------------------- */

/* Nothing comes of the ring that is being made, or it is there. */
void form_reset(struct core *c);
/* What this daemon sends at most, header and tag included, before members agree on the least. */
size_t largest_packet(const struct core *c);
/* What we have, as an ACCEPT of ring; freezes the old ring. */
void make_accept(struct core *c, const struct ring_id *ring, struct accept *a);
struct move recov_begin(struct core *c, const struct commit *plan);
struct move install(struct core *c, enum why why, usec now);

/* -- form.c: as the coordinator ---------------------------------------------------------------- */

handler form_accept, form_refuse, form_recovered, form_leave;
/* For a ring of ours that is no more: whoever waits for it is told so. */
handler late_accept, late_recovered;
void form_answer_late(struct core *c, unsigned who, const struct ring_id *ring);
timer_handler form_c_resend, form_c_late;
void form_recov_resend(struct core *c, usec now);
struct move form_recov_late(struct core *c, usec now);
/* Proposes a ring of members, we among them, as the smallest: form_begin says so to them. */
struct move form_propose(struct core *c, const struct roster *members, enum echo_kind echo,
                         enum why why, usec now);
struct move form_begin(struct core *c);
struct move form_check_complete(struct core *c, usec now);
/* Planned removal of some members of the running ring. */
struct move form_remove(struct core *c, const struct procset *whom, enum why why, usec now);
static inline bool coordinates(const struct core *c)
{
    return c->forming.ring.epoch && c->forming.ring.leader == self_of(c);
}

/* -- accept.c: as a member --------------------------------------------------------------------- */

handler any_propose, form_commit, form_abort, recov_rnack, recov_install, recov_data, recov_token;
timer_handler form_m_resend, form_m_late, recov_resend, recov_pace, recov_late;
struct move recov_check(struct core *c, usec now);
/* A stranger wants us without all of our ring, and for no larger one: it has heard of us before we
 * came into this ring. */
bool would_tear_ring(const struct core *c, unsigned from, const struct procset *members);

/* -- leave.c --------------------------------------------------------------------------------- */

handler oper_leave, leaving_propose;
timer_handler leave_step;
/* We have been told to stop, and the ring turns. */
struct move leave_ring(struct core *c);
void leave_begin(struct core *c, usec now);
/* The same, and there is no ring: if none comes in time, we are out. */
void leave_wait(struct core *c, usec now);

#endif
