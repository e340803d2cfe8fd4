/* SPDX-License-Identifier: MIT
 *
 * figures.h - what simulated runs measure: how long views take after each kind of fault, what that
 * costs in packets, how long messages are under way, what is sent again for nothing. Summed over
 * many runs, printed as lines of JSON.
 */
#ifndef TESTS_SIM_FIGURES_H
#define TESTS_SIM_FIGURES_H

#include <stdio.h>

#include "tests/sim/alive_check.h"

/* Four steps to a power of two. */
enum { FIGURE_STEPS = 160, FIGURE_SIZES = PROCS_MAX + 1 };

struct figure {
    uint64_t count, sum, least, most;
    uint32_t steps[FIGURE_STEPS];
};

struct figures {
    struct figure view_us[SINGLE_KINDS];       /* from the fault to the last of the views */
    struct figure view_packets[SINGLE_KINDS];  /* of membership, sent meanwhile */
    struct figure views[SINGLE_KINDS];         /* installed at each daemon for one fault, in hundredths */
    struct figure agreed_us, safe_us;          /* from number to delivery */
    struct figure agreed_rotations, safe_rotations; /* the same, in hundredths of a rotation */
    struct figure meeting_us;                  /* LIVENESS: from the last fault to one view */
    uint64_t packets, sent_again, had_already; /* DATA; RDATA; of both, what was there before */
    uint64_t lossless_packets, lossless_sent_again; /* of runs in which nothing was lost */
};

void figure_add(struct figure *f, uint64_t value);
void figures_merge(struct figures *to, const struct figures *from);
void figures_print(const struct figures *f, FILE *to);

/* Measures latency in a run; end it before the world. */
struct latency;
struct latency *latency_new(struct world *w, const struct order_check *order, struct figures *f);
void latency_free(struct latency *l);
void figures_add_single(struct figures *f, const struct single_result *r);
/* Packets of all daemons that are up. */
void figures_add_counters(struct figures *f, const struct world *w);

#endif
