/* SPDX-License-Identifier: MIT
 *
 * rest_check.h - P2: at rest nothing is kept that nobody will ask for again. When all that was sent is
 * with everybody, no packet, half a message, plan, report or request is left, no group without members
 * and no client of another daemon that is in no group; and of a daemon's own clients just those that
 * are connected. What is counted beside them is right, too.
 *
 * It looks into the rooms themselves, for what is kept for nothing shows nowhere else.
 */
#ifndef TESTS_SIM_REST_CHECK_H
#define TESTS_SIM_REST_CHECK_H

#include "daemon/base/procset.h"
#include "daemon/base/usec.h"

struct world;
struct core;
struct daemon;

/* The daemons of set are at rest in one view. */
void rest_check(struct world *w, const struct procset *set);

/* rest_core.c, rest_clients.c: what is kept, or NULL. */
const char *rest_kept_by_core(const struct core *c, usec now);
const char *rest_kept_by_clients(const struct daemon *d);

/* What is still to be done of the departures of its clients, in groups that they are in, and each itself. */
uint64_t rest_of_departures(const struct daemon *d);
/* Bytes that it has read of its clients and not taken up, for they are held. */
uint64_t rest_of_requests(const struct daemon *d);

#endif
