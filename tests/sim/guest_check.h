/* SPDX-License-Identifier: MIT
 *
 * guest_check.h - what rights promise: to those who guard a group, and to those who may be in it. Ids as in
 * docs/simulator.md:
 *
 *   R1 nobody is in, or a member, whom no policy allowed it since it asked; at rest, whom that in force does not
 *   R2 nothing is ordered that no policy allowed since it was sent
 *   R3 nobody is refused or cut off, and nothing comes back, that every policy since then has allowed; nobody waits for ever
 *
 * A request is judged by the policy in force when its daemon reads it, which is one of those since it was
 * made; so which one it was need not be known.
 */
#ifndef TESTS_SIM_GUEST_CHECK_H
#define TESTS_SIM_GUEST_CHECK_H

#include "tests/sim/clients.h"

enum seat_state { SEAT_NONE, SEAT_ASKED, SEAT_TAKEN, SEAT_LEAVING };
enum post_state { POST_SENT, POST_ORDERED, POST_RETURNED };

/* One connection of a user who has to log in. */
struct guest {
    struct client *client;
    const struct process *process;
    unsigned life;      /* of its daemon */
    unsigned user, password;
    bool own_name;      /* not that of another user */
    unsigned since;     /* which of its daemon's policies was in force when it came */
    struct guest_seat {
        enum seat_state state;
        unsigned since; /* likewise, when it asked */
    } seats[POLICY_GROUPS];
    struct post {
        enum post_state state;
        unsigned group, since;
    } *posts;           /* by count, from 1 */
    size_t post_size;
    struct guest *next; /* that came before */
};

struct guest_check;

struct guest_check *guest_check_new(struct world *w);
void guest_check_free(struct guest_check *g);

/* It is about to connect to p; lent until guest_check_free(). */
struct guest *guest_check_comes(struct guest_check *g, const struct process *p);
void guest_check_joins(struct guest *one, unsigned group);
void guest_check_leaves(struct guest *one, unsigned group);
/* It is about to send to that group. */
void guest_check_sends(struct guest *one, unsigned group);

void guest_check_opened(struct guest_check *g, struct guest *one);
void guest_check_frame(struct guest_check *g, struct guest *one, const struct heard_frame *f);
/* Refused, or cut off. True: that may be, for some policy since it came did not let it in. */
bool guest_check_ended(struct guest_check *g, struct guest *one);

/* At rest, at the daemons of set, in one view. */
void guest_check_rest(struct guest_check *g, const struct procset *set);

uint64_t guest_check_logins(const struct guest_check *g);   /* that were let in */
uint64_t guest_check_refusals(const struct guest_check *g); /* of logins, joins and messages, and ends */

#endif
