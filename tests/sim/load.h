/* SPDX-License-Identifier: MIT
 *
 * load.h - clients that do this and that at random: join, leave, send to groups, to each other and
 * to nobody, go away and come back.
 */
#ifndef TESTS_SIM_LOAD_H
#define TESTS_SIM_LOAD_H

#include "tests/sim/clients.h"

struct load_options {
    uint64_t seed;
    int clients;          /* of each daemon, besides one that stays in all groups */
    int groups;
    usec pause;           /* between two deeds at one daemon, on average; 0: none but the anchors' */
    uint32_t large_ppm;   /* messages that need several packets */
    uint32_t burst_ppm;   /* deeds that are a burst of messages */
    uint32_t deaf_ppm;    /* deeds that make a client stop reading, or go on */
    uint32_t paced_ppm;   /* clients whose programs are slow, pause, stop, or send before they read */
    uint32_t wish_ppm;    /* of those, who ask to have messages dropped, or to be cut off */
    bool membership;      /* they join, leave, go and come back */
    usec until;           /* no deeds from then on; 0: no such time */
};

struct load;

/* events: of every client; may be NULL. */
struct load *load_new(struct world *w, const struct load_options *o,
                      const struct client_events *events);
void load_free(struct load *l);
/* Between two deeds at one daemon, from now on. */
void load_set_pause(struct load *l, usec pause);
/* No more deeds from now on; whoever did not read does. */
void load_stop(struct load *l);

#endif
