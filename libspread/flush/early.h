/* SPDX-License-Identifier: MIT
 *
 * early.h - FLUSH_OKs of memberships that the daemon has not told of yet, or never will.
 *
 * A FLUSH_OK is FIFO, a notice is ordered among all, so where the order of daemons allows it the one
 * comes before the other. Those of memberships that were given up meanwhile end here, too, so each is
 * kept for a while only.
 */
#ifndef SPREAD_FLUSH_EARLY_H
#define SPREAD_FLUSH_EARLY_H

#include "libspread/flush/membership.h"

enum {
    EARLY_AGE = 200,  /* notices that one outlives */
    EARLY_MOST = 4096, /* more are not kept: the oldest go */
};

struct early_ok {
    struct group_view_id id;
    struct name sender;
    unsigned age;
};

struct early {
    struct early_ok *list; /* in order of arrival */
    size_t count, size;
};

void early_fini(struct early *e);
/* False: no memory. */
bool early_add(struct early *e, const struct group_view_id *id, const struct name *sender);
/* A notice has come: those of m are noted there, and all others are older by one. */
void early_claim(struct early *e, struct membership *m);

#endif
