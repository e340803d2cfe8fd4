/* SPDX-License-Identifier: MIT
 *
 * coordinating.h - a ring that is being made, as its coordinator sees it: who has come how far, and who
 * is left out of the next proposal. Rules: form.c.
 */
#ifndef SPREAD_MEMBERSHIP_COORDINATING_H
#define SPREAD_MEMBERSHIP_COORDINATING_H

#include "daemon/base/usec.h"
#include "daemon/base/why.h"
#include "daemon/membership/plan.h"

/* What proposals in a row have in common, of which each takes the place of the one before. */
struct row {
    struct ring_id last;  /* the one that is superseded; epoch 0: none */
    usec begun;
    unsigned raised;      /* times that an epoch was refused as stale */
    enum echo_kind echo;  /* what shows each member that it was heard lately: ... */
    uint32_t echoes[PROCS_MAX]; /* ... such a round of each */
};

struct coordinating {
    uint64_t echo_tag;
    struct procset accepted;
    struct procset informed; /* have shown that COMMIT came */
    struct procset complete; /* RECOVERED came */
    struct procset linked;   /* heard their predecessor */
    struct accept *accepts[PROCS_MAX];
    usec heard_at[PROCS_MAX];
    struct plan *plan;
};

void coordinating_fini(struct coordinating *l);
void coordinating_keep(struct coordinating *l, unsigned i, const struct accept *a);

/* -- a refusal ------------------------------------------------------------------------------- */

enum refusal_answer {
    REFUSAL_RAISE,     /* ask all again, with a larger epoch (F6) */
    REFUSAL_GIVE_WAY,  /* to the smaller one that it is bound to */
    REFUSAL_ASK_AGAIN, /* it will be free in a moment */
    REFUSAL_LEAVE_OUT,
};

struct refusal_case {
    enum refusal reason;
    unsigned raised;     /* in this row */
    unsigned self, refuser;
    unsigned busy_with;  /* REFUSE_BUSY: whom it is bound to */
    bool heard;          /* ... whom we have heard lately */
    bool asked;          /* ... who is asked into our ring, too */
    unsigned misled;     /* times that we gave way for its sake to somebody whom we do not hear */
};

/* The smaller one is there, for all we know: so it will make the ring, or take part in ours. Whom it is
 * bound to may be asked into our ring, too: that one takes its own proposal back for ours, or refuses
 * itself. */
enum refusal_answer coordinating_on_refusal(const struct refusal_case *k);

/* -- time is up ------------------------------------------------------------------------------ */

/* Who is left out when the members have not all recovered in time, and why; WHY_NONE: nobody yet, all
 * are there and wait. First those who are silent for a quarter of FormTimeout (form). If all have
 * everything, but d3 does not hear its predecessor d2, these two do not go together, and the larger goes.
 * After three FormTimeouts, the largest of those who have not recovered; of the others, where it is only us
 * who has not. */
enum why coordinating_leaves_out(const struct coordinating *l, const struct procset *members,
                                 unsigned self, usec row_begun, usec form, usec now,
                                 struct procset *whom);

#endif
