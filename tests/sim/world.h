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
#include "daemon/seal/keys.h"
#include "tests/sim/check.h"
#include "tests/sim/heap.h"
#include "tests/sim/links.h"
#include "tests/sim/policies.h"
#include "tests/sim/rotation.h"
#include "tests/sim/versions.h"

struct world;
struct client;

struct world_options {
    uint64_t seed;
    int daemons;
    int segments;       /* daemons are dealt out evenly, in order */
    uint32_t max_gap;   /* a power of two */
    uint32_t slice;     /* of work on groups in a turn; 0: the usual one */
    int window, personal_window, accelerated_window; /* 0: automatic */
    bool accelerated;
    uint32_t packet_size; /* 0: the usual one */
    uint32_t max_session_messages;
    uint32_t max_session_bytes; /* 0: the usual ones */
    uint32_t patience_ms;       /* with readers that are slow; 0: the usual one */
    uint32_t group_policies;    /* enum slow_policy of groups g0 to g15, two bits each */
    uint32_t receive_bytes; /* of each of a process's two receive buffers; 0: RECEIVE_BYTES */
    struct conf_timeouts timeouts; /* token 0: those of a LAN */
    usec latency;           /* of every link; 0: 40 */
    const uint32_t *ids;    /* of the daemons, in order; NULL: 100 and up */
    bool sealed;            /* packets between daemons are; all begin with the same key */
    uint64_t policies;      /* the files of rights and passwords are drawn from it; 0: there are none */
    bool uncompared;        /* CheckAgreement is off: nothing is ordered but what clients say */
};

enum { RECEIVE_BYTES = 4 << 20 };

/* A datagram that was sent, and what the network does with it. */
struct passage {
    int from, to;
    const struct packet_header *header;
    size_t len;
    int copies; /* that arrive; 0: lost */
    usec at;    /* the first one */
};

/* A datagram on its way to one process, and where it says that it comes from. */
struct caught {
    struct block *block;
    uint8_t *bytes;
    size_t len;
    int from, to;
    bool token_port, segment;
};

struct process;

/* What watches a run; each call comes at the moment it speaks of. NULL members are not called. */
struct observer {
    void (*on_start)(void *context, const struct process *p);
    void (*on_trace)(void *context, const struct process *p, const struct trace_record *r);
    void (*on_event)(void *context, const struct process *p, const struct event_record *e);
    void (*on_end)(void *context, const struct process *p); /* crash or graceful end */
    /* A process has done all that a call gave it to do. */
    void (*on_rest)(void *context, const struct process *p);
    void (*on_passage)(void *context, const struct passage *d);
    /* A process has sent it; before the network has its say. */
    void (*on_sent)(void *context, const struct process *p, const struct caught *c);
    /* It was handed to a process, and let in or not; injected: by world_inject. */
    void (*on_handed)(void *context, const struct process *p, const struct caught *c, bool let_in,
                      bool injected);
    /* A fault, or something else that befalls the world from outside. */
    void (*on_note)(void *context, const char *text);
    void *context;
};

/* What has come for a process that does not run, or is busy: one buffer for each port. */
struct inbox {
    struct arrival **list;
    size_t head, count, size, bytes;
    unsigned taken; /* in this turn */
};

enum { HASHERS = 3, POLICY_TURNS = 200 };

/* One password that is being hashed for a daemon. */
struct hasher {
    struct process *process;
    unsigned life;
    uint32_t number;
    bool busy, matches, twice;
};

struct process {
    struct world *world;
    int index;              /* of its daemon in the world */
    const struct version *version; /* of the configuration, at its start; see process_version() */
    unsigned start;         /* counts the starts of that daemon */
    unsigned life;          /* counts all starts of the run: no two lives have the same */
    bool twin;              /* runs beside another of the same daemon */
    struct daemon *daemon;  /* NULL: down */
    struct trace trace;
    struct log log;
    bool paused, leaving, ending;
    bool reload_due;        /* it was told to reload while it stood still */
    unsigned keys;          /* which of the files of keys its host has */
    uint32_t key_ids;       /* those that it has been told, a bit each: it believes in no others */
    unsigned policy;        /* which file of rights and passwords its host has ... */
    unsigned policy_read;   /* ... which one the daemon has read, and waits to take over ... */
    uint8_t policy_turns[POLICY_TURNS]; /* ... and which were in force in this life, one after the other */
    unsigned policy_count;
    struct hasher hashers[HASHERS];
    usec resumed_at;        /* after it stood still */
    usec planned_wake;      /* of the deadline last asked for */
    uint64_t wake_number;   /* of the wake that counts */
    usec busy_until, busy_each; /* a slow one: each datagram takes it so long */
    bool turn_planned;
    struct inbox data, token;
    uint64_t overflowed;    /* datagrams that found no room, over all lives */
    uint32_t views;         /* regular views, over all lives */
    usec view_at;           /* the last one */
    struct client *clients; /* of this life, connected */
    struct client *past_clients;
};

/* What a directed schedule may do with a datagram, before the network has its say. */
enum fate { FATE_CARRY, FATE_LOSE, FATE_DELAY, FATE_DOUBLE };

enum { OBSERVERS_MAX = 12 };

struct world {
    struct world_options options;
    struct versions versions;
    const struct version *file; /* what a daemon reads that starts or reloads */
    const struct conf *conf;    /* with all daemons */
    struct policy policies[POLICIES];
    struct auth_policy *auths[POLICIES]; /* of these; without, the first one only */
    struct keyring keys[ROTATION_STEPS]; /* the files of keys that there are; empty unless sealed */
    bool talk;              /* log lines go to standard output */
    struct network network;
    struct plan_heap heap;
    struct process processes[PROCS_MAX];
    struct process twins[PROCS_MAX]; /* second processes of a daemon */
    struct observer observers[OBSERVERS_MAX];
    int observer_count;
    struct verdict verdict;
    unsigned lives;
    usec now;
    uint32_t client_count;  /* over the run */
    int64_t wall_offset_s;  /* of every daemon's wall clock */
    uint64_t datagrams, events;
    uint64_t cells[CORE_STATES][CORE_CELLS]; /* of lives that have ended */
    /* FATE_DELAY: so much later; FATE_DOUBLE: a second copy, so much later. */
    enum fate (*fate)(void *context, int from, int to, const struct packet_header *h, usec *delay);
    void *fate_context;
    /* What the host of a daemon answers; may lie, or come late. NULL: the truth. */
    enum host_answer (*host)(void *context, int from, int to, enum host_answer truth, usec *delay);
    void *host_context;
};

struct world *world_new(const struct world_options *o);
void world_free(struct world *w);
void world_observe(struct world *w, const struct observer *o);
/* For whoever watches: a fault, or a step of a scenario. */
void world_note(struct world *w, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Runs until the clock shows that time, or a promise is broken. */
void world_run(struct world *w, usec until);
/* Calls f at that time. */
void world_call(struct world *w, usec at, void (*f)(struct world *w, void *context), void *context);

/* Puts a datagram onto the wire that nobody has sent, or not now; takes a reference of its block. */
void world_inject(struct world *w, usec at, const struct caught *c);

/* -- what befalls processes ----------------------------------------------------------------- */

void world_start(struct world *w, int proc);  /* if it is down, and the file names it */
void world_crash(struct world *w, int proc);  /* if it is up */
void world_leave(struct world *w, int proc);  /* a graceful stop begins */
void world_pause(struct world *w, int proc);
void world_resume(struct world *w, int proc);
/* Another file for all: it names those. */
void world_write_file(struct world *w, const struct procset *daemons);
/* The host of a daemon has that file of keys, which the daemon reads if it is up. */
void world_write_keys(struct world *w, int proc, unsigned step);
/* The host of a daemon has that file of rights and passwords, which the daemon reads if it is up. */
void world_write_policy(struct world *w, int proc, unsigned number);
/* Reads the files; a daemon that it does not name leaves. */
void world_reload(struct world *w, int proc);
/* A second process of a daemon that is up, with the same address: what is sent to that goes to the
 * second one now; what is sent to the segment goes to both. */
void world_start_twin(struct world *w, int proc);
/* Somebody has noticed: both are ended, and one is started. */
void world_end_twin(struct world *w, int proc);
/* Cuts the network: "AB|CDE", A being daemon 0. Whoever is not named is alone. */
void world_cut(struct world *w, const char *components);
void world_heal(struct world *w);

/* There has been more than one file. */
static inline bool world_has_reloaded(const struct world *w)
{
    return w->versions.list->next != NULL;
}

/* -- questions ------------------------------------------------------------------------------ */

bool world_is_up(const struct world *w, int proc);
/* Members of the view that was installed last. */
struct procset world_view_of(const struct world *w, int proc);
/* All daemons of the set are in one view and in OPER; exact: of just these. */
bool world_is_together(const struct world *w, const struct procset *set, bool exact);
static inline bool world_in_one_view(const struct world *w, const struct procset *set)
{
    return world_is_together(w, set, true);
}
struct procset world_up(const struct world *w);
/* Adds how often each box of the state table was used. */
void world_add_cells(const struct world *w, uint64_t sum[CORE_STATES][CORE_CELLS]);
/* Runs until those of the set are in one view, at most for so long; false: they are not. */
bool world_settle(struct world *w, const struct procset *set, usec limit);

/* -- between the world's own files ----------------------------------------------------------- */

/* world.c: something is to happen to a process; the event is the heap's. */
enum happening_kind { HAPPENS_ARRIVAL, HAPPENS_WAKE, HAPPENS_TURN, HAPPENS_ANSWER, HAPPENS_CALL };

/* wire.c */
void wire_send(struct process *p);               /* everything that it wants sent */
void wire_drop(struct arrival *a);
struct process *wire_receiver(const struct arrival *a);
bool wire_is_for_token_port(const struct arrival *a);
size_t wire_truesize(const struct arrival *a);   /* what it takes of a receive buffer */
void wire_hand_over(struct process *p, struct arrival *a);

/* hosts.c */
void hosts_ask(struct process *p);               /* everything that it wants to know */
struct answer;
void hosts_answer(const struct answer *a);

/* hashing.c */
void hashing_ask(struct process *p);             /* every password that it wants checked */

/* process.c */
void process_arrive(struct process *p, struct arrival *a);
void process_wake(struct process *p, uint64_t number);
void process_turn(struct process *p, unsigned life);
void process_free(struct process *p);
/* Of the configuration in force. */
const struct version *process_version(const struct process *p);
/* Something was handed to it: let it finish. Also for clients.c. */
void process_finish(struct process *p);

/* world.c: plans a wake or a turn of p. */
void world_plan(struct world *w, usec at, enum happening_kind kind, struct process *p,
                uint64_t number);
void world_plan_arrival(struct world *w, usec at, struct arrival *a);

#endif
