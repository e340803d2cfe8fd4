/* SPDX-License-Identifier: MIT
 *
 * alive_check.h - the promises that something happens, checked where nothing stands in the way any
 * more. Ids as in docs/simulator.md:
 *
 *   L1 who hear each other find together in time
 *   L2 then their view stays, though the rest stays broken
 *   L3 after a fault in a quiet ring the next view comes in time
 *   P1 what waits is ordered and delivered (with S1, M3, G10, C4 and P2, which are checked then)
 */
#ifndef TESTS_SIM_ALIVE_CHECK_H
#define TESTS_SIM_ALIVE_CHECK_H

#include "tests/sim/group_check.h"
#include "tests/sim/order_check.h"

/* L1: those of set, and nobody else if exact, are in one view within the limit, and stay there for
 * quiet; what faults have left behind may break a view once more meanwhile. *took: how long it was
 * until the view that stayed. */
bool alive_must_meet(struct world *w, const struct procset *set, bool exact, usec quiet,
                     usec *took);
/* L2: no view of any of the set ends for so long; up to allowed times it may, for tries with ever
 * longer waits. */
void alive_must_stay(struct world *w, const struct procset *set, usec how_long, uint32_t allowed);
/* P1: the load has stopped; all queues of the set run dry. False: they do not. */
bool alive_must_run_dry(struct world *w, const struct procset *set);
/* And the promises that hold then are checked. */
void alive_must_drain(struct world *w, const struct procset *set, struct order_check *order,
                      struct group_check *groups);

/* The time that L1 gives. */
usec alive_meeting_limit(const struct conf *c);

/* -- L3 ------------------------------------------------------------------------------------ */

enum single_kind {
    SINGLE_CRASH,
    SINGLE_RESTART,   /* crash and start again at once */
    SINGLE_START,
    SINGLE_LEAVE,
    SINGLE_PAUSE,     /* for long */
    SINGLE_RESUME,
    SINGLE_ISOLATE,
    SINGLE_PARTITION,
    SINGLE_HEAL,
    SINGLE_KINDS,
};

const char *single_name(enum single_kind kind);
/* How long the next view may take to come, by 5.3 of ring.md. */
usec single_limit(const struct conf *c, enum single_kind kind);

struct single_result {
    enum single_kind kind;
    int daemons;      /* of the run */
    usec took;        /* until all are in the views that they must be in */
    uint64_t packets; /* of membership, until then */
    uint32_t views;   /* installed meanwhile, by all */
};

/* Plays faults one at a time into a world that has settled, and tells of each. Breaks L3. */
void singles_play(struct world *w, uint64_t seed, unsigned count,
                  void (*tell)(void *context, const struct single_result *r), void *context);

#endif
