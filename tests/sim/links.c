/* SPDX-License-Identifier: MIT */
#include "tests/sim/links.h"

#include <stdlib.h>

#include "daemon/base/memory.h"

enum { LARGE = 512, MILLION = 1000000 };

void network_init(struct network *n, int procs, uint64_t seed)
{
    struct random seeds = {seed};
    size_t count = (size_t)procs * (size_t)procs;
    *n = (struct network){.procs = procs, .links = memory_new(count * sizeof n->links[0])};
    for (size_t i = 0; i < count; i++)
        n->links[i] = (struct link_state){
            .random = {random_next(&seeds)}, .latency = 40, .jitter = 20};
}

void network_fini(struct network *n)
{
    free(n->links);
}

static bool happens(struct link_state *l, uint32_t ppm)
{
    return ppm > 0 && random_below(&l->random, MILLION) < ppm;
}

static usec up_to(struct link_state *l, usec limit)
{
    return limit > 0 ? random_next(&l->random) % (limit + 1) : 0;
}

static bool is_lost(struct link_state *l, const struct parcel *p, usec now)
{
    if (l->cut || (l->cut_large && p->len > LARGE) || (l->cut_data && !p->token_port))
        return true;
    if (happens(l, l->burst_ppm))
        l->burst_until = now + up_to(l, l->burst);
    if (now < l->burst_until || happens(l, l->loss_ppm))
        return true;
    return l->type && p->type == l->type && happens(l, l->type_ppm);
}

static usec arrival(struct link_state *l, const struct parcel *p, usec now)
{
    usec start = l->busy_until > now ? l->busy_until : now;
    l->busy_until = start + p->len * l->per_byte_ns / 1000;
    usec at = l->busy_until + l->latency + up_to(l, l->jitter);
    bool late = happens(l, l->tail_ppm);
    if (l->type && p->type == l->type)
        late |= happens(l, l->type_late_ppm);
    return late ? at + up_to(l, l->tail) : at;
}

static void add_copy(struct network *n, struct link_state *l, const struct parcel *p, usec now,
                     struct carriage *c)
{
    c->damaged[c->copies] = happens(l, l->damage_ppm);
    n->damaged += c->damaged[c->copies];
    c->at[c->copies++] = arrival(l, p, now);
}

struct carriage network_carry(struct network *n, const struct parcel *p, usec now)
{
    struct link_state *l = network_link(n, p->from, p->to);
    struct carriage c = {0};
    n->sent++;
    if (is_lost(l, p, now)) {
        n->lost++;
        return c;
    }
    add_copy(n, l, p, now, &c);
    if (happens(l, l->double_ppm)) {
        n->doubled++;
        add_copy(n, l, p, now, &c);
    }
    return c;
}

void network_partition(struct network *n, const int *component)
{
    for (int a = 0; a < n->procs; a++)
        for (int b = 0; b < n->procs; b++)
            network_link(n, (unsigned)a, (unsigned)b)->cut = component[a] != component[b];
}

void network_isolate(struct network *n, unsigned a)
{
    for (unsigned b = 0; b < (unsigned)n->procs; b++)
        if (b != a)
            network_link(n, a, b)->cut = network_link(n, b, a)->cut = true;
}

void network_heal(struct network *n)
{
    for (int i = 0; i < n->procs * n->procs; i++)
        n->links[i].cut = n->links[i].cut_large = n->links[i].cut_data = false;
}
