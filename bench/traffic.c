/* SPDX-License-Identifier: MIT
 *
 * Throughput: clients that keep a window of own messages in flight and receive everything; and
 * fan-out: one such sender, many receivers.
 */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/measure.h"

enum { NAMES_MAX = 8, BODY_MAX = 143000 };

/* Shared by the clients of one run. */
struct run {
    const struct setup *setup;
    pthread_barrier_t start, end;
    int senders;
    uint64_t ordered;    /* messages the first client received */
    uint64_t deliveries; /* received by all */
    uint64_t elapsed_us, cpu_us;
    uint64_t took_us; /* all deliveries together, if they are stamped */
};

/* What somebody does who wants to know how long each message takes. */
static void stamp(const struct run *r, char *body)
{
    uint64_t now = now_us();
    if (r->setup->stamped)
        memcpy(body, &now, sizeof now);
}

static uint64_t age_us(const struct run *r, const char *body)
{
    uint64_t sent;
    memcpy(&sent, body, sizeof sent);
    return r->setup->stamped ? now_us() - sent : 0;
}

static uint64_t exchange(struct run *r, mailbox mbox, const char *self, int sends,
                         uint64_t until)
{
    static char body[BODY_MAX], out[BODY_MAX];
    char sender[MAX_GROUP_NAME], groups[NAMES_MAX][MAX_GROUP_NAME];
    uint64_t received = 0, took_us = 0;
    int in_flight = 0;
    /* The last message of a sender has type 1; when all senders' have come the run is over. */
    int goodbyes = 0;
    int said = !sends;
    while (goodbyes < r->senders) {
        while (!said && in_flight < r->setup->window) {
            int last = now_us() >= until;
            stamp(r, out);
            int n =
                SP_multicast(mbox, r->setup->service, "bench", (int16)last, r->setup->size, out);
            if (n < 0)
                give_up("multicast", n);
            in_flight++;
            said = last;
        }
        service type = 0;
        int16 kind;
        int count, swapped;
        int n = SP_receive(mbox, &type, sender, NAMES_MAX, &count, groups, &kind, &swapped,
                           sizeof body, body);
        if (n < 0)
            give_up("receive", n);
        received++;
        took_us += age_us(r, body);
        goodbyes += kind == 1;
        in_flight -= strcmp(sender, self) == 0;
    }
    __atomic_add_fetch(&r->took_us, took_us, __ATOMIC_RELAXED);
    return received;
}

static int client(int index, void *context)
{
    struct run *r = context;
    char self[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(r->setup, 1, self);
    if (SP_join(mbox, "bench") < 0)
        give_up("join", 0);
    await_members(mbox, r->setup->members);
    pthread_barrier_wait(&r->start);
    uint64_t begin = now_us(), cpu = daemon_cpu_us(r->setup->pid);
    uint64_t received =
        exchange(r, mbox, self, index < r->senders, begin + (uint64_t)(r->setup->seconds * 1e6));
    __atomic_add_fetch(&r->deliveries, received, __ATOMIC_RELAXED);
    if (index == 0) {
        r->ordered = received;
        r->elapsed_us = now_us() - begin;
    }
    pthread_barrier_wait(&r->end);
    if (index == 0)
        r->cpu_us = daemon_cpu_us(r->setup->pid) - cpu;
    SP_disconnect(mbox);
    return 0;
}

static void traffic(const struct setup *s, const char *name, int senders)
{
    struct run *r = shared_memory(sizeof *r);
    pthread_barrierattr_t shared;
    *r = (struct run){.setup = s, .senders = senders};
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&r->start, &shared, (unsigned)s->clients);
    pthread_barrier_init(&r->end, &shared, (unsigned)s->clients);
    run_children(s->clients, client, r);

    double seconds = (double)r->elapsed_us / 1e6;
    printf("{\"bench\":\"%s\",\"clients\":%d,\"senders\":%d,\"size\":%d,\"window\":%d,"
           "\"service\":%d,\"ordered\":%llu,\"ordered_per_s\":%.0f,\"deliveries_per_s\":%.0f,"
           "\"body_mb_per_s\":%.1f,\"daemon_cpu_us_per_ordered\":%.3f",
           name, s->clients, senders, s->size, s->window, s->service,
           (unsigned long long)r->ordered, (double)r->ordered / seconds,
           (double)r->deliveries / seconds, (double)r->deliveries * s->size / seconds / 1e6,
           r->ordered ? (double)r->cpu_us / (double)r->ordered : 0);
    if (s->stamped)
        printf(",\"mean_us\":%.1f", (double)r->took_us / (double)r->deliveries);
    printf("}\n");
}

void bench_throughput(const struct setup *s)
{
    traffic(s, "throughput", s->members);
}

void bench_fanout(const struct setup *s)
{
    traffic(s, "fanout", 1);
}
