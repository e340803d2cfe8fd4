/* SPDX-License-Identifier: MIT
 *
 * cpgbench - benchmarks of spbench for Corosync's closed process groups, to be run beside it: of
 * throughput, one client that keeps a window of own messages in flight and receives everything, with
 * -T a time in each; with -r, of latency, one that sends so many a second; with -W, one that prints
 * each change: the time in microseconds and how many members there are.
 */
#include <corosync/cpg.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#include "bench/measure.h"

enum { START_LIMIT_US = 20000000, STAMP_AT = 8 };

struct bench {
    int members, size, window, watches, rate, stamped;
    double seconds;
    cpg_handle_t handle;
    uint32_t node;
    uint32_t pid;
    int joined, goodbyes, in_flight, said;
    uint64_t received, until, took_us;
    struct samples samples; /* with a rate: of all deliveries */
    char body[1 << 16];
};

static _Noreturn void end_with(const char *what, cs_error_t code)
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

/* Of a message that says when it was sent, or due. */
static void take_time(struct bench *b, const char *message, size_t len)
{
    uint64_t since, now = now_us();
    if (len < STAMP_AT + sizeof since)
        return;
    memcpy(&since, message + STAMP_AT, sizeof since);
    uint64_t us = now > since ? now - since : 0;
    if (b->rate)
        samples_add(&b->samples, (uint32_t)us);
    b->took_us += us;
}

static void on_deliver(cpg_handle_t handle, const struct cpg_name *group, uint32_t node,
                       uint32_t pid, void *message, size_t len)
{
    struct bench *b = bench_of(handle);
    (void)group;
    b->received++;
    b->goodbyes += len > 0 && *(char *)message == 1;
    if (b->stamped || b->rate)
        take_time(b, message, len);
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
        if (b->stamped)
            memcpy(b->body + STAMP_AT, &(uint64_t){now_us()}, sizeof(uint64_t));
        cs_error_t code = cpg_mcast_joined(b->handle, CPG_TYPE_AGREED, &iov, 1);
        if (code == CS_ERR_TRY_AGAIN)
            return;
        if (code != CS_OK)
            end_with("multicast", code);
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
        end_with("initialize", code);
    cpg_context_set(b->handle, b);
    cpg_local_get(b->handle, &b->node);
    b->pid = (uint32_t)getpid();
    while ((code = cpg_join(b->handle, &group)) == CS_ERR_TRY_AGAIN)
        usleep(10000);
    if (code != CS_OK)
        end_with("join", code);
}

/* Until there are so many; more than there ever are: until the daemon is gone. */
static void await_all(struct bench *b, int members)
{
    while (b->joined < members)
        if (cpg_dispatch(b->handle, CS_DISPATCH_ONE) != CS_OK)
            end_with("dispatch", CS_ERR_LIBRARY);
}

/* Sends as many as are due; one that is refused is due still. */
static void send_due(struct bench *b, uint64_t begin, uint64_t gap, uint64_t count, uint64_t *sent)
{
    for (uint64_t due; *sent < count && now_us() >= (due = begin + *sent * gap); (*sent)++) {
        struct iovec iov = {.iov_base = b->body, .iov_len = (size_t)b->size};
        memcpy(b->body + STAMP_AT, &due, sizeof due);
        cs_error_t code = cpg_mcast_joined(b->handle, CPG_TYPE_AGREED, &iov, 1);
        if (code == CS_ERR_TRY_AGAIN)
            return;
        if (code != CS_OK)
            end_with("multicast", code);
    }
}

/* Until all members' messages have come, or nothing comes any more. */
static void latency(struct bench *b)
{
    uint64_t gap = 1000000u / (uint64_t)b->rate, count = (uint64_t)(b->rate * b->seconds), sent = 0;
    uint64_t begin = now_us() + 100000 + gap * b->node / (uint64_t)b->members;
    uint64_t end = begin + (uint64_t)(b->seconds * 1e6) + START_LIMIT_US;
    int fd;
    cpg_fd_get(b->handle, &fd);
    while (b->received < count * (uint64_t)b->members && now_us() < end) {
        send_due(b, begin, gap, count, &sent);
        uint64_t now = now_us(), due = sent < count ? begin + sent * gap : now + 100000;
        struct pollfd p = {.fd = fd, .events = POLLIN};
        struct timespec wait = {.tv_nsec = due > now ? (long)(due - now) * 1000 : 0};
        if (ppoll(&p, 1, &wait, NULL) == 1)
            cpg_dispatch(b->handle, CS_DISPATCH_ALL);
    }
    printf("{\"bench\":\"cpg latency\",\"size\":%d,\"rate\":%d", b->size, b->rate);
    samples_print(&b->samples, "latency_us");
    printf("}\n");
}

static void throughput(struct bench *b)
{
    uint64_t begin = now_us();
    b->until = begin + (uint64_t)(b->seconds * 1e6);
    while (b->goodbyes < b->members) {
        fill_window(b);
        /* With a full window there is something to wait for; else look and go on sending. */
        int full = b->said || b->in_flight >= b->window;
        cs_error_t code = cpg_dispatch(b->handle, full ? CS_DISPATCH_ONE : CS_DISPATCH_ALL);
        if (code != CS_OK && code != CS_ERR_TRY_AGAIN)
            end_with("dispatch", code);
    }
    double seconds = (double)(now_us() - begin) / 1e6;
    printf("{\"bench\":\"cpg\",\"members\":%d,\"size\":%d,\"window\":%d,\"ordered\":%llu,"
           "\"ordered_per_s\":%.0f",
           b->members, b->size, b->window, (unsigned long long)b->received,
           (double)b->received / seconds);
    if (b->stamped)
        printf(",\"mean_us\":%.1f", (double)b->took_us / (double)b->received);
    printf("}\n");
}

int main(int argc, char **argv)
{
    static struct bench b = {.members = 3, .size = 64, .window = 20, .seconds = 3};
    for (int letter; (letter = getopt(argc, argv, "m:b:w:t:r:TW")) != -1;) {
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
        case 'r':
            b.rate = atoi(optarg);
            break;
        case 'T':
            b.stamped = 1;
            break;
        case 'W':
            b.watches = 1;
            break;
        default:
            return 2;
        }
    }
    if (b.members < 1 || b.size < (int)(STAMP_AT + sizeof(uint64_t)) || b.size > (int)sizeof b.body || b.window < 1 || b.rate < 0)
        return 2;
    join(&b);
    await_all(&b, b.watches ? INT_MAX : b.members);
    if (b.rate)
        latency(&b);
    else
        throughput(&b);
    return 0;
}
