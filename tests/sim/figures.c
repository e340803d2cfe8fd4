/* SPDX-License-Identifier: MIT */
#include "tests/sim/figures.h"

#include <inttypes.h>
#include <stdlib.h>

#include "daemon/base/memory.h"
#include "daemon/base/steps.h"
#include "daemon/packet/data.h"

/* -- one figure ---------------------------------------------------------------------------- */

void figure_add(struct figure *f, uint64_t value)
{
    f->least = f->count == 0 || value < f->least ? value : f->least;
    f->most = value > f->most ? value : f->most;
    f->count++;
    f->sum += value;
    f->steps[step_of(value, FIGURE_STEPS)]++;
}

static void merge(struct figure *to, const struct figure *from)
{
    if (from->count == 0)
        return;
    to->least = to->count == 0 || from->least < to->least ? from->least : to->least;
    to->most = from->most > to->most ? from->most : to->most;
    to->count += from->count;
    to->sum += from->sum;
    for (int i = 0; i < FIGURE_STEPS; i++)
        to->steps[i] += from->steps[i];
}

static uint64_t percentile(const struct figure *f, unsigned percent)
{
    uint64_t wanted = (f->count * percent + 99) / 100, seen = 0;
    for (unsigned i = 0; i < FIGURE_STEPS; i++) {
        seen += f->steps[i];
        if (seen >= wanted && seen > 0)
            return step_end(i) < f->most ? step_end(i) : f->most;
    }
    return f->most;
}

static void print(const char *name, const char *of, const char *unit, const struct figure *f,
                  FILE *to)
{
    if (f->count == 0)
        return;
    fprintf(to,
            "{\"figure\": \"%s\", \"of\": \"%s\", \"unit\": \"%s\", \"count\": %" PRIu64
            ", \"min\": %" PRIu64 ", \"mean\": %" PRIu64 ", \"p50\": %" PRIu64 ", \"p90\": %" PRIu64
            ", \"p99\": %" PRIu64 ", \"max\": %" PRIu64 "}\n",
            name, of, unit, f->count, f->least, f->sum / f->count, percentile(f, 50),
            percentile(f, 90), percentile(f, 99), f->most);
}

/* -- all of them --------------------------------------------------------------------------- */

void figures_merge(struct figures *to, const struct figures *from)
{
    for (int k = 0; k < SINGLE_KINDS; k++) {
        merge(&to->view_us[k], &from->view_us[k]);
        merge(&to->view_packets[k], &from->view_packets[k]);
        merge(&to->views[k], &from->views[k]);
    }
    merge(&to->agreed_us, &from->agreed_us);
    merge(&to->safe_us, &from->safe_us);
    merge(&to->agreed_rotations, &from->agreed_rotations);
    merge(&to->safe_rotations, &from->safe_rotations);
    merge(&to->meeting_us, &from->meeting_us);
    to->packets += from->packets;
    to->sent_again += from->sent_again;
    to->had_already += from->had_already;
    to->lossless_packets += from->lossless_packets;
    to->lossless_sent_again += from->lossless_sent_again;
}

void figures_print(const struct figures *f, FILE *to)
{
    for (int k = 0; k < SINGLE_KINDS; k++) {
        const char *kind = single_name((enum single_kind)k);
        print("view after", kind, "us", &f->view_us[k], to);
        print("membership packets for a view after", kind, "packets", &f->view_packets[k], to);
        print("views of a daemon after", kind, "hundredths", &f->views[k], to);
    }
    print("view after", "the last of many faults", "us", &f->meeting_us, to);
    print("latency", "agreed", "us", &f->agreed_us, to);
    print("latency", "agreed", "hundredths of a rotation", &f->agreed_rotations, to);
    print("latency", "safe", "us", &f->safe_us, to);
    print("latency", "safe", "hundredths of a rotation", &f->safe_rotations, to);
    fprintf(to,
            "{\"figure\": \"packets\", \"of\": \"all runs\", \"data\": %" PRIu64
            ", \"sent_again\": %" PRIu64 ", \"had_already\": %" PRIu64 "}\n",
            f->packets, f->sent_again, f->had_already);
    fprintf(to,
            "{\"figure\": \"packets\", \"of\": \"runs without loss\", \"data\": %" PRIu64
            ", \"sent_again\": %" PRIu64 "}\n",
            f->lossless_packets, f->lossless_sent_again);
}

void figures_add_single(struct figures *f, const struct single_result *r)
{
    figure_add(&f->view_us[r->kind], r->took);
    figure_add(&f->view_packets[r->kind], r->packets);
    figure_add(&f->views[r->kind], (uint64_t)r->views * 100 / (uint64_t)r->daemons);
}

void figures_add_counters(struct figures *f, const struct world *w)
{
    for (int i = 0; i < w->options.daemons; i++) {
        const struct process *p = &w->processes[i];
        if (!p->daemon)
            continue;
        struct ring_counters c = core_counters(daemon_core(p->daemon));
        uint64_t again = c.resent_one + c.resent_segment + c.resent_all;
        f->packets += c.packets_sent;
        f->sent_again += again;
        f->had_already += c.received_twice;
        if (w->network.lost == 0 && w->network.damaged == 0 && !w->fate) {
            f->lossless_packets += c.packets_sent;
            f->lossless_sent_again += again;
        }
    }
}

/* -- latency ------------------------------------------------------------------------------- */

struct latency {
    const struct world *world;
    const struct order_check *order;
    struct figures *figures;
    usec token_at[PROCS_MAX]; /* when each passed the token on last ... */
    usec rotation[PROCS_MAX]; /* ... and how long after the time before */
};

static void on_passage(void *context, const struct passage *d)
{
    struct latency *l = context;
    if (d->header->type != PACKET_TOKEN || d->header->flags & PACKET_ACKREQ)
        return;
    if (l->token_at[d->from])
        l->rotation[d->from] = l->world->now - l->token_at[d->from];
    l->token_at[d->from] = l->world->now;
}

static void on_trace(void *context, const struct process *p, const struct trace_record *t)
{
    struct latency *l = context;
    if (t->kind != TRACE_DELIVER || t->transitional || t->control)
        return;
    usec sent = order_sent_at(l->order, t->tag, t->seq, t->part);
    if (!sent || core_state(daemon_core(p->daemon)) != CORE_OPER)
        return;
    bool safe = t->service == SERVICE_SAFE;
    uint64_t took = l->world->now - sent;
    figure_add(safe ? &l->figures->safe_us : &l->figures->agreed_us, took);
    if (l->rotation[p->index])
        figure_add(safe ? &l->figures->safe_rotations : &l->figures->agreed_rotations,
                   took * 100 / l->rotation[p->index]);
}

struct latency *latency_new(struct world *w, const struct order_check *order, struct figures *f)
{
    struct latency *l = memory_new(sizeof *l);
    struct observer observer = {.on_trace = on_trace, .on_passage = on_passage, .context = l};
    l->world = w;
    l->order = order;
    l->figures = f;
    world_observe(w, &observer);
    return l;
}

void latency_free(struct latency *l)
{
    free(l);
}
