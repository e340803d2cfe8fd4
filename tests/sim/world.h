/* SPDX-License-Identifier: MIT
 *
 * world.h - simulated daemons, the network between them and the clock they share.
 *
 * Each process runs the same object code as spreadd, from session to ring; time is a number, and
 * nothing happens but what stands in the heap. The same options give the same run to the letter.
 */
#ifndef TESTS_SIM_WORLD_H
#define TESTS_SIM_WORLD_H

#include "daemon/daemon.h"
#include "daemon/membership/core.h"
#include "tests/sim/check.h"
#include "tests/sim/heap.h"
#include "tests/sim/links.h"

struct world;
struct client;

struct world_options {
    uint64_t seed;
    int daemons;
    int segments;       /* daemons are dealt out evenly, in order */
    uint32_t max_gap;   /* a power of two */
    int window, personal_window, accelerated_window; /* 0: automatic */
    bool accelerated;
    uint32_t packet_size; /* 0: the usual one */
    uint32_t max_session_messages;
    struct conf_timeouts timeouts; /* token 0: those of a LAN */
};

/* What watches a run; each call comes at the moment it speaks of. NULL members are not called. */
struct observer {
    void (*on_start)(void *context, int proc, unsigned life);
    void (*on_trace)(void *context, int proc, unsigned life, const struct trace_record *r);
    void (*on_end)(void *context, int proc, unsigned life); /* crash or graceful end */
    /* A process has done all that a call gave it to do. */
    void (*on_rest)(void *context, int proc);
    void *context;
};

struct process {
    struct world *world;
    int index;
    unsigned life;          /* counts its starts */
    struct daemon *daemon;  /* NULL: down */
    struct trace trace;
    struct log log;
    bool paused, leaving;
    usec planned_wake;      /* of the deadline last asked for */
    uint64_t wake_number;   /* of the wake that counts */
    usec busy_until, busy_each; /* a slow one: each datagram takes it so long */
    struct arrival **inbox; /* what came while it was paused */
    size_t inbox_count, inbox_size;
    uint32_t views;         /* regular views, over all lives */
    struct client *clients; /* of this life */
};

struct world {
    struct world_options options;
    struct conf *conf;
    struct auth_policy *auth;
    bool talk;              /* log lines go to standard output */
    struct network network;
    struct plan_heap heap;
    struct process processes[PROCS_MAX];
    struct observer observers[6];
    int observer_count;
    struct verdict verdict;
    struct random seeds;    /* of the processes */
    usec now;
    uint32_t client_count;  /* over the run */
    int64_t wall_offset_s;  /* of every daemon's wall clock */
    uint64_t datagrams, events;
    uint64_t cells[CORE_STATES][CORE_CELLS];
    /* Directed schedules: what becomes of a datagram, before the network has its say. */
    enum fate { FATE_CARRY, FATE_LOSE, FATE_DELAY } (*fate)(void *context, int from, int to,
                                                           const struct packet_header *h,
                                                           usec *delay);
    void *fate_context;
};

struct world *world_new(const struct world_options *o);
void world_free(struct world *w);
void world_observe(struct world *w, const struct observer *o);

/* Runs until the clock shows that time, or a promise is broken. */
void world_run(struct world *w, usec until);
/* Calls f at that time. */
void world_call(struct world *w, usec at, void (*f)(struct world *w, void *context), void *context);

/* -- what befalls processes ----------------------------------------------------------------- */

void world_start(struct world *w, int proc);  /* if it is down */
void world_crash(struct world *w, int proc);  /* if it is up */
void world_leave(struct world *w, int proc);  /* a graceful stop begins */
void world_pause(struct world *w, int proc);
void world_resume(struct world *w, int proc);
/* Cuts the network: "AB|CDE", A being daemon 0. Whoever is not named is alone. */
void world_cut(struct world *w, const char *components);
void world_heal(struct world *w);

/* -- questions ------------------------------------------------------------------------------ */

bool world_is_up(const struct world *w, int proc);
/* All daemons of the set are in one view of just these, and are in OPER. */
bool world_in_one_view(const struct world *w, const struct procset *set);
struct procset world_up(const struct world *w);
/* Runs until those of the set are in one view, at most for so long; false: they are not. */
bool world_settle(struct world *w, const struct procset *set, usec limit);

/* For clients.c: something was handed to a process, let it finish. */
void world_after_call(struct world *w, int proc);

#endif
