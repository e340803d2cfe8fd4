/* SPDX-License-Identifier: MIT
 *
 * cpgbench - benchmarks of spbench for Corosync's closed process groups, to be run beside it: of
 * throughput, one client that keeps a window of own messages in flight and receives everything; with
 * -W, one that prints each change: the time in microseconds and how many members there are.
 */
#include <corosync/cpg.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

enum { START_LIMIT_US = 20000000 };

struct bench {
    int members, size, window, watches;
    double seconds;
    cpg_handle_t handle;
    uint32_t node;
    uint32_t pid;
    int joined, goodbyes, in_flight, said;
    uint64_t received, until;
    char body[1 << 16];
};

static uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

static _Noreturn void give_up(const char *what, cs_error_t code)
{
    fprintf(stderr, "cpgbench: %s: %d\n", what, (int)code);
    exit(1);
}

static struct bench *bench_of(cpg_handle_t handle)
{
    void *context;
    cpg_context_get(handle, &context);
    return context;
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node,
                       uint32_t pid, void *message, size_t len)
{
    struct bench *b = bench_of(handle);
    (void)group;
    b->received++;
    b->goodbyes += len > 0 && *(char *)message == 1;
    b->in_flight -= node == b->node && pid == b->pid;
}

static void on_change(cpg_handle_t handle, const struct cpg_name *group,
                      const struct cpg_address *members, size_t member_count,
                      const struct cpg_address *left, size_t left_count,
                      const struct cpg_address *joined, size_t joined_count)
{
    (void)group;
    (void)members;
    (void)left;
    (void)left_count;
    (void)joined;
    (void)joined_count;
    struct bench *b = bench_of(handle);
    b->joined = (int)member_count;
    if (b->watches) {
        printf("%llu %d\n", (unsigned long long)now_us(), b->joined);
        fflush(stdout);
    }
}

/* Sends until the window is full; the last message of a sender begins with a 1. */
static void fill_window(struct bench *b)
{
    while (!b->said && b->in_flight < b->window) {
        int last = now_us() >= b->until;
        struct iovec iov = {.iov_base = b->body, .iov_len = (size_t)b->size};
        b->body[0] = (char)last;
        cs_error_t code = cpg_mcast_joined(b->handle, CPG_TYPE_AGREED, &iov, 1);
        if (code == CS_ERR_TRY_AGAIN)
            return;
        if (code != CS_OK)
            give_up("multicast", code);
        b->in_flight++;
        b->said = last;
    }
}

static void join(struct bench *b)
{
    struct cpg_name group = {.length = 5, .value = "bench"};
    cpg_callbacks_t callbacks = {.cpg_deliver_fn = on_deliver, .cpg_confchg_fn = on_change};
    cs_error_t code;
    uint64_t give_up_at = now_us() + START_LIMIT_US;
    while ((code = cpg_initialize(&b->handle, &callbacks)) != CS_OK && now_us() < give_up_at)
        usleep(10000); /* the daemon is starting */
    if (code != CS_OK)
        give_up("initialize", code);
    cpg_context_set(b->handle, b);
    cpg_local_get(b->handle, &b->node);
    b->pid = (uint32_t)getpid();
    while ((code = cpg_join(b->handle, &group)) == CS_ERR_TRY_AGAIN)
        usleep(10000);
    if (code != CS_OK)
        give_up("join", code);
}

/* Until there are so many; more than there ever are: until the daemon is gone. */
static void await_members(struct bench *b, int members)
{
    while (b->joined < members)
        if (cpg_dispatch(b->handle, CS_DISPATCH_ONE) != CS_OK)
            give_up("dispatch", CS_ERR_LIBRARY);
}

int main(int argc, char **argv)
{
    static struct bench b = {.members = 3, .size = 64, .window = 20, .seconds = 3};
    for (int letter; (letter = getopt(argc, argv, "m:b:w:t:W")) != -1;) {
        switch (letter) {
        case 'm':
            b.members = atoi(optarg);
            break;
        case 'b':
            b.size = atoi(optarg);
            break;
        case 'w':
            b.window = atoi(optarg);
            break;
        case 't':
            b.seconds = atof(optarg);
            break;
        case 'W':
            b.watches = 1;
            break;
        default:
            return 2;
        }
    }
    if (b.members < 1 || b.size < 1 || b.size > (int)sizeof b.body || b.window < 1)
        return 2;
    join(&b);
    await_members(&b, b.watches ? INT_MAX : b.members);
    uint64_t begin = now_us();
    b.until = begin + (uint64_t)(b.seconds * 1e6);
    while (b.goodbyes < b.members) {
        fill_window(&b);
        /* With a full window there is something to wait for; else look and go on sending. */
        int full = b.said || b.in_flight >= b.window;
        cs_error_t code = cpg_dispatch(b.handle, full ? CS_DISPATCH_ONE : CS_DISPATCH_ALL);
        if (code != CS_OK && code != CS_ERR_TRY_AGAIN)
            give_up("dispatch", code);
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    printf("{\"bench\":\"cpg\",\"members\":%d,\"size\":%d,\"window\":%d,\"ordered\":%llu,"
           "\"ordered_per_s\":%.0f}\n",
           b.members, b.size, b.window, (unsigned long long)b.received,
           (double)b.received / seconds);
    return 0;
}
