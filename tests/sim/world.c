/* SPDX-License-Identifier: MIT */
#include "tests/sim/world.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "tests/sim/clients.h"

enum { START_US = 1000000 };

/* What stands in the heap, but for arrivals, which are wire.c's; all begin with their kind. */
struct wake {
    enum happening_kind kind;
    struct process *process;
    uint64_t number;
};

struct call {
    enum happening_kind kind;
    void (*f)(struct world *w, void *context);
    void *context;
};

static void drop_happening(void *what)
{
    if (*(enum happening_kind *)what == HAPPENS_ARRIVAL)
        wire_drop(what);
    else
        free(what);
}

/* -- observers ----------------------------------------------------------------------------- */

void world_observe(struct world *w, const struct observer *o)
{
    w->observers[w->observer_count++] = *o;
}

void world_note(struct world *w, const char *format, ...)
{
    char text[160];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (w->talk)
        printf("%10.3f ms       %s\n", (double)w->now / 1000, text);
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_note)
            w->observers[i].on_note(w->observers[i].context, text);
}

/* -- the world ----------------------------------------------------------------------------- */

static void set_latency(struct network *n, usec latency)
{
    for (int i = 0; i < n->procs * n->procs; i++) {
        n->links[i].latency = latency;
        n->links[i].jitter = latency / 2;
    }
}

struct world *world_new(const struct world_options *o)
{
    struct world *w = memory_new(sizeof *w);
    struct random seeds = {o->seed};
    struct procset all = {{0}};
    for (int i = 0; i < o->daemons; i++)
        procset_add(&all, (unsigned)i);
    w->options = *o;
    w->versions.options = &w->options;
    w->file = versions_of(&w->versions, &all);
    w->conf = w->file->conf;
    policies_fill(w->policies, o->policies);
    for (int i = 0; i < (o->policies ? POLICIES : 1); i++)
        w->auths[i] = o->policies ? policy_auth(&w->policies[i], w->conf) : auth_policy_new(w->conf);
    if (o->sealed)
        for (unsigned i = 0; i < ROTATION_STEPS; i++)
            w->keys[i] = rotation_keys(i);
    network_init(&w->network, o->daemons, random_next(&seeds));
    if (o->latency)
        set_latency(&w->network, o->latency);
    w->now = w->verdict.now = START_US;
    for (int i = 0; i < o->daemons; i++) {
        w->processes[i] = (struct process){.world = w, .index = i};
        w->twins[i] = (struct process){.world = w, .index = i, .twin = true};
    }
    return w;
}

void world_free(struct world *w)
{
    for (int i = 0; i < w->options.daemons; i++) {
        process_free(&w->processes[i]);
        process_free(&w->twins[i]);
    }
    heap_fini(&w->heap, drop_happening);
    network_fini(&w->network);
    for (int i = 0; i < POLICIES; i++)
        auth_policy_free(w->auths[i]);
    versions_fini(&w->versions);
    free(w);
}

/* -- the network --------------------------------------------------------------------------- */

void world_cut(struct world *w, const char *components)
{
    int component[PROCS_MAX], number = 0;
    for (int i = 0; i < PROCS_MAX; i++)
        component[i] = 1000 + i;
    for (const char *c = components; *c; c++) {
        if (*c == '|')
            number++;
        else
            component[*c - 'A'] = number;
    }
    world_note(w, "cut %s", components);
    network_partition(&w->network, component);
}

void world_heal(struct world *w)
{
    world_note(w, "heal");
    network_heal(&w->network);
}

/* -- time ---------------------------------------------------------------------------------- */

void world_plan(struct world *w, usec at, enum happening_kind kind, struct process *p,
                uint64_t number)
{
    struct wake *wake = memory_new(sizeof *wake);
    *wake = (struct wake){.kind = kind, .process = p, .number = number};
    heap_add(&w->heap, at, wake);
}

void world_plan_arrival(struct world *w, usec at, struct arrival *a)
{
    heap_add(&w->heap, at, a);
}

void world_call(struct world *w, usec at, void (*f)(struct world *w, void *context), void *context)
{
    struct call *call = memory_new(sizeof *call);
    *call = (struct call){.kind = HAPPENS_CALL, .f = f, .context = context};
    heap_add(&w->heap, at, call);
}

static void happen(struct world *w, void *what)
{
    const struct wake *wake = what;
    w->events++;
    switch (*(enum happening_kind *)what) {
    case HAPPENS_ARRIVAL:
        process_arrive(wire_receiver(what), what);
        return;
    case HAPPENS_WAKE:
        process_wake(wake->process, wake->number);
        break;
    case HAPPENS_TURN:
        process_turn(wake->process, (unsigned)wake->number);
        break;
    case HAPPENS_ANSWER:
        hosts_answer(what);
        break;
    case HAPPENS_CALL: {
        const struct call *call = what;
        call->f(w, call->context);
        break;
    }
    }
    free(what);
}

void world_run(struct world *w, usec until)
{
    while (!w->verdict.broken && heap_next(&w->heap) <= until) {
        usec at = heap_next(&w->heap);
        if (at > w->now)
            w->now = w->verdict.now = at;
        happen(w, heap_take(&w->heap));
    }
    if (!w->verdict.broken && until > w->now)
        w->now = w->verdict.now = until;
}

/* -- questions ----------------------------------------------------------------------------- */

bool world_is_up(const struct world *w, int proc)
{
    return w->processes[proc].daemon != NULL;
}

struct procset world_up(const struct world *w)
{
    struct procset up = {{0}};
    for (int i = 0; i < w->options.daemons; i++)
        if (world_is_up(w, i))
            procset_add(&up, (unsigned)i);
    return up;
}

struct procset world_view_of(const struct world *w, int proc)
{
    const struct process *p = &w->processes[proc];
    return version_to_world(process_version(p), &daemon_view(p->daemon)->members);
}

bool world_is_together(const struct world *w, const struct procset *set, bool exact)
{
    uint64_t tag = 0;
    for procset_each(i, set) {
        const struct process *p = &w->processes[i];
        if (!p->daemon || core_state(daemon_core(p->daemon)) != CORE_OPER)
            return false;
        const struct view *v = daemon_view(p->daemon);
        struct procset members = world_view_of(w, i);
        if (!v->leader_id || (tag && v->tag != tag) || (exact && !procset_equal(&members, set)))
            return false;
        tag = v->tag;
    }
    return true;
}

bool world_settle(struct world *w, const struct procset *set, usec limit)
{
    usec end = w->now + limit;
    while (!world_in_one_view(w, set)) {
        if (w->verdict.broken || w->now >= end)
            return false;
        usec next = heap_next(&w->heap);
        world_run(w, next < end ? next : end);
    }
    return true;
}
