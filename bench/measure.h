/* SPDX-License-Identifier: MIT
 *
 * measure.h - time, the daemon's processor time and memory, percentiles, one line of JSON a result.
 */
#ifndef BENCH_MEASURE_H
#define BENCH_MEASURE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "sp.h"

/* What every benchmark is told. */
struct setup {
    const char *daemon; /* address, as SP_connect takes it */
    pid_t pid;          /* of the daemon; 0: unknown, its share is not reported */
    int clients;
    int members; /* of the group, over all processes that measure together */
    int size;    /* bytes of a body */
    int window;  /* own messages in flight, per client */
    int rate;    /* messages a second, per client; 0 where it may be none */
    int count;   /* connections, groups, or joins, where a number is asked for */
    double seconds;
    int service;
    int stamped; /* throughput: the time goes into every message, and is taken at every delivery */
};

uint64_t now_us(void);

/* User and system time used by the daemon so far, in microseconds; 0 if unknown. */
uint64_t daemon_cpu_us(pid_t pid);
/* Memory of a process in bytes (anonymous, resident); 0 if unknown. */
uint64_t process_memory(pid_t pid);

/* A value per sample; grows as needed. */
struct samples {
    uint32_t *values;
    size_t count, size;
};

void samples_add(struct samples *s, uint32_t value);
/* Sorts and prints ,"p50":..,"p90":..,"p99":..,"p999":..,"max":.. under the given name. */
void samples_print(struct samples *s, const char *name);
void samples_free(struct samples *s);

/* Ends the program with a line. */
_Noreturn void give_up(const char *what, int code);

/* A mailbox of a name the daemon chooses. */
mailbox open_mailbox(const struct setup *s, int notices, char private_group[MAX_GROUP_NAME]);

/* Waits until the group has that many members: what came meanwhile is thrown away. The mailbox is
 * one that is told of members. */
void await_members(mailbox mbox, int members);

/* Memory that forked clients share; ends with the program. */
void *shared_memory(size_t size);

/* Forks count children that run body(index), each ending with its return value, and waits for
 * all. Ends the program, and them, as soon as one fails. */
void run_children(int count, int (*body)(int index, void *context), void *context);

/* The benchmarks; each prints one line. */
void bench_throughput(const struct setup *s);
void bench_fanout(const struct setup *s);
void bench_latency(const struct setup *s);
void bench_connect(const struct setup *s);
void bench_burst(const struct setup *s);
void bench_join(const struct setup *s);
void bench_groups(const struct setup *s);
void bench_idle(const struct setup *s);
void bench_members(const struct setup *s); /* stays until it is ended */
void bench_stopped(const struct setup *s); /* six lines: three without and three with it */
/* No benchmark but an eye for bench/membership; prints a line a view. */
void bench_watch(const struct setup *s);

#endif
