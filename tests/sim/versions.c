/* SPDX-License-Identifier: MIT */
#include "tests/sim/versions.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/mix.h"
#include "tests/sim/world.h"

enum { HASH_OF_ALL = 0x5eed };

static int segment_of(const struct world_options *o, int daemon)
{
    return daemon * o->segments / o->daemons;
}

static void add_daemon(struct version *v, const struct world_options *o, int daemon)
{
    struct conf *c = v->conf;
    int s = segment_of(o, daemon), at = c->daemon_count++;
    if (at == 0 || segment_of(o, v->world_index[at - 1]) != s)
        c->segments[c->segment_count++] =
            (struct conf_segment){.port = 4803,
                                  .first_daemon = at,
                                  .address_count = 1,
                                  .addresses = {{.family = 4, .bytes = {239, 1, 1, (uint8_t)s}}}};
    c->segments[c->segment_count - 1].daemon_count++;
    struct conf_daemon *d = &c->daemons[at];
    snprintf(d->name, sizeof d->name, "d%d", daemon + 1);
    d->id = o->ids ? o->ids[daemon] : 100 + (uint32_t)daemon;
    d->segment = c->segment_count - 1;
    d->ip = (struct ip){.family = 4, .bytes = {10, 0, (uint8_t)s, (uint8_t)(daemon + 1)}};
    v->world_index[at] = (uint16_t)daemon;
    v->conf_index[daemon] = at;
}

/* A line for each group that has another policy than hold. */
static void fill_policies(struct slow_lines *lines, uint32_t policies)
{
    for (int i = 0; i < 16; i++) {
        unsigned policy = policies >> 2 * i & 3;
        if (policy == SLOW_HOLD || policy >= SLOW_POLICIES)
            continue;
        struct slow_line *line = &lines->list[lines->count++];
        line->policy = (enum slow_policy)policy;
        snprintf(line->pattern, sizeof line->pattern, "g%d", i);
    }
}

static void fill_options(struct conf *c, const struct world_options *o)
{
    static const struct conf_timeouts lan = {1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    c->ip_version = 4;
    c->check_agreement = !o->uncompared;
    c->max_session_messages = o->max_session_messages ? o->max_session_messages : 1000;
    c->max_session_bytes = o->max_session_bytes;
    c->slow_reader_patience_ms = o->patience_ms ? o->patience_ms : 1000;
    fill_policies(&c->slow_readers, o->group_policies);
    c->window = o->window ? o->window : 160;
    c->personal_window = o->personal_window ? o->personal_window : 20;
    c->accelerated_window = o->accelerated_window ? o->accelerated_window : 15;
    c->window_written = o->window != 0;
    c->personal_window_written = o->personal_window != 0;
    c->accelerated_window_written = o->accelerated_window != 0;
    c->accelerated_runs = o->accelerated;
    c->packet_size = o->packet_size;
    c->timeouts = o->timeouts.token ? o->timeouts : lan;
    c->auth_written = true;
    snprintf(c->allowed_auth, sizeof c->allowed_auth, o->policies ? "NULL PWORD" : "NULL");
}

/* Equal configurations have equal hashes, and no others have. */
static uint32_t hash_of(const struct world_options *o, const struct procset *daemons)
{
    uint64_t h = HASH_OF_ALL;
    if (procset_count(daemons) == o->daemons)
        return HASH_OF_ALL;
    for (int i = 0; i < PROCSET_WORDS; i++)
        h = mix(h, daemons->bits[i]);
    return (uint32_t)h;
}

static struct version *version_new(const struct world_options *o, const struct procset *daemons)
{
    struct version *v = memory_new(sizeof *v);
    v->daemons = *daemons;
    v->conf = memory_new(sizeof *v->conf);
    for (int i = 0; i < PROCS_MAX; i++)
        v->world_index[i] = NO_PROC;
    for (int i = 0; i < CONF_DAEMONS_MAX; i++)
        v->conf_index[i] = -1;
    fill_options(v->conf, o);
    for
        procset_each(i, daemons) add_daemon(v, o, i);
    v->conf->hash = hash_of(o, daemons);
    return v;
}

const struct version *versions_of(struct versions *v, const struct procset *daemons)
{
    struct version *found = v->list;
    assert(v->options->daemons <= CONF_DAEMONS_MAX && v->options->segments <= CONF_SEGMENTS_MAX);
    while (found && !procset_equal(&found->daemons, daemons))
        found = found->next;
    if (!found) {
        found = version_new(v->options, daemons);
        found->next = v->list;
        v->list = found;
    }
    return found;
}

const struct version *versions_find(const struct versions *v, const struct conf *conf)
{
    const struct version *found = v->list;
    while (found->conf != conf)
        found = found->next;
    return found;
}

void versions_fini(struct versions *v)
{
    while (v->list) {
        struct version *next = v->list->next;
        free(v->list->conf);
        free(v->list);
        v->list = next;
    }
}

struct procset version_to_world(const struct version *v, const struct procset *set)
{
    struct procset in_world = {{0}};
    for
        procset_each(i, set) if (v->world_index[i] != NO_PROC)
            procset_add(&in_world, v->world_index[i]);
    return in_world;
}
