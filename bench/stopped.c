/* SPDX-License-Identifier: MIT
 *
 * What a client that has stopped reading costs those who have nothing to do with it: a stream, and
 * clients that each wait for their answer, measured without it and with it.
 */
#include <stdio.h>
#include <string.h>

#include "bench/measure.h"

/* More than half the usual limit waits for the stopped client, whatever of it the sockets hold. */
enum { WAITING = 750, WAITING_SIZE = 20000, STREAM_SIZE = 32, LARGE_SIZE = 1000, BURST = 100 };

static uint64_t send_and_await(mailbox mbox, const char *self)
{
    char body[8] = "answer", sender[MAX_GROUP_NAME], group[MAX_GROUP_NAME];
    service type = 0;
    int16 kind;
    int count, swapped;
    uint64_t begin = now_us();
    int n = SP_multicast(mbox, AGREED_MESS, self, 0, sizeof body, body);
    if (n >= 0)
        n = SP_receive(mbox, &type, sender, 1, &count, &group, &kind, &swapped, sizeof body, body);
    if (n < 0)
        give_up("no answer", n);
    return now_us() - begin;
}

/* The group goes quiet with so much waiting for its one member that it is half-way to its limit. */
static void stop_a_reader(const struct setup *s)
{
    static char body[WAITING_SIZE];
    char self[MAX_GROUP_NAME], sender[MAX_GROUP_NAME];
    if (SP_join(open_mailbox(s, 0, self), "stopped") < 0)
        give_up("join", 0);
    mailbox mbox = open_mailbox(s, 0, sender);
    for (int i = 0; i < WAITING; i++) {
        int n = SP_multicast(mbox, AGREED_MESS, "stopped", 0, sizeof body, body);
        if (n < 0)
            give_up("multicast", n);
        if (i % BURST == 0) /* no faster than the daemon */
            send_and_await(mbox, sender);
    }
    send_and_await(mbox, sender);
}

static void stream(const struct setup *s, const char *when, int size)
{
    static char body[LARGE_SIZE];
    char self[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(s, 0, self);
    uint64_t sent = 0, begin = now_us(), until = begin + (uint64_t)(s->seconds * 1e6);
    while (now_us() < until)
        for (int i = 0; i < BURST; i++, sent++) {
            int n = SP_multicast(mbox, AGREED_MESS, "nobody", 0, size, body);
            if (n < 0)
                give_up("multicast", n);
        }
    send_and_await(mbox, self);
    printf("{\"bench\":\"stopped\",\"reader\":\"%s\",\"size\":%d,\"stream_per_s\":%.0f}\n", when, size,
           (double)sent / ((double)(now_us() - begin) / 1e6));
    SP_disconnect(mbox);
}

struct answers {
    const struct setup *setup;
    uint64_t *counts;
    uint32_t *samples; /* [clients][per_client] */
    size_t per_client;
};

static int client(int index, void *context)
{
    const struct answers *r = context;
    char self[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(r->setup, 0, self);
    uint64_t until = now_us() + (uint64_t)(r->setup->seconds * 1e6);
    size_t n = 0;
    while (now_us() < until && n < r->per_client)
        r->samples[(size_t)index * r->per_client + n++] = (uint32_t)send_and_await(mbox, self);
    r->counts[index] = n;
    SP_disconnect(mbox);
    return 0;
}

static void answers(const struct setup *s, const char *when)
{
    struct answers r = {.setup = s, .per_client = (size_t)(s->seconds * 100000) + 1};
    struct samples all = {0};
    size_t clients = (size_t)s->clients;
    r.counts = shared_memory(clients * sizeof r.counts[0]);
    r.samples = shared_memory(clients * r.per_client * sizeof r.samples[0]);
    run_children(s->clients, client, &r);
    for (size_t i = 0; i < clients; i++)
        for (size_t k = 0; k < r.counts[i]; k++)
            samples_add(&all, r.samples[i * r.per_client + k]);
    printf("{\"bench\":\"stopped\",\"reader\":\"%s\",\"clients\":%d,\"answers_per_s\":%.0f", when,
           s->clients, (double)all.count / s->seconds);
    samples_print(&all, "answer_us");
    printf("}\n");
    samples_free(&all);
}

static void measure(const struct setup *s, const char *when)
{
    stream(s, when, STREAM_SIZE);
    stream(s, when, LARGE_SIZE);
    answers(s, when);
    fflush(stdout);
}

void bench_stopped(const struct setup *s)
{
    measure(s, "none");
    stop_a_reader(s);
    measure(s, "stopped");
}
