/* SPDX-License-Identifier: MIT
 *
 * spsim - runs simulated rings from seeds and says which promise broke.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/sim/run.h"

struct command {
    uint64_t first, count;
    double hours;
    int daemons;
    usec length;
    bool liveness, safety, talk, coverage, repeat;
};

static int usage(void)
{
    fputs("usage: spsim [--seed N] [--count N] [--hours H] [--daemons N] [--length MS]\n"
          "             [--safety | --liveness] [--talk] [--repeat] [--coverage]\n",
          stderr);
    return 2;
}

static bool read_command(struct command *c, int argc, char **argv)
{
    enum { SEED, COUNT, HOURS, DAEMONS, LENGTH, SAFETY, LIVENESS, TALK, REPEAT, COVERAGE };
    static const struct option names[] = {
        {"seed", required_argument, NULL, SEED},       {"count", required_argument, NULL, COUNT},
        {"hours", required_argument, NULL, HOURS},     {"daemons", required_argument, NULL, DAEMONS},
        {"length", required_argument, NULL, LENGTH},   {"safety", no_argument, NULL, SAFETY},
        {"liveness", no_argument, NULL, LIVENESS},     {"talk", no_argument, NULL, TALK},
        {"repeat", no_argument, NULL, REPEAT},         {"coverage", no_argument, NULL, COVERAGE},
        {0}};
    *c = (struct command){.first = 1, .count = 1, .length = 8 * (usec)USEC_SECOND};
    for (int letter; (letter = getopt_long(argc, argv, "", names, NULL)) != -1;) {
        switch (letter) {
        case SEED: c->first = strtoull(optarg, NULL, 0); break;
        case COUNT: c->count = strtoull(optarg, NULL, 0); break;
        case HOURS: c->hours = atof(optarg); break;
        case DAEMONS: c->daemons = atoi(optarg); break;
        case LENGTH: c->length = (usec)atoi(optarg) * USEC_MS; break;
        case SAFETY: c->safety = true; break;
        case LIVENESS: c->liveness = true; break;
        case TALK: c->talk = true; break;
        case REPEAT: c->repeat = true; break;
        case COVERAGE: c->coverage = true; break;
        default: return false;
        }
    }
    return optind == argc && c->daemons <= 40;
}

static struct run_options options_of(const struct command *c, uint64_t seed)
{
    bool liveness = c->liveness || (!c->safety && seed % 2);
    return (struct run_options){.seed = seed,
                                .mode = liveness ? RUN_LIVENESS : RUN_SAFETY,
                                .daemons = c->daemons,
                                .length = c->length,
                                .talk = c->talk};
}

static void add_cells(uint64_t sum[CORE_STATES][CORE_CELLS], const struct run_result *r)
{
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            sum[s][k] += r->cells[s][k];
}

static void print_coverage(uint64_t sum[CORE_STATES][CORE_CELLS])
{
    int used = 0, hit = 0;
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++) {
            if (!core_cell_is_used((enum core_state)s, k))
                continue;
            used++;
            hit += sum[s][k] > 0;
            if (!sum[s][k])
                printf("not hit: %s in %s\n", core_cell_name(k),
                       core_state_name((enum core_state)s));
        }
    printf("%d of %d boxes of the state table were used\n", hit, used);
}

int main(int argc, char **argv)
{
    struct command c;
    static uint64_t cells[CORE_STATES][CORE_CELLS];
    uint64_t done = 0, broken = 0, deliveries = 0, views = 0, datagrams = 0;
    if (!read_command(&c, argc, argv))
        return usage();
    time_t end = time(NULL) + (time_t)(c.hours * 3600);
    for (uint64_t seed = c.first; c.hours > 0 ? time(NULL) < end : seed < c.first + c.count;
         seed++) {
        struct run_options o = options_of(&c, seed);
        struct run_result r;
        run(&o, &r);
        done++;
        deliveries += r.deliveries;
        views += r.views;
        datagrams += r.datagrams;
        add_cells(cells, &r);
        if (c.repeat) {
            struct run_result again;
            run(&o, &again);
            if (again.trace_hash != r.trace_hash)
                verdict_break(&r.verdict, "R1", "the same seed gave another run");
            script_free(&again.script);
        }
        if (r.verdict.broken) {
            broken++;
            printf("seed %llu %s: %s broken at %.3f ms: %s\n", (unsigned long long)seed,
                   o.mode == RUN_LIVENESS ? "(liveness)" : "(safety)", r.verdict.id,
                   (double)r.verdict.at / 1000, r.verdict.text);
            fflush(stdout);
        }
        script_free(&r.script);
    }
    printf("%llu runs, %llu broken; %llu deliveries, %llu views, %llu datagrams\n",
           (unsigned long long)done, (unsigned long long)broken, (unsigned long long)deliveries,
           (unsigned long long)views, (unsigned long long)datagrams);
    if (c.coverage)
        print_coverage(cells);
    return broken ? 1 : 0;
}
