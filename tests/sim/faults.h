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
    FAULT_CRASH,      /* a */
    FAULT_START,      /* a */
    FAULT_LEAVE,      /* a */
    FAULT_PAUSE,      /* a */
    FAULT_RESUME,     /* a */
    FAULT_TWIN,       /* a is started a second time, with the same address */
    FAULT_TWIN_END,   /* a */
    FAULT_PARTITION,  /* value: a component of 2 bits for each daemon */
    FAULT_CUT,        /* a to b: nothing passes */
    FAULT_MEND,       /* a to b: what was cut passes again */
    FAULT_ISOLATE,    /* a: nothing passes, either way */
    FAULT_CUT_DATA,   /* a to b: nothing to the data port passes */
    FAULT_CUT_LARGE,  /* a to b: nothing large passes */
    FAULT_HEAL,       /* no cut is left */
    FAULT_LOSS,       /* a to b, or everywhere if a is b: value in a million */
    FAULT_BURST,      /* likewise: so many in a million begin 20 ms in which all is lost */
    FAULT_DOUBLE,     /* likewise */
    FAULT_DAMAGE,     /* likewise */
    FAULT_TAIL,       /* likewise, with delays up to three times TokenTimeout */
    FAULT_JITTER,     /* likewise: value in microseconds */
    FAULT_NARROW,     /* likewise: value in nanoseconds a byte */
    FAULT_LOSE_TYPE,  /* likewise: packets of one type; value: fault_type_value() */
    FAULT_DELAY_TYPE, /* likewise, which come up to three times TokenTimeout late */
    FAULT_SLOW,       /* a: each datagram takes value microseconds */
    FAULT_CLOCK,      /* wall clocks jump: value - 1000000 seconds */
    FAULT_FILE,       /* another configuration lies ready; value: a bit for each daemon it names */
    FAULT_RELOAD,     /* a reads it */
    FAULT_KEYS,       /* a has another file of keys, and reads it; value: see rotation.h */
    FAULT_POLICY,     /* a has another file of rights and passwords, and reads it; value: which one */
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

static inline uint64_t fault_type_value(unsigned type, uint32_t ppm)
{
    return (uint64_t)type << 32 | ppm;
}

void script_add(struct fault_script *s, const struct fault *f);
void script_copy(struct fault_script *to, const struct fault_script *from); /* adds all of from */
void script_free(struct fault_script *s);

/* Draws a script for such a world from begin to end: first which kinds occur at all, then when. */
void script_draw(struct fault_script *s, uint64_t seed, const struct world_options *o, usec begin,
                 usec end);

/* Takes out what would strike, or be mended, when faults have ended, for all is made good then; and
 * puts the rest in order of time. */
void script_end(struct fault_script *s, usec end);

/* Draws what is broken for good, at at, between the daemons of core, all of whose links among each
 * other are whole, and the others, and among the others. */
void script_draw_broken(struct fault_script *s, uint64_t seed, int daemons,
                        const struct procset *core, usec at);

/* Plans all of it; the script must outlive the run. */
void script_play(const struct fault_script *s, struct world *w);

/* Takes every fault back: no cut, no loss, everybody up and running on time. */
void faults_end(struct world *w);

const char *fault_name(enum fault_kind kind);
/* One line of C for each fault, for a test that replays it. */
void script_print(const struct fault_script *s, FILE *to);

#endif
