/* SPDX-License-Identifier: MIT
 *
 * versions.h - the configurations of a simulated world: all of its daemons, or some of them.
 *
 * The world, its faults and its checkers count daemons once and for all; a configuration counts
 * those that it names. A version knows both, and every simulated process has one.
 */
#ifndef TESTS_SIM_VERSIONS_H
#define TESTS_SIM_VERSIONS_H

#include "daemon/base/procset.h"
#include "daemon/config/conf.h"

struct world_options;

struct version {
    struct procset daemons; /* of the world, that it names */
    struct conf *conf;
    uint16_t world_index[PROCS_MAX];  /* of a daemon of the configuration; NO_PROC: a ghost */
    int conf_index[CONF_DAEMONS_MAX]; /* of a daemon of the world; -1: it is not named */
    struct version *next;
};

struct versions {
    const struct world_options *options;
    struct version *list;
};

/* The one that names just these; it stays until versions_fini(). */
const struct version *versions_of(struct versions *v, const struct procset *daemons);
/* The one with that configuration. */
const struct version *versions_find(const struct versions *v, const struct conf *conf);
void versions_fini(struct versions *v);

/* A set of daemons of the configuration as one of daemons of the world; ghosts are left out. */
struct procset version_to_world(const struct version *v, const struct procset *set);

#endif
