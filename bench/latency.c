/* SPDX-License-Identifier: MIT
 *
 * Latency at a set rate: each client sends on its own schedule and stamps each message with the
 * time it was due, so that a late sender does not hide a slow daemon.
 */
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"

struct latency_run {
    const struct setup *setup;
    size_t per_client; /* samples a client may store */
    uint32_t *samples; /* [clients][per_client] */
    size_t *counts;
};

/* False if it was no message of a client. */
static bool receive_one(mailbox mbox, const char *self, bool *own, uint32_t *us)
{
    static char body[144000];
    char sender[MAX_GROUP_NAME], groups[4][MAX_GROUP_NAME];
    service type = 0;
    int16 kind;
    int count, swapped;
    uint64_t due;
    int n = SP_receive(mbox, &type, sender, 4, &count, groups, &kind, &swapped, sizeof body, body);
    if (n < (int)sizeof due)
        give_up("receive", n);
    if (!Is_regular_mess(type))
        return false;
    memcpy(&due, body, sizeof due);
    *own = strcmp(sender, self) == 0;
    uint64_t now = now_us();
    *us = now > due ? (uint32_t)(now - due) : 0;
    return true;
}

static int client(int index, void *context)
{
    struct latency_run *r = context;
    const struct setup *s = r->setup;
    static char body[144000];
    char self[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(s, 1, self);
    uint32_t *mine = r->samples + (size_t)index * r->per_client;
    size_t to_send = (size_t)(s->rate * s->seconds), sent = 0, back = 0, taken = 0;
    uint64_t gap = 1000000u / (uint64_t)s->rate;

    SP_join(mbox, "bench");
    await_members(mbox, s->members);
    uint64_t begin = now_us() + 100000 + gap * (uint64_t)index / (uint64_t)s->clients;
    while (back < to_send) {
        uint64_t now = now_us(), due = begin + sent * gap;
        if (sent < to_send && now >= due) {
            memcpy(body, &due, sizeof due);
            int n = SP_multicast(mbox, s->service, "bench", 0, s->size, body);
            if (n < 0)
                give_up("multicast", n);
            sent++;
            continue;
        }
        struct pollfd p = {.fd = mbox, .events = POLLIN};
        struct timespec wait = {.tv_nsec = sent < to_send ? (long)(due - now) * 1000 : 999999999};
        bool own;
        uint32_t us;
        if (ppoll(&p, 1, &wait, NULL) == 1 && receive_one(mbox, self, &own, &us)) {
            back += own;
            if (taken < r->per_client)
                mine[taken++] = us;
        }
    }
    r->counts[index] = taken;
    SP_disconnect(mbox);
    return 0;
}

void bench_latency(const struct setup *s)
{
    struct latency_run r = {.setup = s};
    struct samples all = {0};
    if (s->rate == 0)
        give_up("latency of nothing", 0);
    r.per_client = (size_t)((double)s->rate * s->seconds * s->members) + 1;
    r.samples = shared_memory((size_t)s->clients * r.per_client * sizeof(r.samples[0]));
    r.counts = shared_memory((size_t)s->clients * sizeof(r.counts[0]));
    uint64_t cpu = daemon_cpu_us(s->pid);
    run_children(s->clients, client, &r);
    cpu = daemon_cpu_us(s->pid) - cpu;
    for (int i = 0; i < s->clients; i++)
        for (size_t k = 0; k < r.counts[i]; k++)
            samples_add(&all, r.samples[(size_t)i * r.per_client + k]);
    double ordered = (double)s->rate * s->seconds * s->clients;
    printf("{\"bench\":\"latency\",\"clients\":%d,\"size\":%d,\"rate\":%d,\"service\":%d,"
           "\"daemon_cpu_us_per_ordered\":%.3f",
           s->clients, s->size, s->rate, s->service, (double)cpu / ordered);
    samples_print(&all, "latency_us");
    printf("}\n");
    samples_free(&all);
}
