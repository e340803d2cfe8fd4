/* SPDX-License-Identifier: MIT
 *
 * reps.h - those who speak for their segments, and which of them form a ring. All of it follows from
 * what they said by JOIN, so it is the same wherever the same was heard.
 *
 * Segments {d1 d2} and {d3 d4}: d1 speaks for d2, d3 for d4. Both hear each other, so both find the reps
 * {d1 d3}; d1 is the first of them and proposes the ring of all four, and d3 is engaged to d1.
 */
#ifndef SPREAD_MEMBERSHIP_REPS_H
#define SPREAD_MEMBERSHIP_REPS_H

#include "daemon/config/conf.h"
#include "daemon/membership/hearing.h"
#include "daemon/membership/pairs.h"

/* Of each segment with somebody in old, the one who should speak for it. */
struct procset reps_expected(const struct conf *conf, const struct procset *old);

/* The reps, we among them, that all hear each other and whose members go together. group: for whom we
 * speak. */
struct procset reps_choose(const struct hearing *h, const struct procset *group,
                           const struct pairs *pairs, usec now);
/* Everybody expected has answered, and reps would all form the same ring. */
bool reps_agree(const struct hearing *h, const struct procset *expected,
                const struct procset *reps);
/* The same, and nobody of the configuration is missing: there is nobody to wait for. */
bool reps_have_all(const struct hearing *h, const struct procset *group, const struct procset *reps);
/* The members of the ring that we would propose: group, and for whom those of reps speak that are
 * engaged to us; with a saying of each that shows that it was heard. */
void reps_members(const struct hearing *h, const struct procset *group, const struct procset *reps,
                  struct roster *members, uint32_t echoes[PROCS_MAX]);

/* The leader of a ring, one with a smaller index, courts us: it will ask us in, which costs nobody a
 * change of view. join: how often it says so. */
bool reps_is_courted(const struct hearing *h, usec join, usec now);

#endif
