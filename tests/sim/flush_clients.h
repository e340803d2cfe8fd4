/* SPDX-License-Identifier: MIT
 *
 * flush_clients.h - clients that use the flush layer, and what it promises them. They run its machine
 * (libspread/flush/), and are asked to flush, join, leave, send, go away and come back at random.
 * Ids as in docs/simulator.md:
 *
 *   F1 one id, one view               F2 data comes in the view that it was sent in, from its members
 *   F3 who goes from one view to the next together has received the same in the first
 *   F4 what one sends in a view one receives in it
 *   F5 between flush and view nothing may be sent, else everything
 *   F6 at rest all are in the view that the daemons tell of, and nobody waits
 */
#ifndef TESTS_SIM_FLUSH_CLIENTS_H
#define TESTS_SIM_FLUSH_CLIENTS_H

#include "tests/sim/clients.h"

struct flush_options {
    uint64_t seed;
    int clients; /* of each daemon; 0: none at all */
    int groups;
    usec pause;  /* between two deeds at one daemon, on average */
    usec delay;  /* an application flushes within it, mostly */
};

struct flush_clients;

/* events: of every client; they are told first. */
struct flush_clients *flush_clients_new(struct world *w, const struct flush_options *o,
                                        const struct client_events *events);
void flush_clients_free(struct flush_clients *f);

/* Between two deeds at one daemon, from now on. */
void flush_clients_set_pause(struct flush_clients *f, usec pause);
/* No more deeds, but flushing, from now on. */
void flush_clients_stop(struct flush_clients *f);
/* After that, and when all that was sent is with everybody: F6 for those of set, in one view. */
void flush_clients_check_rest(struct flush_clients *f, const struct procset *set);

uint64_t flush_clients_views(const struct flush_clients *f); /* that were installed */
uint64_t flush_clients_messages(const struct flush_clients *f); /* that were delivered */

#endif
