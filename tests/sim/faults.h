/* SPDX-License-Identifier: MIT
 *
 * faults.h - what goes wrong, as a script: drawn from a seed or written by hand, played into a
 * world, and made shorter while it still breaks the same promise.
 */
#ifndef TESTS_SIM_FAULTS_H
#define TESTS_SIM_FAULTS_H

#include <stdio.h>

#include "tests/sim/world.h"

enum fault_kind {
    FAULT_CRASH,     /* a */
    FAULT_START,     /* a */
    FAULT_LEAVE,     /* a */
    FAULT_PAUSE,     /* a */
    FAULT_RESUME,    /* a */
    FAULT_PARTITION, /* value: a component of 2 bits for each daemon */
    FAULT_CUT,       /* a to b: nothing passes */
    FAULT_CUT_DATA,  /* a to b: nothing to the data port passes */
    FAULT_CUT_LARGE, /* a to b: nothing large passes */
    FAULT_HEAL,      /* no cut is left */
    FAULT_LOSS,      /* a to b, or everywhere if a is b: value in a million */
    FAULT_DOUBLE,    /* likewise */
    FAULT_TAIL,      /* likewise, with delays up to three times TokenTimeout */
    FAULT_JITTER,    /* likewise: value in microseconds */
    FAULT_NARROW,    /* likewise: value in nanoseconds a byte */
    FAULT_SLOW,      /* a: each datagram takes value microseconds */
    FAULT_CLOCK,     /* wall clocks jump: value - 1000000 seconds */
    FAULT_KINDS,
};

struct fault {
    usec at;
    enum fault_kind kind;
    uint8_t a, b;
    uint64_t value;
};

struct fault_script {
    struct fault *faults;
    size_t count, size;
};

void script_add(struct fault_script *s, const struct fault *f);
void script_free(struct fault_script *s);

/* Draws a script for so many daemons from begin to end: first which kinds occur at all, then when. */
void script_draw(struct fault_script *s, uint64_t seed, int daemons, usec begin, usec end);

/* Plans all of it; the script must outlive the run. */
void script_play(const struct fault_script *s, struct world *w);

/* Takes every fault back: no cut, no loss, everybody up and running on time. */
void faults_end(struct world *w);

/* One line of C for each fault, for a test that replays it. */
void script_print(const struct fault_script *s, FILE *to);

#endif
