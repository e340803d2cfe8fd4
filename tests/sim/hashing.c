/* SPDX-License-Identifier: MIT
 *
 * Passwords that are hashed beside the loops of simulated daemons, a few at a time: mostly for as long as
 * that takes, at times for much longer, and now and then an answer comes twice.
 */
#include "tests/sim/mix.h"
#include "tests/sim/policies.h"
#include "tests/sim/world.h"

enum {
    HASHING_US = 27 * USEC_MS,
    SLOW_ONE_IN = 8,
    SLOW_TIMES = 20,
    TWICE_ONE_IN = 8,
    STANDS_STILL_US = USEC_MS,
};

static void answer(struct world *w, void *context)
{
    struct hasher *h = context;
    struct process *p = h->process;
    bool lives = p->daemon && p->life == h->life;
    if (lives && p->paused) { /* the answer lies there until it looks */
        world_call(w, w->now + STANDS_STILL_US, answer, h);
        return;
    }
    h->busy = false;
    if (!lives)
        return;
    daemon_on_login(p->daemon, h->number, h->matches, w->now);
    if (h->twice)
        daemon_on_login(p->daemon, h->number, !h->matches, w->now);
    process_finish(p);
}

static struct hasher *idle_one(struct process *p)
{
    for (int i = 0; i < HASHERS; i++)
        if (!p->hashers[i].busy)
            return &p->hashers[i];
    return NULL;
}

void hashing_ask(struct process *p)
{
    struct world *w = p->world;
    struct login_question q;
    struct hasher *h;
    while (daemon_login_waits(p->daemon) && (h = idle_one(p)) && daemon_next_login(p->daemon, &q)) {
        struct random r = {mix(w->options.seed ^ w->options.policies, (uint64_t)p->life << 32 | q.number)};
        usec takes = HASHING_US / 2 + random_below(&r, HASHING_US);
        if (random_below(&r, SLOW_ONE_IN) == 0)
            takes *= SLOW_TIMES;
        *h = (struct hasher){.process = p,
                             .life = p->life,
                             .number = q.number,
                             .busy = true,
                             .matches = policy_matches(q.password, q.hash),
                             .twice = random_below(&r, TWICE_ONE_IN) == 0};
        world_call(w, w->now + takes, answer, h);
    }
}
