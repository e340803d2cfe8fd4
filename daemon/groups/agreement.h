/* SPDX-License-Identifier: MIT
 *
 * agreement.h - the proof that all daemons of a view deliver the same: a rolling digest of all ordered
 * messages of clients, and one of those of each group, compared at marks.
 *
 * A mark is a place in the order: that of a statement (packet/statement.h), which one daemon after the
 * other makes, once a second while there is traffic, and in which it says what its digests were at an
 * earlier mark. Everybody else has passed that mark, too, remembers its own, and compares.
 *
 *   order of d1:  m1 m2 m3 [d1: nothing yet] m4 m5 m6 [d2: at mark 1 three messages, digest x] ...
 *   order of d3:  m1 m3    [d1: nothing yet] m4 m5 m6 [d2: at mark 1 three messages, digest x] ...
 *
 * At the second statement d3 sees that d2 had delivered three messages where it had two; it says so, and
 * speaks itself at once, so that d1 and d2 see it as well. Digests only grow together again in the next
 * view, so each pair of daemons is told of once a view.
 *
 * Who goes from one view to the next together must have delivered the same in the old one to its end:
 * that is in the first statements of the new view, which each of them makes.
 *
 * What a digest takes in: how the sender's name begins, type, length, and of groups and body all up to 64 bytes,
 * of longer ones eight words at most, at equal distances, and the end; of a group also how many members it had. A mistake in
 * ordering, membership or assembly changes these; damage by purpose is what seals are for.
 */
#ifndef SPREAD_GROUPS_AGREEMENT_H
#define SPREAD_GROUPS_AGREEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "daemon/base/procset.h"
#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "daemon/groups/agreed.h"
#include "daemon/packet/statement.h"

enum {
    AGREEMENT_EVERY_US = 1 * USEC_SECOND, /* a statement, while there is traffic */
    AGREEMENT_MARKS = 8, /* that are remembered: a statement may be overtaken by others */
};

struct disagreement {
    uint16_t daemon; /* the other one */
    enum why why;
    struct name group;         /* one of those that differ; "": not known */
    uint64_t from, here, there; /* messages: until then they agreed; how many each had at the mark */
};

struct agreement {
    bool runs; /* in this view: others are in it */
    struct progress now;
    struct progress at[AGREEMENT_MARKS]; /* at the last marks, mark m at m % AGREEMENT_MARKS */
    uint32_t mark;            /* statements ordered in this view: the last mark; 0: its beginning */
    uint64_t stamp;           /* the same, but it counts on from view to view: for groups */
    uint64_t first_stamp;     /* of this view */
    uint64_t tag;             /* of this view */
    uint64_t old_tag;         /* of the one before, its end, and who has come from there with us */
    struct progress old_end;
    struct procset with_us;
    struct procset members;   /* of this view */
    uint16_t self;

    bool urgent; /* this daemon is to speak now */
    usec due;    /* else then, if anything is new; 0: that is not known yet */

    struct procset told;            /* daemons that do not agree with us, which has been said */
    uint64_t agreed[PROCS_MAX];     /* message up to which each did, in this view ... */
    uint64_t old_agreed[PROCS_MAX]; /* ... and in the one before */
    /* Groups that had messages since the last mark, and before it since the one before: the first ones. */
    struct name busy[STATEMENT_GROUPS], said[STATEMENT_GROUPS];
    unsigned busy_count, said_count;
};

/* A view is entered: with_us come from the same one as we do. wanted: as the configuration says. */
void agreement_on_view(struct agreement *a, bool wanted, uint16_t self, uint64_t tag,
                       const struct procset *members, const struct procset *with_us);
/* Daemons have other indices. */
void agreement_forget_places(struct agreement *a);

/* While it runs: the next message in the order, a checked frame; returns its own digest. */
uint64_t agreement_take(struct agreement *a, const uint8_t *frame, size_t len);
/* It was sent to that group; digest says which message it was. */
void agreement_take_of_group(struct agreement *a, struct agreed *g, const struct name *name,
                             uint64_t digest);
/* The digest of a group at the last mark; 0: nothing was sent to it in this view before. */
uint64_t agreement_at_mark(const struct agreement *a, const struct agreed *g);

/* When this daemon is to be asked whether it speaks; NEVER: there is nothing to say. */
usec agreement_deadline(const struct agreement *a);
/* True: it speaks now; s is what it says, but for digests of groups, the names of which stand in it. */
bool agreement_speaks(struct agreement *a, usec now, struct statement *s);
/* A statement of this view has come in the order, of daemon origin; mine: agreement_at_mark of the groups
 * that it names. True, if it shows that the two do not agree, for the first time in this view: x says on
 * what. Its place is also the next mark, once agreement_mark was called. */
bool agreement_hears(struct agreement *a, const struct statement *s,
                     const uint64_t *mine, uint16_t origin, struct disagreement *x);
void agreement_mark(struct agreement *a);

#endif
