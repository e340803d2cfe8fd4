/* SPDX-License-Identifier: MIT
 *
 * recipe.h - all that a run is made of: the world, the load, what goes wrong and when. Drawn from a
 * seed, made smaller while it still breaks the same promise, and printed as C.
 */
#ifndef TESTS_SIM_RECIPE_H
#define TESTS_SIM_RECIPE_H

#include "tests/sim/faults.h"
#include "tests/sim/flush_clients.h"
#include "tests/sim/guests.h"
#include "tests/sim/load.h"
#include "tests/sim/world.h"

enum run_mode {
    RUN_SAFETY,   /* faults until the end */
    RUN_LIVENESS, /* faults, then none: all must find together and be quiet */
    RUN_PARTIAL,  /* faults, then some daemons hear each other and the rest stays broken: those must
                   * find together and be quiet */
    RUN_SINGLE,   /* one fault at a time, each in a quiet ring: the next view must come in time */
    RUN_MODES,
};

enum { RUN_BEGIN_US = 1500000 }; /* faults begin then */

struct recipe {
    uint64_t seed; /* from which it was drawn; says nothing any more */
    enum run_mode mode;
    struct world_options world;
    struct load_options load;
    struct flush_options flush;
    struct guest_options guests;
    struct procset daemons;     /* that are started at the beginning */
    usec length;                /* of the time with faults */
    usec attack;                /* between two deeds of an attacker; 0: there is none */
    struct fault_script script;
    struct fault_script broken; /* PARTIAL: what is broken then, for good */
    struct procset core;        /* PARTIAL: who must find together */
    bool thorough;              /* see order_check_new() */
};

enum recipe_seal { SEAL_DRAWN, SEAL_ALWAYS, SEAL_NEVER };

/* What a caller may choose; the rest is drawn. */
struct recipe_options {
    uint64_t seed;
    enum run_mode mode;
    int daemons;      /* 0: drawn, 2 to 9 */
    int daemons_most; /* above daemons: drawn from daemons up to that */
    usec length;
    enum recipe_seal seal;
};

void recipe_draw(struct recipe *r, const struct recipe_options *o);
void recipe_copy(struct recipe *to, const struct recipe *from);
void recipe_free(struct recipe *r);

const char *run_mode_name(enum run_mode mode);
/* C that makes the same recipe, to be copied into a test. */
void recipe_print(const struct recipe *r, FILE *to);

#endif
