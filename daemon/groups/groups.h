/* SPDX-License-Identifier: MIT
 *
 * groups.h - who is in which group, and who gets what.
 *
 * Fed with ordered messages and views, it keeps for every group its members of
 * all daemons in the one order that is equal everywhere (daemon by daemon as
 * configured, then by private name), and answers with deliveries: a message or
 * notice and the local sessions it goes to. Joins, leaves and departures take
 * effect where they stand in the order.
 *
 * When a view brings daemons together that do not know the same, one of each
 * side tells what its side knows (exchange.h); no client's message is ordered
 * until all have said it, and the last word stands at one place in the order, so
 * all daemons finish there together.
 *
 * With a million groups a change of view is too much for one turn: what is left of it goes on in the
 * next ones, and what comes behind it in the order waits. While groups_are_behind(), nothing ordered, no
 * view and no other configuration may be given to it.
 *
 * A session is an opaque pointer here; a client is one connection, local or not.
 */
#ifndef SPREAD_GROUPS_GROUPS_H
#define SPREAD_GROUPS_GROUPS_H

#include "daemon/base/message.h"
#include "daemon/base/usec.h"
#include "daemon/config/in_force.h"
#include "daemon/config/view.h"
#include "libspread/wire/names.h"
#include "libspread/wire/notice.h"

enum delivery_kind {
    DELIVERY_MESSAGE,   /* message, to each of the sessions */
    DELIVERY_DEPARTED,  /* the departure of local client who is complete: its name is free again */
    DELIVERY_PARTED,    /* local client who has left some of its groups: its departure goes on */
    DELIVERY_CONTROL,   /* message is for the other daemons: submit it to the control lane */
    DELIVERY_OPEN_LANE, /* clients' messages may be ordered in this view */
    DELIVERY_PRESSURE,  /* another daemon says which messages are to wait for its client who */
    DELIVERY_MERGED,    /* groups of several sides have come together, for the log; notices follow */
    DELIVERY_DISAGREEMENT, /* another daemon has delivered something else: groups_disagreement */
};

struct delivery {
    enum delivery_kind kind;
    struct message message; /* the reference is the caller's; each outbox needs one more */
    void *const *sessions;  /* lent until the next groups_ call but groups_next */
    size_t session_count;
    struct name who;
    uint8_t waits;
};

/* As the monitor counts them. */
enum groups_state {
    GROUPS_STEADY = 1,       /* everybody in the view knows the same */
    GROUPS_TRANSITIONAL = 2, /* some are lost, the next view is not there yet */
    GROUPS_GATHERING = 3,    /* sides tell each other what they know */
    GROUPS_INTERRUPTED = 4,  /* and meanwhile some are lost */
};

/* Units of work that are done at a time: a few milliseconds at most. */
enum { GROUPS_SLICE = 2048 };

struct groups;

/* Whether a local session may be told who is in a group. */
typedef bool groups_sight(const void *session, const struct name *group);

/* in_force is borrowed and must outlive it. slice: units of work in a turn. may_see: who may not is told
 * nothing of the group but its own leave; NULL: everybody may. */
struct groups *groups_new(const struct in_force *in_force, uint32_t slice, groups_sight *may_see);
void groups_free(struct groups *g);

/* A local client is there: private messages reach it from now on. notices: it wants membership
 * notices. Its name must not be in use. */
void groups_open(struct groups *g, const struct name *who, void *session, bool notices);

/* The local client takes nothing any more, but stays a member until its departure is ordered. */
void groups_mute(struct groups *g, const struct name *who);

/* What the departure of a local client takes, in units of work: about as many as groups. If it is
 * more than most, what its first groups take, and *last is the name of the last of them: a departure
 * that says so comes first. Else *last is empty. */
uint32_t groups_departure(const struct groups *g, const struct name *who, uint32_t most,
                          struct name *last);

/* The group of that client whose name comes next after *at, which becomes it; false: there is none. */
bool groups_next_of(const struct groups *g, const struct name *who, struct name *at);

/* One ordered message of a client of daemon origin; its reference is taken over. It must be a
 * checked frame. */
void groups_on_message(struct groups *g, const struct message *m, uint16_t origin);
/* One ordered message of another daemon's groups, or of our own. */
void groups_on_control(struct groups *g, const struct message *m, uint16_t origin);
void groups_on_transitional(struct groups *g, const struct view *v);
void groups_on_regular(struct groups *g, const struct view *v);

/* Another configuration is in force, in which daemon i has become map[i]; only while STEADY. */
void groups_renumber(struct groups *g, const uint16_t map[PROCS_MAX]);

/* A turn begins, in which so many units of work may be done: goes on with what was left. */
void groups_on_turn(struct groups *g);
/* There is more to do, or this turn has had its share: what is next has to wait for groups_on_turn. */
bool groups_are_behind(const struct groups *g);

bool groups_next(struct groups *g, struct delivery *d); /* false: nothing left */

/* -- who does not keep up (pressing.h) ------------------------------------------------------- */

/* Of a client of whichever daemon: which messages are to wait for it (packet/pressure.h), 0: none any
 * more; until: of another daemon's. True: some need wait no more. */
bool groups_press(struct groups *g, const struct name *who, uint8_t waits, usec until);
/* True: some client of another daemon presses no more, for nothing was heard of it. */
bool groups_ease(struct groups *g, usec now);
usec groups_ease_at(const struct groups *g);
/* The request, of type, would reach somebody who presses: a data message, or the notice of a join or
 * leave. Its header may be in either byte order; group_count is from it. */
bool groups_are_pressed(struct groups *g, uint32_t type, const uint8_t *frame,
                        uint32_t group_count);

/* -- whether all have delivered the same (agreement.h) ---------------------------------------- */

/* At that time, or later, groups_speak is to be called; NEVER: there is nothing to say. */
usec groups_speak_at(const struct groups *g);
/* Says to the other daemons how far the order has come here, if it is time to. */
void groups_speak(struct groups *g, usec now);
/* The one that a DELIVERY_DISAGREEMENT is about; lent until the next groups_ call. */
struct disagreement;
const struct disagreement *groups_disagreement(const struct groups *g);

/* How many groups a client is in; of one, that is its name. */
uint32_t groups_of_client(const struct groups *g, const struct name *who, struct name *one);

/* -- shown to people: scan.c ------------------------------------------------------------------ */

struct group_seen {
    const struct name *name;
    const struct group_view_id *id;
    const struct name *members; /* in list order */
    uint32_t count, local;      /* members, and those of this daemon */
};

/* Calls visit for limit groups or a few more, in no order; the cursor of the next ones (base/scan.h). */
uint64_t groups_scan(const struct groups *g, uint64_t cursor, size_t limit,
                     void (*visit)(void *context, const struct group_seen *seen), void *context);
bool groups_has(struct groups *g, const struct name *name);
/* Calls visit for that group, which there is. */
void groups_see(struct groups *g, const struct name *name,
                void (*visit)(void *context, const struct group_seen *seen), void *context);
/* The first groups of a client, by name; how many it is in. */
uint32_t groups_of_client_list(const struct groups *g, const struct name *who, struct name *list,
                               uint32_t most);
/* Clients of all daemons that are known here: our own, and those of others that are in groups. */
size_t groups_clients(const struct groups *g);
/* Members of all groups together: who is in three counts for three. */
uint64_t groups_members(const struct groups *g);

size_t groups_count(const struct groups *g);
enum groups_state groups_state(const struct groups *g);

/* Calls visit for each group in order of names: for the log after a merge, and for the checks of the
 * simulator. names: its members in list order. */
void groups_each(const struct groups *g,
                 void (*visit)(void *context, const struct name *group,
                               const struct group_view_id *id, const struct name *names,
                               size_t count),
                 void *context);

#endif
