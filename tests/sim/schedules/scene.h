/* SPDX-License-Identifier: MIT
 *
 * scene.h - the stage of the directed schedules: a world with clients that talk and everything that
 * checks, and rules by which a schedule picks single datagrams out of the stream.
 *
 * A broken promise ends a schedule wherever it stands, with what happened last.
 */
#ifndef TESTS_SIM_SCENE_H
#define TESTS_SIM_SCENE_H

#include "tests/support/test.h"

#include "daemon/packet/header.h"
#include "tests/sim/agree_check.h"
#include "tests/sim/alive_check.h"
#include "tests/sim/load.h"
#include "tests/sim/pace_check.h"
#include "tests/sim/recent.h"

/* LAN timeouts for most; short ones where a schedule lasts for many LookupTimeouts. */
extern const struct conf_timeouts scene_short_timeouts;

/* What happens to datagrams of one type from one daemon to another, -1 being any: after skip of
 * them to the next count of them. */
struct rule {
    uint8_t type;
    int from, to;
    unsigned skip, count;
    enum fate fate;
    usec delay; /* of FATE_DELAY and FATE_DOUBLE */
    int kill;   /* 1 + daemon that crashes when the first is sent; 0: none does */
    unsigned seen;
};

enum { RULES_MAX = 8 };

struct scene {
    struct world *world;
    struct recent *recent;
    struct order_check *order;
    struct group_check *groups;
    struct pace_check *pace;
    struct load *load;
    usec pause; /* of the load */
    struct rule rules[RULES_MAX];
    int rule_count;
};

/* A world of that many daemons, all up and in one view, with a client or two each. */
void scene_begin(struct scene *s, int daemons, int segments);
/* The same by options; nobody is up yet. */
void scene_set(struct scene *s, const struct world_options *world, const struct load_options *load);
/* An ordinary load: a deed every two milliseconds, now and then a large message or a burst. */
struct load_options scene_load(void);

/* Adds a rule; it is in force until scene_forget(). */
void scene_rule(struct scene *s, struct rule rule);
void scene_forget(struct scene *s);

void scene_run(struct scene *s, usec how_long);
/* All who are up find together, within what L1 gives; returns how long it took. */
usec scene_meet(struct scene *s);
/* No rule and no cut is left, everybody is up, and all find together. */
void scene_bring_back(struct scene *s);
/* Regular views installed by all, so far. */
uint32_t scene_views(const struct scene *s);
/* The load ends, queues run dry, and nothing was broken. */
void scene_end(struct scene *s);
/* Of scenes that differ by a time or a seed only, every nth is played; all of them if the program was
 * called with --whole. */
void scene_arguments(int argc, char **argv);
unsigned scene_stride(unsigned n);
/* Time goes by in which nothing is looked at: hardly anybody says anything, which costs the least. */
void scene_idle(struct scene *s, usec how_long);
/* Fails the test if a promise is broken. */
void scene_check(const struct scene *s);

static inline struct procset scene_first(int count)
{
    struct procset set = {{0}};
    for (int i = 0; i < count; i++)
        procset_add(&set, (unsigned)i);
    return set;
}

#endif
