/* SPDX-License-Identifier: MIT */
#include "tests/sim/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "daemon/base/memory.h"
#include "tests/sim/clients.h"

enum {
    INBOX_MAX = 4096, /* datagrams the "kernel" keeps for a process that does not run */
    WALL_START_S = 1700000000,
    START_US = 1000000,
};

/* What stands in the heap. */
enum happening_kind { HAPPENS_ARRIVAL, HAPPENS_WAKE, HAPPENS_CALL };

struct arrival {
    enum happening_kind kind;
    int to, from;
    struct block *block;
    uint8_t *bytes;
    size_t len;
    bool token_port, own_address;
};

struct wake {
    enum happening_kind kind;
    int proc;
    uint64_t number;
};

struct call {
    enum happening_kind kind;
    void (*f)(struct world *w, void *context);
    void *context;
};

static void drop_arrival(struct arrival *a)
{
    block_unref(a->block);
    free(a);
}

static void drop_happening(void *what)
{
    if (*(enum happening_kind *)what == HAPPENS_ARRIVAL)
        drop_arrival(what);
    else
        free(what);
}

/* -- observers ----------------------------------------------------------------------------- */

void world_observe(struct world *w, const struct observer *o)
{
    w->observers[w->observer_count++] = *o;
}

static void on_trace(void *context, const struct trace_record *r)
{
    struct process *p = context;
    struct world *w = p->world;
    if (r->kind == TRACE_CONF && !r->transitional)
        p->views++;
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_trace)
            w->observers[i].on_trace(w->observers[i].context, p->index, p->life, r);
}

static void log_line(void *context, enum log_level level, const char *line)
{
    const struct process *p = context;
    (void)level;
    if (p->world->talk)
        printf("%10.3f ms d%d.%u  %s\n", (double)p->world->now / 1000, p->index + 1, p->life, line);
}

/* -- the world ----------------------------------------------------------------------------- */

static void fill_conf(struct conf *c, const struct world_options *o)
{
    static const struct conf_timeouts lan = {1250, 500, 250, 250, 625, 500, 1250, 1250, 30000};
    c->daemon_count = o->daemons;
    c->segment_count = o->segments;
    c->ip_version = 4;
    c->hash = 0x5eed;
    for (int i = 0, s = -1; i < o->daemons; i++) {
        if (i * o->segments / o->daemons != s) {
            s = i * o->segments / o->daemons;
            c->segments[s] = (struct conf_segment){
                .port = 4803, .first_daemon = i, .address_count = 1,
                .addresses = {{.family = 4, .bytes = {239, 1, 1, (uint8_t)s}}}};
        }
        c->segments[s].daemon_count++;
        struct conf_daemon *d = &c->daemons[i];
        snprintf(d->name, sizeof d->name, "d%d", i + 1);
        d->id = 100 + (uint32_t)i;
        d->segment = s;
        d->ip = (struct ip){.family = 4, .bytes = {10, 0, (uint8_t)s, (uint8_t)(i + 1)}};
    }
    c->max_session_messages = o->max_session_messages ? o->max_session_messages : 1000;
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
    snprintf(c->allowed_auth, sizeof c->allowed_auth, "NULL");
}

struct world *world_new(const struct world_options *o)
{
    struct world *w = memory_new(sizeof *w);
    struct random seeds = {o->seed};
    w->options = *o;
    w->conf = memory_new(sizeof *w->conf);
    fill_conf(w->conf, o);
    w->auth = auth_policy_new(w->conf);
    network_init(&w->network, o->daemons, random_next(&seeds));
    w->seeds.state = random_next(&seeds);
    w->now = w->verdict.now = START_US;
    for (int i = 0; i < o->daemons; i++)
        w->processes[i] = (struct process){.world = w, .index = i};
    return w;
}

static void count_cells(struct world *w, int proc)
{
    const uint32_t(*cells)[CORE_CELLS] = core_cells(daemon_core(w->processes[proc].daemon));
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            w->cells[s][k] += cells[s][k];
}

static void empty_inbox(struct process *p)
{
    for (size_t i = 0; i < p->inbox_count; i++)
        drop_arrival(p->inbox[i]);
    p->inbox_count = 0;
}

/* The process is no more, whatever was the reason. */
static void end_process(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    count_cells(w, proc);
    clients_lose_daemon(p);
    daemon_free(p->daemon);
    p->daemon = NULL;
    p->paused = p->leaving = false;
    p->wake_number++;
    p->busy_until = 0;
    empty_inbox(p);
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_end)
            w->observers[i].on_end(w->observers[i].context, proc, p->life);
}

void world_free(struct world *w)
{
    for (int i = 0; i < w->options.daemons; i++) {
        struct process *p = &w->processes[i];
        if (p->daemon) {
            clients_lose_daemon(p);
            daemon_free(p->daemon);
        }
        clients_free(p);
        empty_inbox(p);
        free(p->inbox);
    }
    heap_fini(&w->heap, drop_happening);
    auth_policy_free(w->auth);
    free(w->conf);
    free(w);
}

/* -- datagrams ----------------------------------------------------------------------------- */

static void plan_arrival(struct world *w, const struct datagram_out *out, int from, int to,
                         usec at)
{
    struct arrival *a = memory_new(sizeof *a);
    *a = (struct arrival){.kind = HAPPENS_ARRIVAL, .to = to, .from = from,
                          .block = block_ref(out->block), .bytes = out->bytes, .len = out->len,
                          .token_port = out->token_port, .own_address = !out->segment};
    heap_add(&w->heap, at, a);
}

static void carry(struct world *w, const struct datagram_out *out, int from, int to)
{
    usec arrivals[2], delay = 0;
    enum fate fate = FATE_CARRY;
    w->datagrams++;
    if (w->fate) {
        struct packet_header h;
        packet_header_decode(&h, out->bytes, out->len);
        fate = w->fate(w->fate_context, from, to, &h, &delay);
    }
    if (fate == FATE_LOSE)
        return;
    int copies = network_carry(&w->network, (unsigned)from, (unsigned)to, out->len,
                               out->token_port, w->now, arrivals);
    for (int i = 0; i < copies; i++)
        plan_arrival(w, out, from, to, arrivals[i] + (fate == FATE_DELAY ? delay : 0));
}

static void send_datagram(struct world *w, const struct datagram_out *out, int from)
{
    const struct conf *c = w->conf;
    if (!out->segment) {
        carry(w, out, from, out->proc);
        return;
    }
    const struct conf_segment *s = &c->segments[c->daemons[from].segment];
    for (int i = s->first_daemon; i < s->first_daemon + s->daemon_count; i++)
        if (i != from)
            carry(w, out, from, i);
}

static void hand_over(struct world *w, struct process *p, struct arrival *a)
{
    struct datagram_in in = {
        .block = a->block,
        .bytes = a->bytes,
        .len = a->len,
        .source = w->conf->daemons[a->from].ip,
        .source_port = 1024,
        .token_port = a->token_port,
        .own_address = a->own_address,
    };
    daemon_on_datagram(p->daemon, &in, w->now);
    drop_arrival(a);
    world_after_call(w, p->index);
}

static void arrive(struct world *w, struct arrival *a)
{
    struct process *p = &w->processes[a->to];
    if (!p->daemon) {
        drop_arrival(a);
    } else if (p->paused) {
        if (p->inbox_count == INBOX_MAX) {
            drop_arrival(a);
            return;
        }
        if (p->inbox_count == p->inbox_size) {
            p->inbox_size = p->inbox_size ? 2 * p->inbox_size : 64;
            p->inbox = memory_grow(p->inbox, p->inbox_size * sizeof p->inbox[0]);
        }
        p->inbox[p->inbox_count++] = a;
    } else if (p->busy_until > w->now) {
        heap_add(&w->heap, p->busy_until, a);
    } else {
        if (p->busy_each)
            p->busy_until = w->now + p->busy_each;
        hand_over(w, p, a);
    }
}

/* -- processes ----------------------------------------------------------------------------- */

static uint64_t wall_s(const struct world *w)
{
    return (uint64_t)(WALL_START_S + (int64_t)(w->now / USEC_SECOND) + w->wall_offset_s);
}

static void plan_wake(struct world *w, struct process *p)
{
    usec at = daemon_deadline(p->daemon);
    if (at == NEVER || p->paused)
        return;
    at = at > w->now ? at : w->now;
    struct wake *wake = memory_new(sizeof *wake);
    p->planned_wake = at;
    *wake = (struct wake){.kind = HAPPENS_WAKE, .proc = p->index, .number = ++p->wake_number};
    heap_add(&w->heap, at, wake);
}

void world_after_call(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    struct datagram_out out;
    clients_serve(p);
    while (daemon_next_datagram(p->daemon, &out)) {
        send_datagram(w, &out, proc);
        block_unref(out.block);
    }
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_rest)
            w->observers[i].on_rest(w->observers[i].context, proc);
    if (daemon_has_left(p->daemon))
        end_process(w, proc);
    else if (daemon_deadline(p->daemon) != p->planned_wake)
        plan_wake(w, p);
}

static void run_timers(struct world *w, struct process *p, usec lag)
{
    p->planned_wake = NEVER;
    daemon_on_time(p->daemon, w->now, lag, wall_s(w));
    world_after_call(w, p->index);
}

static void wake_up(struct world *w, const struct wake *wake)
{
    struct process *p = &w->processes[wake->proc];
    if (p->daemon && !p->paused && wake->number == p->wake_number)
        run_timers(w, p, 0);
}

void world_start(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    if (p->daemon)
        return;
    p->life++;
    p->trace = (struct trace){.record = on_trace, .context = p};
    p->log = (struct log){
        .types = ~0u, .level = LEVEL_DEBUG, .sink = log_line, .context = p};
    struct daemon_parts parts = {
        .conf = w->conf, .self = proc, .auth = w->auth, .log = &p->log,
        .seed = random_next(&w->seeds), .trace = &p->trace, .max_gap = w->options.max_gap,
    };
    p->daemon = daemon_new(&parts, w->now);
    for (int i = 0; i < w->observer_count; i++)
        if (w->observers[i].on_start)
            w->observers[i].on_start(w->observers[i].context, proc, p->life);
    p->planned_wake = NEVER;
    plan_wake(w, p);
}

void world_crash(struct world *w, int proc)
{
    if (w->processes[proc].daemon)
        end_process(w, proc);
}

void world_leave(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    if (!p->daemon || p->paused)
        return;
    p->leaving = true;
    daemon_leave(p->daemon, w->now);
    world_after_call(w, proc);
}

void world_pause(struct world *w, int proc)
{
    if (w->processes[proc].daemon)
        w->processes[proc].paused = true;
}

void world_resume(struct world *w, int proc)
{
    struct process *p = &w->processes[proc];
    unsigned life = p->life;
    if (!p->daemon || !p->paused)
        return;
    p->paused = false;
    usec lag = p->planned_wake < w->now ? w->now - p->planned_wake : 0;
    struct arrival **inbox = p->inbox;
    size_t count = p->inbox_count;
    p->inbox = NULL;
    p->inbox_count = p->inbox_size = 0;
    for (size_t i = 0; i < count; i++) {
        if (p->daemon && p->life == life)
            hand_over(w, p, inbox[i]);
        else
            drop_arrival(inbox[i]);
    }
    free(inbox);
    if (p->daemon && p->life == life)
        run_timers(w, p, lag);
}

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
    network_partition(&w->network, component);
}

void world_heal(struct world *w)
{
    network_heal(&w->network);
}

/* -- time ---------------------------------------------------------------------------------- */

void world_call(struct world *w, usec at, void (*f)(struct world *w, void *context), void *context)
{
    struct call *call = memory_new(sizeof *call);
    *call = (struct call){.kind = HAPPENS_CALL, .f = f, .context = context};
    heap_add(&w->heap, at, call);
}

static void happen(struct world *w, void *what)
{
    w->events++;
    switch (*(enum happening_kind *)what) {
    case HAPPENS_ARRIVAL:
        arrive(w, what);
        return;
    case HAPPENS_WAKE:
        wake_up(w, what);
        break;
    case HAPPENS_CALL: {
        struct call *call = what;
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

bool world_in_one_view(const struct world *w, const struct procset *set)
{
    uint64_t tag = 0;
    for procset_each(i, set) {
        const struct process *p = &w->processes[i];
        if (!p->daemon || core_state(daemon_core(p->daemon)) != CORE_OPER)
            return false;
        const struct view *v = daemon_view(p->daemon);
        if (!procset_equal(&v->members, set) || (tag && v->tag != tag))
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
