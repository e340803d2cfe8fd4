/* SPDX-License-Identifier: MIT
 *
 * plan.h - what the members of a new ring owe each other of the rings they come from.
 *
 * For each old ring r, with T its members that take part, from what each of them has:
 *
 *   U       every packet above the smallest aru that somebody of T has
 *   stable  the largest line that any of T knows everybody to have reached; nobody needs anything
 *           below it, and SAFE messages up to it may go up as if nothing had happened
 *   O       T and whomever any of T owes it to already: their packets go up past a gap
 *   resend  each packet of U that is missing somewhere has one holder who sends it
 *
 * A pure function of the acceptances: whoever computes it gets the same.
 *
 * What members of one ring say must fit together: none has forgotten what another lacks, and no
 * two are further apart than reach packets, the size of their windows. Who does not fit those before
 * it is treated as the only one that comes from there: so a lie does no harm to the others, and
 * whoever was deceived by one goes on, too.
 */
#ifndef SPREAD_MEMBERSHIP_PLAN_H
#define SPREAD_MEMBERSHIP_PLAN_H

#include "daemon/packet/forming.h"

struct plan;

/* accepts: of each member; borrowed until plan_free. */
struct plan *plan_new(const struct roster *members, struct accept *const accepts[PROCS_MAX],
                      uint32_t reach);
void plan_free(struct plan *p);
/* Those who do not fit those before them. */
const struct procset *plan_misfits(const struct plan *p);

/* The COMMIT for one member. */
void plan_commit(const struct plan *p, unsigned member, struct commit *m);

#endif
