/* SPDX-License-Identifier: MIT */
#include "tests/sim/links.h"

enum { LARGE = 512, MILLION = 1000000 };

void network_init(struct network *n, int procs, uint64_t seed)
{
    *n = (struct network){.random = {seed}, .procs = procs};
    for (int a = 0; a < procs; a++)
        for (int b = 0; b < procs; b++)
            n->links[a][b] = (struct link_state){.latency = 40, .jitter = 20};
}

static bool happens(struct network *n, uint32_t ppm)
{
    return ppm > 0 && random_below(&n->random, MILLION) < ppm;
}

static usec up_to(struct network *n, usec limit)
{
    return limit > 0 ? random_next(&n->random) % (limit + 1) : 0;
}

static usec arrival(struct network *n, struct link_state *l, size_t len, usec now)
{
    usec start = l->busy_until > now ? l->busy_until : now;
    l->busy_until = start + len * l->per_byte_ns / 1000;
    usec at = l->busy_until + l->latency + up_to(n, l->jitter);
    return happens(n, l->tail_ppm) ? at + up_to(n, l->tail) : at;
}

int network_carry(struct network *n, unsigned from, unsigned to, size_t len, bool token_port,
                  usec now, usec arrivals[2])
{
    struct link_state *l = &n->links[from][to];
    int copies = 0;
    n->sent++;
    if (l->cut || (l->cut_large && len > LARGE) || (l->cut_data && !token_port) ||
        happens(n, l->loss_ppm)) {
        n->lost++;
        return 0;
    }
    arrivals[copies++] = arrival(n, l, len, now);
    if (happens(n, l->double_ppm)) {
        n->doubled++;
        arrivals[copies++] = arrival(n, l, len, now);
    }
    return copies;
}

void network_partition(struct network *n, const int *component)
{
    for (int a = 0; a < n->procs; a++)
        for (int b = 0; b < n->procs; b++)
            n->links[a][b].cut = component[a] != component[b];
}

void network_heal(struct network *n)
{
    for (int a = 0; a < n->procs; a++)
        for (int b = 0; b < n->procs; b++)
            n->links[a][b].cut = n->links[a][b].cut_large = n->links[a][b].cut_data = false;
}
