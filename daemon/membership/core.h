/* SPDX-License-Identifier: MIT
 *
 * core.h - the ordering core of a daemon: who is in the view, and one order inside it.
 *
 * Everything enters through calls and leaves through core_next (events, in order)
 * and core_next_sending (packets). It starts in the boot view, in which nothing is
 * ordered; listens who else is there, and forms or joins a ring. What is submitted
 * waits until it can be ordered, over any number of changes of view, and is
 * delivered exactly once in the view it was numbered in.
 *
 * No I/O, no clock, no globals: the same calls at the same times with the same
 * seed give the same results.
 */
#ifndef SPREAD_MEMBERSHIP_CORE_H
#define SPREAD_MEMBERSHIP_CORE_H

#include "daemon/base/histogram.h"
#include "daemon/base/question.h"
#include "daemon/ring/ring.h"

struct core;

enum { CORE_MAX_GAP = 4096 };

struct core_setup {
    const struct in_force *in_force; /* borrowed; must outlive the core */
    uint64_t seed;           /* for incarnation and nonces; must be unpredictable in real life */
    uint32_t max_gap;        /* packets anybody may fall behind; a power of two, 0: CORE_MAX_GAP */
    uint32_t capacity;       /* packets its receive buffers hold; 0: unknown */
    const struct trace *trace; /* NULL: none */
};

enum core_state {
    CORE_OPER,    /* the token goes round, or we are alone */
    CORE_SEG,     /* the ring is lost: who is there in my segment? */
    CORE_REPD,    /* another daemon of my segment speaks for me */
    CORE_GATHER,  /* I speak for my segment: which others are there? */
    CORE_FORM_C,  /* I have proposed a ring */
    CORE_FORM_M,  /* I have accepted a proposal */
    CORE_RECOV,   /* the plan is known: packets of the old rings change hands */
    CORE_LEAVING, /* as OPER, but on the way out */
    CORE_STATES,
};

struct core *core_new(const struct core_setup *setup, usec now);
void core_free(struct core *c);

/* Queues m for the order; the core takes over the caller's reference. */
void core_submit(struct core *c, enum lane lane, struct message m, uint8_t service, usec now);
/* Every install shuts the clients' lane until the layer above has agreed on who is in which group of
 * that view. Nothing if another has been installed meanwhile, of which the layer above does not know
 * yet. */
void core_open_lane(struct core *c, uint64_t view_tag, usec now);
/* Decides by what waits whether clients may be read: not from "full" down to "half full". */
void core_update_room(struct core *c);
/* Whether they may, as it was decided last. */
bool core_has_room(const struct core *c);

/* A packet that has passed net/. */
void core_on_packet(struct core *c, const struct received *p, usec now);
/* The system says that nobody listens where a packet of ours with that counter went to. */
void core_on_unreachable(struct core *c, uint16_t peer, uint64_t incarnation, uint64_t counter,
                         usec now);

/* What the host of a silent daemon is to be asked: does it live? False: nothing. */
bool core_next_question(struct core *c, struct question *q);
void core_on_answer(struct core *c, const struct question *q, enum host_answer answer, usec now);

/* Runs what is due, after the sockets were drained. lag: how much later than planned this process
 * got to run. wall_s: seconds since 1970; goes into epochs and nowhere else. */
void core_on_time(struct core *c, usec now, usec lag, uint64_t wall_s);
usec core_deadline(const struct core *c); /* when core_on_time is due */

/* Stops gracefully: what was submitted is sent, the others are told. EFFECT_LEFT says when. */
void core_leave(struct core *c, usec now);

/* Another configuration is in force, in which only options differ. */
void core_on_options(struct core *c);
/* Another configuration may be taken over: no proposal that was made or accepted is open. */
bool core_may_reload(const struct core *c);
/* Another configuration is in force, in which old index i has become map[i] (a ghost for a daemon
 * that is no more). Only when core_may_reload. The view ends and whoever has the same configuration
 * forms the next; what is under way of the old one is not lost. */
void core_on_renumbered(struct core *c, const uint16_t map[PROCS_MAX], usec now);

bool core_next(struct core *c, struct effect *e);           /* false: nothing left */
bool core_next_sending(struct core *c, struct sending *s); /* likewise; the reference is the taker's */
bool core_has_sending(const struct core *c);               /* whether there is one */

/* -- questions ----------------------------------------------------------------------------- */

enum core_state core_state(const struct core *c);
const char *core_state_name(enum core_state s);
/* As the monitor counts states: 1 operational to 6 recovery. */
int core_monitor_state(const struct core *c);
struct view core_view(const struct core *c); /* installed last; leader_id 0: the boot view */
uint32_t core_views_installed(const struct core *c);
uint64_t core_incarnation(const struct core *c);
/* What daemon i said last in its present life: its state, and whom it hears. False: nothing yet. */
bool core_saying(const struct core *c, unsigned i, enum core_state *state, struct procset *hears);
/* Those that do not go into one ring with i, for one of the two does not hear the other. */
struct procset core_not_with(const struct core *c, unsigned i, usec now);
/* From one visit of the token to the next. */
const struct histogram *core_rotations(const struct core *c);
/* The life of daemon i that is taken for the present one; 0: none was heard of. */
uint64_t core_life(const struct core *c, unsigned i);
/* What this daemon sends at most, header and tag included, before members agree on the least. */
size_t core_largest_packet(const struct core *c);
uint32_t core_backlog(const struct core *c); /* messages of clients that have no number yet */
uint64_t core_under_way(const struct core *c); /* see ring_under_way */
/* Nothing waits for the order, and all that has a number is known to be with everybody. */
bool core_is_idle(const struct core *c);
struct ring_counters core_counters(const struct core *c);
uint64_t core_rounds(const struct core *c, usec now); /* of the token; see ring_rounds */
struct ring_windows core_windows(const struct core *c);
void core_set_windows(struct core *c, const struct ring_windows *w);

/* How often each box of the state table was used: a row for each state, a column for each packet
 * type, then one for each timer. */
enum { CORE_CELLS = 64 };
const uint32_t (*core_cells(const struct core *c))[CORE_CELLS];
const char *core_cell_name(int column); /* NULL: there is no such column */
bool core_cell_is_used(enum core_state s, int column); /* it does something in that state */

#endif
