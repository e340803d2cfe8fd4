/* SPDX-License-Identifier: MIT
 *
 * What connections, groups and idleness cost.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bench/measure.h"

/* Connects and disconnects, one after the other, from one process. */
void bench_connect(const struct setup *s)
{
    struct samples took = {0};
    uint64_t begin = now_us(), cpu = daemon_cpu_us(s->pid);
    for (int i = 0; i < s->count; i++) {
        char self[MAX_GROUP_NAME];
        uint64_t t = now_us();
        SP_disconnect(open_mailbox(s, 1, self));
        samples_add(&took, (uint32_t)(now_us() - t));
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    printf("{\"bench\":\"connect\",\"count\":%d,\"per_s\":%.0f,\"daemon_cpu_us_each\":%.2f",
           s->count, s->count / seconds, (double)(daemon_cpu_us(s->pid) - cpu) / s->count);
    samples_print(&took, "connect_us");
    printf("}\n");
    samples_free(&took);
}

struct burst {
    const struct setup *setup;
    uint32_t *took_us; /* of each worker */
};

static int burst_client(int index, void *context)
{
    const struct burst *b = context;
    char self[MAX_GROUP_NAME];
    uint64_t begin = now_us();
    mailbox mbox = open_mailbox(b->setup, 0, self);
    b->took_us[index] = (uint32_t)(now_us() - begin);
    SP_disconnect(mbox);
    return 0;
}

/* As many forked workers as count that all connect at once. */
void bench_burst(const struct setup *s)
{
    struct burst b = {s, shared_memory((size_t)s->count * sizeof(uint32_t))};
    struct samples took = {0};
    uint64_t begin = now_us();
    run_children(s->count, burst_client, &b);
    printf("{\"bench\":\"burst\",\"count\":%d,\"all_done_ms\":%.1f", s->count,
           (double)(now_us() - begin) / 1e3);
    for (int i = 0; i < s->count; i++)
        samples_add(&took, b.took_us[i]);
    samples_print(&took, "connect_us");
    printf("}\n");
    samples_free(&took);
}

static void take_notice(mailbox mbox)
{
    static char body[4096], groups[16][MAX_GROUP_NAME];
    char sender[MAX_GROUP_NAME];
    service type = DROP_RECV;
    int16 kind;
    int count, swapped;
    int n = SP_receive(mbox, &type, sender, 16, &count, groups, &kind, &swapped, sizeof body, body);
    if (n < 0)
        give_up("receive", n);
}

/* Joins and leaves of one client; each is awaited, a window of them at a time. */
void bench_join(const struct setup *s)
{
    char self[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(s, 1, self);
    int asked = 0, seen = 0, total = 2 * s->count;
    uint64_t begin = now_us(), cpu = daemon_cpu_us(s->pid);
    while (seen < total) {
        while (asked < total && asked - seen < s->window) {
            int code = asked % 2 ? SP_leave(mbox, "bench") : SP_join(mbox, "bench");
            if (code < 0)
                give_up("join", code);
            asked++;
        }
        take_notice(mbox);
        seen++;
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    printf(
        "{\"bench\":\"join\",\"joins_and_leaves\":%d,\"per_s\":%.0f,\"daemon_cpu_us_each\":%.2f}\n",
        total, total / seconds, (double)(daemon_cpu_us(s->pid) - cpu) / total);
    SP_disconnect(mbox);
}

/* Many groups with one member each: joining them, and what they take. */
void bench_groups(const struct setup *s)
{
    char self[MAX_GROUP_NAME], name[MAX_GROUP_NAME];
    mailbox mbox = open_mailbox(s, 1, self);
    uint64_t memory = process_memory(s->pid), begin = now_us();
    for (int asked = 0, seen = 0; seen < s->count; seen++) {
        for (; asked < s->count && asked - seen < s->window; asked++) {
            snprintf(name, sizeof name, "bench-group-%d", asked);
            if (SP_join(mbox, name) < 0)
                give_up("join", 0);
        }
        take_notice(mbox);
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    printf("{\"bench\":\"groups\",\"groups\":%d,\"joins_per_s\":%.0f,\"daemon_bytes_each\":%.0f}\n",
           s->count, s->count / seconds, (double)(process_memory(s->pid) - memory) / s->count);
    SP_disconnect(mbox);
}

/* Mailboxes that are open and do nothing. */
void bench_idle(const struct setup *s)
{
    mailbox *all = calloc((size_t)s->count, sizeof *all);
    char self[MAX_GROUP_NAME];
    if (!all)
        give_up("out of memory", 0);
    all[0] = open_mailbox(s, 0, self); /* what comes once, by whomever */
    uint64_t memory = process_memory(s->pid), ours = process_memory(getpid()), begin = now_us();
    for (int i = 1; i < s->count; i++)
        all[i] = open_mailbox(s, 0, self);
    double seconds = (double)(now_us() - begin) / 1e6;
    uint64_t each = (process_memory(s->pid) - memory) / (uint64_t)s->count;
    uint64_t own = (process_memory(getpid()) - ours) / (uint64_t)s->count;
    uint64_t cpu = daemon_cpu_us(s->pid);
    /* The farewells: what the daemon needs to let go of them all. */
    begin = now_us();
    for (int i = 0; i < s->count; i++)
        SP_disconnect(all[i]);
    SP_disconnect(open_mailbox(s, 0, self)); /* comes after them in the daemon's queue */
    printf(
        "{\"bench\":\"idle\",\"mailboxes\":%d,\"connects_per_s\":%.0f,\"daemon_bytes_each\":%llu,"
        "\"client_bytes_each\":%llu,\"disconnects_per_s\":%.0f,\"daemon_cpu_us_per_disconnect\":%.2f}\n",
        s->count, s->count / seconds, (unsigned long long)each, (unsigned long long)own,
        s->count / ((double)(now_us() - begin) / 1e6),
        (double)(daemon_cpu_us(s->pid) - cpu) / s->count);
    free(all);
}

/* Very many members of one group, a mailbox each, none of which is told of the others: a notice of 50,000
 * names has 1.6 MB. What each sends to itself comes back behind its join. They stay until they are ended. */
void bench_members(const struct setup *s)
{
    struct member {
        mailbox mbox;
        char self[MAX_GROUP_NAME];
    } *all = calloc((size_t)s->count, sizeof *all);
    if (!all)
        give_up("out of memory", 0);
    for (struct member *m = all; m < all + s->count; m++)
        m->mbox = open_mailbox(s, 0, m->self);
    uint64_t begin = now_us();
    for (struct member *m = all; m < all + s->count; m++)
        if (SP_join(m->mbox, "bench") < 0 || SP_multicast(m->mbox, AGREED_MESS, m->self, 0, 0, "") < 0)
            give_up("join", 0);
    for (struct member *m = all; m < all + s->count; m++)
        take_notice(m->mbox);
    printf("{\"bench\":\"members\",\"members\":%d,\"joins_per_s\":%.0f}\n", s->count,
           s->count / ((double)(now_us() - begin) / 1e6));
    fflush(stdout);
    pause();
}
