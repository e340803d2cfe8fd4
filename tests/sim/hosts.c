/* SPDX-License-Identifier: MIT
 *
 * The kernels of simulated hosts: a daemon asks that of another whether it lives. A host lives as long
 * as the network reaches it; it refuses where no process runs, and does not mind whether one that
 * runs stands still. On a link that damages datagrams, answers lie.
 */
#include "daemon/base/memory.h"
#include "tests/sim/world.h"

enum {
    LIMIT_US = 150 * USEC_MS, /* daemon/io/ask.c */
    CALL_BYTES = 60,
};

struct answer {
    enum happening_kind kind;
    struct process *to;
    unsigned life;
    struct question question;
    enum host_answer what;
};

static enum host_answer truth(const struct process *asked)
{
    return asked->daemon ? HOST_LIVES : HOST_REFUSES;
}

static enum host_answer lie(usec at)
{
    static const enum host_answer lies[] = {HOST_SILENT, HOST_REFUSES, HOST_LIVES};
    return lies[at % 3];
}

/* There and back; what it finds, and when that is known. */
static enum host_answer call(struct process *from, const struct process *to, usec *at)
{
    struct world *w = from->world;
    struct parcel out = {.from = (unsigned)from->index, .to = (unsigned)to->index,
                         .len = CALL_BYTES};
    struct parcel back = {.from = out.to, .to = out.from, .len = CALL_BYTES};
    struct carriage there = network_carry(&w->network, &out, w->now);
    struct carriage here = network_carry(&w->network, &back, w->now);
    usec limit = w->now + LIMIT_US;
    *at = limit;
    if (there.copies == 0 || here.copies == 0 || there.at[0] + here.at[0] - w->now >= limit)
        return HOST_SILENT;
    *at = there.at[0] + here.at[0] - w->now;
    return there.damaged[0] || here.damaged[0] ? lie(*at) : truth(to);
}

static void ask(struct process *p, const struct question *q)
{
    struct world *w = p->world;
    int to = process_version(p)->world_index[q->whom];
    usec at = w->now + LIMIT_US, delay = 0;
    enum host_answer what = HOST_SILENT;
    if (to != NO_PROC)
        what = call(p, w->twins[to].daemon ? &w->twins[to] : &w->processes[to], &at);
    if (w->host && to != NO_PROC)
        what = w->host(w->host_context, p->index, to, what, &delay);
    struct answer *a = memory_new(sizeof *a);
    *a = (struct answer){
        .kind = HAPPENS_ANSWER, .to = p, .life = p->life, .question = *q, .what = what};
    heap_add(&w->heap, at + delay, a);
}

void hosts_ask(struct process *p)
{
    struct host_question q;
    while (daemon_next_question(p->daemon, &q))
        ask(p, &q.question);
}

/* One that stands still does not hear it, as if it were never given: it must live with that, too. */
void hosts_answer(const struct answer *a)
{
    struct process *p = a->to;
    if (!p->daemon || p->life != a->life || p->paused)
        return;
    daemon_on_answer(p->daemon, &a->question, a->what, p->world->now);
    process_finish(p);
}
