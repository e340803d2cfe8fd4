/* SPDX-License-Identifier: MIT
 *
 * group_inside.h - what the checks of groups keep, for the group_*.c files only: group_check.c
 * follows clients through the journals, group_expect.c knows what an entry obliges to,
 * group_notice.c looks at notices, group_tables.c at the daemons' tables.
 */
#ifndef TESTS_SIM_GROUP_INSIDE_H
#define TESTS_SIM_GROUP_INSIDE_H

#include "daemon/base/memory.h"

#include <uthash.h>

#include "libspread/wire/notice.h"
#include "tests/sim/arrays.h"
#include "tests/sim/group_check.h"
#include "tests/sim/journal.h"
#include "tests/sim/mix.h"
#include "tests/sim/order_check.h"
#include "tests/sim/noted.h"

/* -- a notice, taken apart ------------------------------------------------------------------- */

struct set {
    unsigned first, count; /* a stretch of the notice's set_members */
};

enum { SETS_MAX = PROCS_MAX + 2 };

struct heard_notice {
    uint32_t type;
    unsigned group;
    struct group_view_id id;
    unsigned *list; /* numbers on the roll */
    size_t count;
    unsigned *set_members;
    size_t set_member_count;
    struct set sets[SETS_MAX];
    unsigned set_count, own;
};

/* -- a client -------------------------------------------------------------------------------- */

/* One client in one group. */
struct seat {
    bool member;
    bool changed;     /* it has had TRANSITION and not yet NETWORK, or is to have NETWORK without */
    bool knows;       /* list and id hold: it has had a notice; with notices only */
    unsigned *list;   /* as of its last notice, less whom a change of view took away */
    size_t count, size;
    struct group_view_id id;   /* of the last notice, or what followed from it */
    struct group_view_id last; /* of the last regular notice itself */
    uint64_t heard;       /* hash of the group's messages since then, up to TRANSITION ... */
    uint64_t heard_after; /* ... and after it */
    bool in_transition;
};

/* A frame that is due. */
enum due_kind {
    DUE_DATA,
    DUE_JOINED,     /* its own join: JOIN, or NETWORK and TRANSITION */
    DUE_SELF_LEAVE,
    DUE_CHANGE,     /* JOIN, LEAVE, DISCONNECT of another */
    DUE_IN_TRANSITION, /* the same as NETWORK */
    DUE_TRANSITION,
    DUE_NETWORK,
    DUE_MERGED,     /* NETWORK, due if the group has changed or others bring members */
};

struct due {
    enum due_kind kind;
    unsigned group, who;
    uint32_t cause;
    size_t entry; /* DATA: its number */
};

struct watch {
    struct client *client;
    uint32_t number;  /* of the client */
    struct life_of_daemon *home;
    unsigned name;    /* on the roll */
    bool gone;        /* closed */
    uint64_t dropped; /* messages that were due, might be left out, and did not come */
    size_t at;        /* number of the next entry of the journal */
    bool deferred;    /* behind a MERGED: the loss that waited for it comes next */
    size_t strict_from; /* what stands before was ordered while it connected */
    struct group_view_id view; /* regular, installed last */
    uint64_t tag;              /* of its ring */
    struct group_view_id transition; /* the last transitional view */
    uint32_t parted;           /* time of the latest view of either kind that lost or won daemons */
    struct procset synced, members, lost;
    struct seat *seats; /* by group */
    size_t seat_size;
    struct due *due;
    size_t due_next, due_count, due_size;
    struct watch *next; /* of the same daemon */
};

/* -- a daemon -------------------------------------------------------------------------------- */

struct life_of_daemon {
    const struct process *process;
    unsigned life;
    bool ended;
    struct journal journal;
    struct watch *watches;
    size_t looked; /* entries that the tables were compared at */
    bool compare_lists; /* sides have come together since */
    const struct version *version; /* that the daemon had then */
    struct group_view_id view; /* regular, installed last */
    uint32_t parted;           /* as in a watch */
};

/* -- the whole ------------------------------------------------------------------------------- */

/* What daemons that come into one view know together, and where they finished. */
struct view_note {
    uint64_t tag;
    struct procset synced[PROCS_MAX]; /* by daemon; empty: it has not installed it */
    bool merged;
    uint64_t seq;
    unsigned part;
    UT_hash_handle hh;
};

struct group_check {
    struct world *world;
    struct roll *roll;
    struct life_of_daemon **lives; /* by number */
    size_t life_size;
    struct watch **watches; /* by number of the client */
    size_t watch_size;
    uint32_t *sent; /* by number of the client: its last message that was ordered at its daemon */
    size_t sent_size;
    struct view_note *views; /* by tag */
    struct noted *tables, *notices, *sets, *sides, *births, *view_ids;
    uint64_t notice_count;
    struct heard_notice heard; /* scratch */
    size_t heard_size, heard_set_size;
};

#define BREAK(g, id, ...) verdict_break(&(g)->world->verdict, id, __VA_ARGS__)

struct seat *seat_of(struct watch *w, unsigned group);
const char *group_text(const struct group_check *g, unsigned group);
const char *client_text(const struct group_check *g, unsigned client);
struct view_note *view_note_of(struct group_check *g, uint64_t tag);

/* -- group_expect.c ------------------------------------------------------------------------ */

/* Goes on to the next entry, and lists what it obliges to. */
void expect_next(struct group_check *g, struct watch *w);
void seat_add(const struct group_check *g, struct seat *s, unsigned who);
void seat_remove(struct seat *s, unsigned who);
bool seat_lists(const struct seat *s, unsigned who);

/* -- group_notice.c ------------------------------------------------------------------------ */

/* Takes a notice apart into g->heard. False: malformed, and said so. */
bool notice_take_apart(struct group_check *g, const struct watch *w, const struct heard_frame *f);
/* g->heard is what is due, as far as it can be seen from its kind. */
bool notice_fits(const struct group_check *g, const struct watch *w, const struct due *d);
/* Checks the rest of it and draws the consequences for the seat. */
void notice_accept(struct group_check *g, struct watch *w, const struct due *d);

/* What a group is called by an id, for notes about it. */
uint64_t notice_id_key(unsigned group, const struct group_view_id *id);
/* Whether members stand in the order in which a list must have them. */
bool notice_in_order(const struct group_check *g, const unsigned *list, size_t count);

/* -- group_sets.c -------------------------------------------------------------------------- */

int notice_set_of(const struct heard_notice *n, unsigned who); /* -1: in none */
/* G5 is broken by the notice that is looked at. */
void sets_break(struct group_check *g, const struct watch *w, const char *what);
void sets_check_lone(struct group_check *g, const struct watch *w, const struct due *d);
void sets_check_partition(struct group_check *g, const struct watch *w);
void sets_check_came_together(struct group_check *g, const struct watch *w);
/* Sides stand in the order of the ids that the group had on them; before: on the receiver's. */
void sets_check_order(struct group_check *g, const struct watch *w,
                      const struct group_view_id *before);
void sets_check_in_transition(struct group_check *g, const struct watch *w, unsigned joiner,
                              bool joined);

/* -- group_tables.c ------------------------------------------------------------------------ */

void tables_on_trace(struct group_check *g, struct life_of_daemon *l, const struct trace_record *t);
void tables_compare(struct group_check *g, struct life_of_daemon *l);
void tables_check_rest(struct group_check *g, const struct procset *set);

#endif
