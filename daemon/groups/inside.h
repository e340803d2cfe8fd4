/* SPDX-License-Identifier: MIT
 *
 * inside.h - the state of the groups, for the files of this room only.
 */
#ifndef SPREAD_GROUPS_INSIDE_H
#define SPREAD_GROUPS_INSIDE_H

#include "daemon/groups/agreement.h"
#include "daemon/groups/exchange.h"
#include "daemon/groups/groups.h"
#include "daemon/groups/member.h"
#include "daemon/groups/notice.h"
#include "daemon/groups/pressing.h"
#include "daemon/groups/sorting.h"
#include "daemon/groups/tell.h"
#include "libspread/wire/frame.h"

/* A delivery in the making: its sessions are a stretch of g->sessions. */
struct pending {
    enum delivery_kind kind;
    struct message message;
    size_t first, count;
    struct name who;
    uint8_t waits;
};

struct merge;

/* A step of the work of a change of view. It takes what it costs off work.units and stops when there
 * are none left. True: it has to be called again. */
typedef bool work_step(struct groups *g);

enum { STEPS_MAX = 16 };

/* What is left to be done before anything else may come; see work.c. */
struct work {
    work_step *steps[STEPS_MAX]; /* a queue that runs round */
    unsigned first, count;
    int64_t units;       /* of this turn; below 0: the last step went a bit further */
    struct sorting sorting;  /* groups whose members are to be told, by name */
    int daemon;          /* where a walk over clients of lost daemons and their groups stands */
    struct link *client;
    uint32_t group;
    struct link *at;     /* where one over changed groups does */
    struct link *sorted; /* where one over all groups does */
};

struct groups {
    const struct in_force *in_force;
    uint32_t slice; /* units of work in a turn */
    groups_sight *may_see;
    struct work work;
    struct members members;
    struct pressing pressing;
    uint64_t stamp; /* number of the message being routed */
    struct agreement agreement;
    struct disagreement disagreement; /* the last one */

    enum groups_state state;
    struct group_view_id id;   /* of groups born now; index unused */
    struct view view;          /* the regular view installed last */
    struct view next;          /* the one that is being entered, or, INTERRUPTED, is to be */
    struct procset synced;     /* daemons that know what we know */
    struct procset lost;       /* TRANSITIONAL: went out of the view, members still listed */
    struct exchange *exchange; /* GATHERING, INTERRUPTED */
    struct teller *teller;     /* while we tell our side */
    struct merge *merge;       /* while sides come together */

    struct pending *pending; /* deliveries not yet taken, oldest at next */
    size_t pending_next, pending_count, pending_size;
    void **sessions;
    size_t session_count, session_size;
};

/* -- deliveries.c ----------------------------------------------------------------------------- */

/* Starts a delivery; sessions are added to the one started last. */
struct pending *start_delivery(struct groups *g, enum delivery_kind kind, struct message m);
void add_session(struct groups *g, void *session);
/* True if some local member of group is to be told of changes. */
bool anybody_to_tell(const struct groups *g, const struct group *group);
/* True if c, a member of group at this daemon, is. */
static inline bool is_told(const struct groups *g, const struct group *group, const struct client *c)
{
    return c->notices && c->session && (!g->may_see || g->may_see(c->session, &group->name));
}
/* Adds the sessions of those. */
void add_those_told(struct groups *g, const struct group *group);
/* One message for all local members who want notices, but not one of them. */
void tell_all_but(struct groups *g, const struct group *group, struct message m,
                  const struct client *but);

/* -- join.c ----------------------------------------------------------------------------------- */

/* A join or leave is ordered. */
void join_group(struct groups *g, const struct name *who, const struct name *name, uint16_t origin);
void leave_group(struct groups *g, const struct name *who, const struct name *name);
/* c has been taken out of group: those that stay are told; nobody stays: the group goes. */
void tell_part(struct groups *g, struct group *group, const struct client *c, uint32_t cause);
/* A client of another daemon is known here only while it is in some group. */
void forget_if_idle(struct groups *g, struct client *c);

/* -- depart.c --------------------------------------------------------------------------------- */

/* A departure is ordered: of all groups; or of those up to a name, and more departures follow. */
void depart(struct groups *g, const struct name *who);
void depart_up_to(struct groups *g, const struct name *who, const struct name *last);

/* -- press.c ---------------------------------------------------------------------------------- */

/* True: m is of that kind. */
bool hear_pressure(struct groups *g, const struct message *m, uint16_t origin);

/* -- agree.c ---------------------------------------------------------------------------------- */

/* True: m is of that kind. */
bool hear_statement(struct groups *g, const struct message *m, uint16_t origin);
/* The view that is next is entered. */
void agree_on_view(struct groups *g);

/* -- work.c ----------------------------------------------------------------------------------- */

/* Puts a step behind those that wait. */
void work_then(struct groups *g, work_step *step);
/* As far as the units of this turn go. */
void work_go_on(struct groups *g);
/* Takes off one unit; false: there is none left. */
bool work_may_go_on(struct groups *g);
/* What has been done was more. */
void work_costs(struct groups *g, uint32_t units);
/* If somebody is to be told of group, puts it into work.sorting. */
bool work_tells(struct groups *g, struct group *group);
work_step work_sort; /* work.sorting */

/* -- merge.c ---------------------------------------------------------------------------------- */

void merge_free(struct merge *m);

/* -- change.c: views -------------------------------------------------------------------------- */

work_step enter_transition; /* of the view that is next */
work_step enter_steady;
/* Its first one in the view that is entered. */
void give_first_id(const struct groups *g, struct group *group);

/* In TRANSITIONAL a client of a lost daemon joins a group that had no member to lose until now: the
 * group is told of the transition first, so that it is told at the end who is left. */
void change_for_late_joiner(struct groups *g, struct group *group);
/* In TRANSITIONAL a join, leave or departure of a group that is changed: NETWORK, then TRANSITION.
 * joiner: who stands alone in the last set, or NULL. */
void tell_in_transition(struct groups *g, struct group *group, const struct client *joiner);

#endif
