/* SPDX-License-Identifier: MIT
 *
 * spsim - runs simulated rings from seeds and says which promise broke. The manual is spsim(1).
 */
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/sim/run.h"
#include "tests/sim/shrink.h"

enum { JOBS_MAX = 64, LINES = 60, SHRINK_RUNS = 600, DAEMONS_MAX = 40, ALL_MODES = RUN_MODES };

struct command {
    uint64_t first, count;
    double hours;
    unsigned jobs;
    int mode; /* ALL_MODES: in turn */
    int daemons, daemons_most;
    usec length;
    size_t lines;
    enum recipe_seal seal;
    bool talk, coverage, repeat, figures, no_shrink;
};

/* What a job has to tell at its end; goes through a pipe as it is. */
struct totals {
    uint64_t runs, broken, deliveries, views, notices, datagrams, lives, flush_views, flush_messages, logins, refusals;
    double virtual_s;
    uint64_t cells[CORE_STATES][CORE_CELLS];
    struct figures figures;
};

/* -- the command line ---------------------------------------------------------------------- */

static void print_help(FILE *to)
{
    fputs("usage: spsim [OPTION]...\n"
          "Runs daemons in one process on virtual time, with faults, and checks what they promise.\n"
          "\n"
          "which runs:\n"
          "  --seed N       the first seed (1)\n"
          "  --count N      so many seeds (1)\n"
          "  --hours H      as many as fit into that time instead\n"
          "  --mode MODE    safety: faults until the end\n"
          "                 liveness: then none, and all must find together\n"
          "                 partial: then some stay broken, and the others must find together\n"
          "                 single: one fault at a time, and the view after it in time\n"
          "                 all: by the seed (the default)\n"
          "  --daemons N    daemons, 2 to 40 (drawn); A-B: drawn from A to B\n"
          "  --length MS    virtual time with faults (4000)\n"
          "  --jobs N       processes side by side (1)\n"
          "\n"
          "what is told:\n"
          "  --sealed       all runs with keys between daemons; else one in four\n"
          "  --open         no run\n"
          "  --talk         what the daemons log\n"
          "  --lines N      lines of what happened last before a promise broke (60)\n"
          "  --no-shrink    do not look for a smaller recipe that breaks the same promise\n"
          "  --repeat       run each seed twice and compare\n"
          "  --coverage     which boxes of the state table were used\n"
          "  --figures      what was measured, as lines of JSON\n"
          "  --help         this\n"
          "  --version      which version it is of\n"
          "\n"
          "The exit status is 0 if every promise was kept, 1 if one broke, 2 for a wrong command.\n",
          to);
}

static int mode_of(const char *text)
{
    for (int i = 0; i < RUN_MODES; i++)
        if (strcmp(text, run_mode_name((enum run_mode)i)) == 0)
            return i;
    return strcmp(text, "all") == 0 ? (int)ALL_MODES : -1;
}

/* False: text is no number of its own. */
static bool take_number(const char *text, uint64_t *n)
{
    char *end;
    *n = strtoull(text, &end, 0);
    return *text >= '0' && *text <= '9' && !*end;
}

/* "5", or "3-9": drawn for each seed. */
static bool take_daemons(struct command *c, const char *text)
{
    char *end;
    long least = strtol(text, &end, 10), most = *end == '-' ? strtol(end + 1, &end, 10) : least;
    c->daemons = (int)least;
    c->daemons_most = (int)most;
    return !*end && least >= 2 && most >= least && most <= DAEMONS_MAX;
}

static bool take_option(struct command *c, int option, const char *text)
{
    uint64_t n = 0;
    if (text && !strchr("Hmd", option) && !take_number(text, &n))
        return false;
    switch (option) {
    case 's':
        c->first = n;
        return true;
    case 'c':
        c->count = n;
        return true;
    case 'H':
        c->hours = atof(text);
        return c->hours > 0;
    case 'm':
        c->mode = mode_of(text);
        return c->mode >= 0;
    case 'd':
        return take_daemons(c, text);
    case 'l':
        c->length = n * USEC_MS;
        return n > 0;
    case 'j':
        c->jobs = (unsigned)n;
        return n > 0 && n <= JOBS_MAX;
    case 'L':
        c->lines = n;
        return true;
    case 't':
        c->talk = true;
        return true;
    case 'C':
        c->coverage = true;
        return true;
    case 'r':
        c->repeat = true;
        return true;
    case 'f':
        c->figures = true;
        return true;
    case 'S':
        c->seal = SEAL_ALWAYS;
        return true;
    case 'O':
        c->seal = SEAL_NEVER;
        return true;
    case 'n':
        c->no_shrink = true;
        return true;
    default:
        return false;
    }
}

static bool read_command(struct command *c, int argc, char **argv)
{
    static const struct option names[] = {
        {"seed", required_argument, NULL, 's'},    {"count", required_argument, NULL, 'c'},
        {"hours", required_argument, NULL, 'H'},   {"mode", required_argument, NULL, 'm'},
        {"daemons", required_argument, NULL, 'd'}, {"length", required_argument, NULL, 'l'},
        {"jobs", required_argument, NULL, 'j'},    {"lines", required_argument, NULL, 'L'},
        {"talk", no_argument, NULL, 't'},          {"coverage", no_argument, NULL, 'C'},
        {"sealed", no_argument, NULL, 'S'},        {"open", no_argument, NULL, 'O'},
        {"repeat", no_argument, NULL, 'r'},        {"figures", no_argument, NULL, 'f'},
        {"no-shrink", no_argument, NULL, 'n'},     {"help", no_argument, NULL, 'h'},
        {"version", no_argument, NULL, 'v'},       {0}};
    *c = (struct command){.first = 1, .count = 1, .jobs = 1, .mode = ALL_MODES, .lines = LINES,
                          .length = 4 * (usec)USEC_SECOND};
    int which = 0;
    for (int letter; (letter = getopt_long(argc, argv, "", names, &which)) != -1;) {
        if (letter == 'h' || letter == 'v') {
            if (letter == 'h')
                print_help(stdout);
            else
                puts("spsim " SPREAD_VERSION_TEXT);
            exit(0);
        }
        if (letter == '?')
            return false;
        if (!take_option(c, letter, optarg)) {
            fprintf(stderr, "spsim: %s is no value for --%s\n", optarg, names[which].name);
            return false;
        }
    }
    if (optind < argc)
        fprintf(stderr, "spsim: %s: it takes options only\n", argv[optind]);
    return optind == argc;
}

/* -- one seed ------------------------------------------------------------------------------ */

/* Of eight seeds three are for safety, three for liveness, one each for the others. */
static enum run_mode mode_for(const struct command *c, uint64_t seed)
{
    static const enum run_mode modes[] = {RUN_SAFETY, RUN_LIVENESS, RUN_SAFETY,   RUN_PARTIAL,
                                          RUN_SAFETY, RUN_LIVENESS, RUN_LIVENESS, RUN_SINGLE};
    return c->mode == ALL_MODES ? modes[seed % 8] : (enum run_mode)c->mode;
}

static void add_result(struct totals *t, const struct run_result *r)
{
    t->runs++;
    t->broken += r->verdict.broken;
    t->deliveries += r->deliveries;
    t->views += r->views;
    t->notices += r->notices;
    t->flush_views += r->flush_views;
    t->flush_messages += r->flush_messages;
    t->logins += r->logins;
    t->refusals += r->refusals;
    t->datagrams += r->datagrams;
    t->lives += r->lives;
    t->virtual_s += (double)r->ended / USEC_SECOND;
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            t->cells[s][k] += r->cells[s][k];
}

static void tell_verdict(const struct recipe *recipe, const struct verdict *v)
{
    printf("seed %llu (%s): %s broken at %.3f ms: %s\n", (unsigned long long)recipe->seed,
           run_mode_name(recipe->mode), v->id, (double)v->at / 1000, v->text);
    fflush(stdout);
}

/* A smaller recipe that breaks the same promise, and what happened last in it. */
static void explain(const struct command *c, struct recipe *recipe, const char *id)
{
    struct run_result r;
    char broken[sizeof r.verdict.id];
    struct run_options o = {.recipe = recipe, .tell = c->lines, .tell_to = stdout};
    memcpy(broken, id, sizeof broken);
    if (!c->no_shrink) {
        unsigned runs = shrink(recipe, broken, SHRINK_RUNS);
        printf("\nmade smaller in %u runs:\n\n", runs);
        recipe_print(recipe, stdout);
    }
    printf("\nwhat happened last:\n");
    run(&o, &r);
    printf("\n%s: %s\n\n", r.verdict.id, r.verdict.text);
    fflush(stdout);
}

static void run_seed(const struct command *c, uint64_t seed, struct totals *t)
{
    struct recipe_options options = {
        .seed = seed, .mode = mode_for(c, seed), .daemons = c->daemons,
        .daemons_most = c->daemons_most, .length = c->length, .seal = c->seal};
    struct recipe recipe;
    struct run_result r, again;
    recipe_draw(&recipe, &options);
    struct run_options o = {
        .recipe = &recipe, .talk = c->talk, .figures = c->figures ? &t->figures : NULL};
    run(&o, &r);
    if (c->repeat && !r.verdict.broken) {
        o.figures = NULL;
        run(&o, &again);
        if (again.trace_hash != r.trace_hash)
            verdict_break(&r.verdict, "R1", "the same seed gave another run");
    }
    add_result(t, &r);
    if (r.verdict.broken) {
        tell_verdict(&recipe, &r.verdict);
        if (c->lines > 0)
            explain(c, &recipe, r.verdict.id);
    }
    recipe_free(&recipe);
}

/* -- jobs ---------------------------------------------------------------------------------- */

/* Every jobs-th seed from the one of this job on. */
static void work(const struct command *c, unsigned job, struct totals *t)
{
    time_t end = time(NULL) + (time_t)(c->hours * 3600);
    for (uint64_t i = job; c->hours > 0 ? time(NULL) < end : i < c->count; i += c->jobs)
        run_seed(c, c->first + i, t);
}

static bool write_all(int fd, const void *bytes, size_t len)
{
    for (const char *at = bytes; len > 0;) {
        ssize_t n = write(fd, at, len);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static bool read_all(int fd, void *bytes, size_t len)
{
    for (char *at = bytes; len > 0;) {
        ssize_t n = read(fd, at, len);
        if (n <= 0)
            return false;
        at += n;
        len -= (size_t)n;
    }
    return true;
}

static void add_totals(struct totals *to, const struct totals *from)
{
    to->runs += from->runs;
    to->broken += from->broken;
    to->deliveries += from->deliveries;
    to->views += from->views;
    to->notices += from->notices;
    to->flush_views += from->flush_views;
    to->flush_messages += from->flush_messages;
    to->logins += from->logins;
    to->refusals += from->refusals;
    to->datagrams += from->datagrams;
    to->lives += from->lives;
    to->virtual_s += from->virtual_s;
    for (int s = 0; s < CORE_STATES; s++)
        for (int k = 0; k < CORE_CELLS; k++)
            to->cells[s][k] += from->cells[s][k];
    figures_merge(&to->figures, &from->figures);
}

/* Starts a job; returns the end of its pipe that is read. */
static int start_job(const struct command *c, unsigned job)
{
    int ends[2];
    fflush(stdout);
    if (pipe(ends) != 0)
        return -1;
    pid_t child = fork();
    if (child == 0) {
        static struct totals t;
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ends[0]);
        work(c, job, &t);
        exit(write_all(ends[1], &t, sizeof t) ? 0 : 3);
    }
    close(ends[1]);
    if (child > 0)
        return ends[0];
    close(ends[0]);
    return -1;
}

/* False: a job did not come to its end, which is as bad as a broken promise. */
static bool run_jobs(const struct command *c, struct totals *all)
{
    int ends[JOBS_MAX];
    bool complete = true;
    for (unsigned i = 0; i < c->jobs; i++)
        ends[i] = start_job(c, i);
    for (unsigned i = 0; i < c->jobs; i++) {
        static struct totals t;
        if (ends[i] >= 0 && read_all(ends[i], &t, sizeof t))
            add_totals(all, &t);
        else
            complete = false;
        if (ends[i] >= 0)
            close(ends[i]);
    }
    while (wait(NULL) > 0)
        ;
    if (!complete)
        printf("a job ended before its time\n");
    return complete;
}

/* -- the end ------------------------------------------------------------------------------- */

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
                printf("not used: %s in %s\n", core_cell_name(k),
                       core_state_name((enum core_state)s));
        }
    printf("%d of %d boxes of the state table were used\n", hit, used);
}

int main(int argc, char **argv)
{
    struct command c;
    static struct totals all;
    bool complete = true;
    if (!read_command(&c, argc, argv)) {
        print_help(stderr);
        return 2;
    }
    if (c.jobs > 1)
        complete = run_jobs(&c, &all);
    else
        work(&c, 0, &all);
    printf("%llu runs, %llu broken; %.0f s of virtual time, %llu lives, %llu views, "
           "%llu deliveries, %llu notices, %llu datagrams; "
           "flush layer: %llu views, %llu messages; rights: %llu logins, %llu refusals\n",
           (unsigned long long)all.runs, (unsigned long long)all.broken, all.virtual_s,
           (unsigned long long)all.lives, (unsigned long long)all.views,
           (unsigned long long)all.deliveries, (unsigned long long)all.notices,
           (unsigned long long)all.datagrams, (unsigned long long)all.flush_views,
           (unsigned long long)all.flush_messages, (unsigned long long)all.logins,
           (unsigned long long)all.refusals);
    if (c.coverage)
        print_coverage(all.cells);
    if (c.figures)
        figures_print(&all.figures, stdout);
    return all.broken || !complete ? 1 : 0;
}
