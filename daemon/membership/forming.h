/* SPDX-License-Identifier: MIT
 *
 * forming.h - a ring that is being made: FORM_C, FORM_M, RECOV.
 */
#ifndef SPREAD_MEMBERSHIP_FORMING_H
#define SPREAD_MEMBERSHIP_FORMING_H

#include "daemon/membership/accepting.h"
#include "daemon/membership/coordinating.h"

struct forming {
    struct ring_id ring; /* the one that is proposed; epoch 0: none */
    struct roster members;
    usec resend_wait;
    struct accepting own;     /* as a member, the coordinator included */
    struct coordinating lead; /* as the coordinator */
    struct row row;           /* likewise; of proposals that supersede each other */
};

/* What is not answered is said again, after longer and longer waits. */
static inline usec forming_resend_after(usec wait)
{
    return usec_earlier(wait * 3 / 2, 100 * USEC_MS);
}

/* All but the row is forgotten. */
static inline void forming_end(struct forming *f)
{
    coordinating_fini(&f->lead);
    f->ring = (struct ring_id){0};
    f->members = (struct roster){0};
    f->own = (struct accepting){0};
}

#endif
