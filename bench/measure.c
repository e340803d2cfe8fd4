/* SPDX-License-Identifier: MIT */
#include "bench/measure.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

uint64_t now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000u + (uint64_t)t.tv_nsec / 1000u;
}

uint64_t daemon_cpu_us(pid_t pid)
{
    char path[64];
    unsigned long long ns = 0;
    if (pid <= 0)
        return 0;
    /* The first field of schedstat is the time on a processor, in nanoseconds. */
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    if (fscanf(f, "%llu", &ns) != 1)
        ns = 0;
    fclose(f);
    return ns / 1000;
}

uint64_t process_memory(pid_t pid)
{
    char path[64], line[256];
    unsigned long long kb = 0;
    if (pid <= 0)
        return 0;
    snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
    FILE *f = fopen(path, "r");
    if (!f)
        return 0;
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "RssAnon: %llu kB", &kb) == 1)
            break;
    fclose(f);
    return kb * 1024;
}

void samples_add(struct samples *s, uint32_t value)
{
    if (s->count == s->size) {
        s->size = s->size ? 2 * s->size : 4096;
        s->values = realloc(s->values, s->size * sizeof(s->values[0]));
        if (!s->values)
            give_up("out of memory", 0);
    }
    s->values[s->count++] = value;
}

static int ascending(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* The smallest value that a share of per_mille of the samples do not exceed. */
static uint32_t percentile(const struct samples *s, size_t per_mille)
{
    size_t at = (s->count * per_mille + 999) / 1000;
    return s->count ? s->values[at > 0 ? at - 1 : 0] : 0;
}

void samples_print(struct samples *s, const char *name)
{
    qsort(s->values, s->count, sizeof(s->values[0]), ascending);
    printf(",\"%s\":{\"samples\":%zu,\"p50\":%u,\"p90\":%u,\"p99\":%u,\"p999\":%u,\"max\":%u}",
           name, s->count, percentile(s, 500), percentile(s, 900), percentile(s, 990),
           percentile(s, 999), percentile(s, 1000));
}

void samples_free(struct samples *s)
{
    free(s->values);
    *s = (struct samples){0};
}

void give_up(const char *what, int code)
{
    fprintf(stderr, "spbench: %s%s%s\n", what, code ? ": " : "", code ? SP_strerror(code) : "");
    exit(1);
}

mailbox open_mailbox(const struct setup *s, int notices, char private_group[MAX_GROUP_NAME])
{
    mailbox mbox;
    int code = SP_connect(s->daemon, NULL, 0, notices, &mbox, private_group);
    if (code != ACCEPT_SESSION)
        give_up("cannot connect", code);
    return mbox;
}

void await_members(mailbox mbox, int members)
{
    static char groups[4096][MAX_GROUP_NAME];
    static char body[200000], sender[MAX_GROUP_NAME];
    int count = 0;
    while (count < members) {
        service type = 0;
        int16 kind;
        int swapped;
        int n = SP_receive(mbox, &type, sender, 4096, &count, groups, &kind, &swapped, sizeof body,
                           body);
        if (n < 0)
            give_up("receive", n);
        if (!Is_reg_memb_mess(type))
            count = 0;
    }
}

void *shared_memory(size_t size)
{
    void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (p == MAP_FAILED)
        give_up("no shared memory", 0);
    return p;
}

/* Ends with its parent, of whom else nobody would take notice. */
static pid_t fork_child(void)
{
    pid_t parent = getpid(), pid = fork();
    if (pid < 0)
        give_up("cannot fork", 0);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

void run_children(int count, int (*body)(int index, void *context), void *context)
{
    fflush(stdout);
    for (int i = 0; i < count; i++)
        if (fork_child() == 0)
            _exit(body(i, context));
    for (int i = 0; i < count; i++) {
        int status;
        /* The others would wait for ever for one that failed; they end with this program. */
        if (wait(&status) < 0 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
            give_up("a client failed", 0);
    }
}
