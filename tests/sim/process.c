/* SPDX-License-Identifier: MIT
 *
 * Simulated processes: they start, take in what has come, wake when something is due, stand still
 * and end.
 *
 * What comes while a process is busy or stands still waits in a receive buffer of its port, as far
 * as there is room. It then takes in data first, then tokens and control, a budget of each, and
 * looks at its timers after that: as daemon/io/loop.c does.
 */
#include <stdio.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/membership/core.h"
#include "tests/sim/clients.h"
#include "tests/sim/world.h"

enum {
    BUDGET = 64, /* datagrams of each port in a turn */
    WALL_START_S = 1700000000,
    SLICE_US = 30, /* a turn of a daemon that is behind */
};

#define TELL(w, event, ...)                                                                        \
    for (int tell_ = 0; tell_ < (w)->observer_count; tell_++)                                      \
        if ((w)->observers[tell_].event)                                                           \
            (w)->observers[tell_].event((w)->observers[tell_].context, __VA_ARGS__)

/* -- receive buffers ----------------------------------------------------------------------- */

static bool inbox_add(struct inbox *b, struct arrival *a, size_t limit)
{
    size_t size = wire_truesize(a);
    if (b->bytes + size > limit)
        return false;
    if (b->count == b->size) {
        size_t grown = b->size ? 2 * b->size : 64;
        struct arrival **list = memory_new(grown * sizeof *list);
        for (size_t i = 0; i < b->count; i++)
            list[i] = b->list[(b->head + i) % b->size];
        free(b->list);
        b->list = list;
        b->head = 0;
        b->size = grown;
    }
    b->list[(b->head + b->count++) % b->size] = a;
    b->bytes += size;
    return true;
}

static struct arrival *inbox_take(struct inbox *b)
{
    struct arrival *a = b->list[b->head];
    b->head = (b->head + 1) % b->size;
    b->count--;
    b->bytes -= wire_truesize(a);
    b->taken++;
    return a;
}

static void inbox_empty(struct inbox *b)
{
    while (b->count > 0)
        wire_drop(inbox_take(b));
    b->taken = 0;
}

/* -- turns --------------------------------------------------------------------------------- */

static void plan_turn(struct process *p, usec at)
{
    if (p->turn_planned)
        return;
    p->turn_planned = true;
    world_plan(p->world, at > p->world->now ? at : p->world->now, HAPPENS_TURN, p, p->life);
}

static void keep(struct process *p, struct arrival *a)
{
    const struct world_options *o = &p->world->options;
    size_t limit = o->receive_bytes ? o->receive_bytes : (size_t)RECEIVE_BYTES;
    if (!inbox_add(wire_is_for_token_port(a) ? &p->token : &p->data, a, limit)) {
        p->overflowed++;
        wire_drop(a);
    }
}

static void let_in(struct process *p, struct arrival *a)
{
    if (p->busy_each)
        p->busy_until = p->world->now + p->busy_each;
    wire_hand_over(p, a);
}

void process_arrive(struct process *p, struct arrival *a)
{
    if (!p->daemon) {
        wire_drop(a);
    } else if (p->paused) {
        keep(p, a);
    } else if (p->turn_planned || p->busy_until > p->world->now) {
        keep(p, a);
        plan_turn(p, p->busy_until);
    } else {
        let_in(p, a);
    }
}

static uint64_t wall_s(const struct world *w)
{
    return (uint64_t)(WALL_START_S + (int64_t)(w->now / USEC_SECOND) + w->wall_offset_s);
}

static void plan_wake(struct process *p)
{
    struct world *w = p->world;
    usec at = daemon_deadline(p->daemon);
    if (at == NEVER || p->paused)
        return;
    usec soonest = daemon_is_behind(p->daemon) ? w->now + SLICE_US : w->now;
    if (p->planned_wake > w->now && p->planned_wake <= soonest)
        return; /* or a busy network would put it off again and again */
    p->planned_wake = at > soonest ? at : soonest;
    world_plan(w, p->planned_wake, HAPPENS_WAKE, p, ++p->wake_number);
}

static void end_process(struct process *p);

/* True: what it has read is in force from now on, which clients are to hear. */
static bool take_over(struct process *p)
{
    if (!daemon_take_over(p->daemon, p->world->now))
        return false;
    if (p->policy_turns[p->policy_count - 1] != p->policy_read)
        p->policy_turns[p->policy_count++] = (uint8_t)p->policy_read;
    return true;
}

void process_finish(struct process *p)
{
    struct world *w = p->world;
    do {
        clients_serve(p);
        hosts_ask(p);
        hashing_ask(p);
        wire_send(p);
    } while (take_over(p));
    if (!daemon_is_behind(p->daemon))
        TELL(w, on_rest, p);
    if (daemon_has_left(p->daemon))
        end_process(p);
    else if (daemon_deadline(p->daemon) != p->planned_wake)
        plan_wake(p);
}

static void run_timers(struct process *p)
{
    struct world *w = p->world;
    usec lag = p->planned_wake < w->now ? w->now - p->planned_wake : 0;
    p->planned_wake = NEVER;
    daemon_on_time(p->daemon, w->now, lag, wall_s(w));
    process_finish(p);
}

void process_wake(struct process *p, uint64_t number)
{
    if (!p->daemon || p->paused || number != p->wake_number)
        return;
    if (p->turn_planned || p->busy_until > p->world->now)
        plan_turn(p, p->busy_until);
    else
        run_timers(p);
}

/* The next datagram of a turn; NULL: the turn has had all, or enough. */
static struct arrival *next_in_turn(struct process *p)
{
    if (p->data.count > 0 && p->data.taken < BUDGET && p->token.taken == 0)
        return inbox_take(&p->data);
    if (p->token.count > 0 && p->token.taken < BUDGET)
        return inbox_take(&p->token);
    return NULL;
}

void process_turn(struct process *p, unsigned life)
{
    if (p->life != life || !p->daemon)
        return;
    p->turn_planned = false;
    if (p->paused)
        return;
    struct arrival *a = next_in_turn(p);
    if (a) {
        let_in(p, a);
    } else {
        p->data.taken = p->token.taken = 0;
        if (p->planned_wake <= p->world->now)
            run_timers(p);
    }
    if (p->life == life && p->daemon &&
        (a || p->data.count > 0 || p->token.count > 0 || p->planned_wake <= p->world->now))
        plan_turn(p, p->busy_until);
}

/* -- beginning and end --------------------------------------------------------------------- */

const struct version *process_version(const struct process *p)
{
    return p->daemon ? versions_find(&p->world->versions, daemon_conf(p->daemon)) : p->version;
}

/* Observers are told in the world's count of daemons. */
static void on_trace(void *context, const struct trace_record *told)
{
    struct process *p = context;
    struct world *w = p->world;
    const struct version *v = process_version(p);
    struct trace_record in_world = *told, *r = &in_world;
    r->members = version_to_world(v, &told->members);
    r->origin = told->origin < PROCS_MAX ? v->world_index[told->origin] : told->origin;
    if (r->kind == TRACE_CONF && !r->transitional) {
        p->views++;
        p->view_at = w->now;
    }
    TELL(w, on_trace, p, r);
}

/* D2: nobody lies here. */
static void on_event(void *context, const struct event_record *e)
{
    struct process *p = context;
    struct world *w = p->world;
    TELL(w, on_event, p, e);
    if (e->kind == EVENT_DOUBT)
        verdict_break(&w->verdict, "D2", "d%d dropped what is no lie: %s", p->index + 1,
                      why_text(e->why));
    if (e->kind == EVENT_UNSOUND)
        verdict_break(&w->verdict, "D2", "d%d dropped a message that is sound", p->index + 1);
}

static void log_line(void *context, enum log_level level, const char *line)
{
    const struct process *p = context;
    (void)level;
    if (p->world->talk)
        printf("%10.3f ms d%d.%u  %s\n", (double)p->world->now / 1000, p->index + 1, p->start,
               line);
}

/* Depends on the process and its start alone, so that other starts do not change it. */
static uint64_t seed_of(const struct process *p)
{
    struct random r = {p->world->options.seed ^ ((uint64_t)p->index << 32 | p->start)};
    return random_next(&r) ^ p->twin;
}

static const struct keyring *keys_of_host(const struct process *p)
{
    const struct world *w = p->world;
    return &w->keys[w->processes[p->index].keys];
}

static const struct auth_policy *auth_of_host(const struct process *p)
{
    const struct world *w = p->world;
    return w->auths[w->processes[p->index].policy];
}

static uint32_t ids_of(const struct keyring *keys)
{
    uint32_t ids = 0;
    for (int i = 0; i < keys->count; i++)
        ids |= 1u << keys->keys[i].id;
    return ids;
}

static void start_process(struct process *p, unsigned start)
{
    struct world *w = p->world;
    p->start = start;
    p->version = w->file;
    p->life = ++w->lives;
    p->trace = (struct trace){.record = on_trace, .context = p};
    p->log = (struct log){
        .types = ~0u, .level = LEVEL_DEBUG, .sink = log_line, .context = p};
    struct daemon_parts parts = {
        .conf = p->version->conf,
        .self = p->version->conf_index[p->index],
        .auth = auth_of_host(p),
        .keys = keys_of_host(p),
        .log = &p->log,
        .seed = seed_of(p),
        .trace = &p->trace,
        .on_event = on_event,
        .events_context = p,
        .max_gap = w->options.max_gap,
        .slice = w->options.slice,
    };
    p->key_ids = ids_of(parts.keys);
    p->policy_read = w->processes[p->index].policy;
    p->policy_turns[0] = (uint8_t)p->policy_read;
    p->policy_count = 1;
    world_note(w, "start d%d%s", p->index + 1, p->twin ? ", a second time" : "");
    p->daemon = daemon_new(&parts, w->now);
    TELL(w, on_start, p);
    p->planned_wake = NEVER;
    plan_wake(p);
}

static void add_cells(const struct process *p, uint64_t sum[CORE_STATES][CORE_CELLS])
{
    if (!p->daemon)
        return;
    const uint32_t(*cells)[CORE_CELLS] = core_cells(daemon_core(p->daemon));
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            sum[s][k] += cells[s][k];
}

void world_add_cells(const struct world *w, uint64_t sum[CORE_STATES][CORE_CELLS])
{
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            sum[s][k] += w->cells[s][k];
    for (int i = 0; i < w->options.daemons; i++) {
        add_cells(&w->processes[i], sum);
        add_cells(&w->twins[i], sum);
    }
}

/* The process is no more, whatever was the reason. */
static void end_process(struct process *p)
{
    add_cells(p, p->world->cells);
    p->ending = true;
    clients_lose_daemon(p);
    daemon_free(p->daemon);
    p->daemon = NULL;
    p->paused = p->leaving = p->ending = p->turn_planned = p->reload_due = false;
    p->wake_number++;
    p->busy_until = 0;
    inbox_empty(&p->data);
    inbox_empty(&p->token);
    TELL(p->world, on_end, p);
}

void process_free(struct process *p)
{
    if (p->daemon) {
        p->ending = true;
        clients_lose_daemon(p);
        daemon_free(p->daemon);
    }
    clients_free(p);
    inbox_empty(&p->data);
    inbox_empty(&p->token);
    free(p->data.list);
    free(p->token.list);
}

/* -- what befalls them --------------------------------------------------------------------- */

void world_start(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    if (!p->daemon && procset_has(&w->file->daemons, (unsigned)proc))
        start_process(p, p->start + 1);
}

void world_crash(struct world *w, int proc)
{
    if (!w->processes[proc].daemon)
        return;
    world_note(w, "crash d%d", proc + 1);
    end_process(&w->processes[proc]);
}

void world_leave(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    if (!p->daemon || p->paused)
        return;
    world_note(w, "d%d is told to stop", proc + 1);
    p->leaving = true;
    daemon_leave(p->daemon, w->now);
    process_finish(p);
}

void world_pause(struct world *w, int proc)
{
    if (!w->processes[proc].daemon)
        return;
    world_note(w, "d%d stands still", proc + 1);
    w->processes[proc].paused = true;
}

void world_resume(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    if (!p->daemon || !p->paused)
        return;
    world_note(w, "d%d goes on", proc + 1);
    p->paused = false;
    p->resumed_at = w->now;
    plan_turn(p, w->now);
    if (p->reload_due)
        world_reload(w, proc);
}

void world_write_file(struct world *w, const struct procset *daemons)
{
    w->file = versions_of(&w->versions, daemons);
    world_note(w, "another file, with %d daemons", procset_count(daemons));
}

void world_write_keys(struct world *w, int proc, unsigned step)
{
    w->processes[proc].keys = step;
    world_note(w, "d%d has another file of keys, of step %u", proc + 1, step);
    world_reload(w, proc);
}

/* So many changes are remembered of a life. */
void world_write_policy(struct world *w, int proc, unsigned number)
{
    struct process *p = &w->processes[proc];
    if (p->policy_count + 1 >= POLICY_TURNS)
        return;
    p->policy = number;
    world_note(w, "d%d has another policy, number %u", proc + 1, number);
    world_reload(w, proc);
}

void world_reload(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    const struct keyring *keys = keys_of_host(p);
    if (!p->daemon || p->leaving)
        return;
    p->reload_due = p->paused;
    if (p->paused)
        return;
    if (!procset_has(&w->file->daemons, (unsigned)proc)) {
        world_leave(w, proc);
        return;
    }
    world_note(w, "d%d reloads", proc + 1);
    p->key_ids |= ids_of(keys);
    p->policy_read = p->policy;
    daemon_reload(p->daemon, w->file->conf, w->file->conf_index[proc], auth_of_host(p), keys);
    process_finish(p);
    if (p->daemon && daemon_conf(p->daemon) == w->file->conf) /* else it will take them later */
        p->key_ids = ids_of(keys);
}

void world_start_twin(struct world *w, int proc)
{
    struct process *first = &w->processes[proc], *second = &w->twins[proc];
    if (first->daemon && !second->daemon && procset_has(&w->file->daemons, (unsigned)proc))
        start_process(second, ++first->start);
}

void world_end_twin(struct world *w, int proc)
{
    if (!w->twins[proc].daemon)
        return;
    world_note(w, "both d%d are ended and one is started", proc + 1);
    end_process(&w->twins[proc]);
    if (w->processes[proc].daemon)
        end_process(&w->processes[proc]);
    world_start(w, proc);
}
