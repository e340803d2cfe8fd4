/* SPDX-License-Identifier: MIT
 *
 * spbench - measures a running daemon; one line of JSON a benchmark.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "bench/measure.h"

static const struct {
    const char *name;
    void (*run)(const struct setup *s);
    const char *what;
} benches[] = {
    {"throughput", bench_throughput, "clients that each send and receive everything"},
    {"fanout", bench_fanout, "one sender, all clients receive"},
    {"latency", bench_latency, "clients that each send -r messages a second"},
    {"connect", bench_connect, "-N connects and disconnects, one after the other"},
    {"burst", bench_burst, "-N forked workers that connect at once"},
    {"join", bench_join, "-N joins and leaves of one client"},
    {"groups", bench_groups, "-N groups of one member"},
    {"idle", bench_idle, "-N open mailboxes"},
    {"members", bench_members, "-N members of one group, which stay till it is ended"},
    {"stopped", bench_stopped, "what a client that has stopped reading costs -c others"},
    {"watch", bench_watch, "prints when the group changes, to how many, till the daemon ends"},
};

static int usage(void)
{
    fputs("usage: spbench BENCH [-s DAEMON] [-p PID] [-c CLIENTS] [-b BYTES] [-w WINDOW]\n"
          "               [-r RATE] [-N COUNT] [-t SECONDS] [-S SERVICE BIT] [-m MEMBERS] [-T]\n",
          stderr);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++)
        fprintf(stderr, "  %-11s %s\n", benches[i].name, benches[i].what);
    return 1;
}

static int read_setup(struct setup *s, int argc, char **argv)
{
    int letter;
    while ((letter = getopt(argc, argv, "s:p:c:m:b:w:r:N:t:S:T")) != -1) {
        int number = optarg ? atoi(optarg) : 0;
        switch (letter) {
        case 's':
            s->daemon = optarg;
            break;
        case 'p':
            s->pid = number;
            break;
        case 'c':
            s->clients = number;
            break;
        case 'm':
            s->members = number;
            break;
        case 'b':
            s->size = number;
            break;
        case 'w':
            s->window = number;
            break;
        case 'r':
            s->rate = number;
            break;
        case 'N':
            s->count = number;
            break;
        case 't':
            s->seconds = atof(optarg);
            break;
        case 'S':
            s->service = number;
            break;
        case 'T':
            s->stamped = 1;
            break;
        default:
            return 0;
        }
    }
    if (s->members < s->clients)
        s->members = s->clients;
    return s->clients > 0 && s->size >= 8 && s->size <= 143000 && s->window > 0 && s->rate >= 0 &&
           s->count > 0 && s->seconds > 0;
}

int main(int argc, char **argv)
{
    struct setup s = {.daemon = "4803",
                      .clients = 4,
                      .size = 100,
                      .window = 100,
                      .rate = 500,
                      .count = 10000,
                      .seconds = 3,
                      .service = AGREED_MESS};
    struct rlimit files;
    if (argc < 2 || !read_setup(&s, argc - 1, argv + 1))
        return usage();
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        if (strcmp(argv[1], benches[i].name) != 0)
            continue;
        benches[i].run(&s);
        return 0;
    }
    return usage();
}
