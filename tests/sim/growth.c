/* SPDX-License-Identifier: MIT
 *
 * growth - rings of simulated daemons whose work takes time, by a model of what it costs: what one can
 * expect of a ring larger than the machines at hand. The daemons are the real code, on virtual time.
 *
 * usage: growth [--cores N] [--segments N] DAEMONS...
 *
 * A client at each daemon sends and receives everything, 64 bytes, 100 of its own in flight, as bench/wide
 * does; then one of them at a time sends one message. --cores: all daemons and clients share so many;
 * without it each has its own. --segments: they are dealt out to so many. One line of JSON for each number of daemons. bench/growth lays what two
 * cores say beside what was measured on two.
 */
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/sim/clients.h"

enum {
    SIZE = 64,
    IN_FLIGHT = 100,
    CORES_MAX = 64,
    WARM_US = 100 * USEC_MS,
    RUN_US = 200 * USEC_MS,
    LIMIT_US = 60 * USEC_SECOND,
    STEP_US = 20,
    LIGHT = 100,       /* messages that are sent one at a time ... */
    LIGHT_GAP_US = 500, /* ... so long after all have the one before */
    LOCAL_US = 20,     /* from a client to its daemon, or back, where each has to be woken */
    WIRE_US = 20, /* from one host to another, and up to a half of it longer */
};

/* In nanoseconds of a processor. A message costs each daemon what passes it from the packet to the
 * outbox and out; a datagram what receives it, or sends it, as one of a run. */
static const struct {
    double wake;    /* from sleep to the first datagram, and back */
    double packet_in, packet_out;
    double token_out; /* is never one of a run */
    double message;
    double intake;  /* of one message of a client */
    double client;  /* a delivery, in the client */
} cost = {
    .wake = 7000,
    .packet_in = 900,
    .packet_out = 1500,
    .token_out = 5000,
    .message = 380,
    .intake = 250,
    .client = 380,
};

/* A daemon, and the client of it. Times in nanoseconds. */
struct worker {
    bool works;     /* between the first thing it does at one moment and the end of that */
    int core;
    double begun, done; /* of that work; of what it did last */
    double cpu;     /* over all */
    const uint8_t *sent; /* the datagram that it sent last: to a segment it is sent once */
    struct client *client;
    double client_done;
    uint64_t deliveries; /* that the client has not paid for */
    unsigned credit;     /* messages that it may send ... */
    bool pumping;        /* ... and is about to */
};

static struct model {
    struct world *world;
    struct worker workers[PROCS_MAX];
    int cores; /* 0: each process has its own */
    int segments;
    double core_free[CORES_MAX];
    uint64_t ordered; /* deliveries of the first client */
    bool calm;        /* nobody sends any more because it has received */
    double sent_at;   /* then: the message that is under way */
    double *took;     /* until each client had each of those; NULL: not now */
    size_t took_count;
} model;

/* -- work ------------------------------------------------------------------------------------ */

static double now_ns(void)
{
    return (double)model.world->now * 1000;
}

static double later(double a, double b)
{
    return a > b ? a : b;
}

/* The core that is free first. */
static int next_core(void)
{
    int best = 0;
    for (int i = 1; i < model.cores; i++)
        if (model.core_free[i] < model.core_free[best])
            best = i;
    return best;
}

/* Who has slept since its last work is woken. */
static void begin(struct worker *k)
{
    double now = now_ns();
    if (k->works)
        return;
    k->works = true;
    k->core = next_core();
    bool slept = now > k->done;
    k->begun = later(now, k->done);
    if (model.cores)
        k->begun = later(k->begun, model.core_free[k->core]);
    k->done = k->begun + (slept ? cost.wake : 0);
}

static void charge(const struct process *p, double ns)
{
    struct worker *k = &model.workers[p->index];
    begin(k);
    k->done += ns;
}

/* The client takes what it was given when the daemon has written it, on whatever core is free. */
static double client_works(struct worker *k, double from, double ns)
{
    int core = next_core();
    double begun = later(from, k->client_done);
    if (model.cores)
        begun = later(begun, model.core_free[core]);
    k->client_done = begun + ns;
    if (model.cores)
        model.core_free[core] = k->client_done;
    return k->client_done;
}

/* -- what is seen of the daemons --------------------------------------------------------------- */

static void on_trace(void *context, const struct process *p, const struct trace_record *r)
{
    (void)context;
    if (r->kind == TRACE_DELIVER && !r->control)
        charge(p, cost.message);
}

static void on_handed(void *context, const struct process *p, const struct caught *c, bool let_in,
                      bool injected)
{
    (void)context, (void)c, (void)let_in, (void)injected;
    charge(p, cost.packet_in);
}

static void on_sent(void *context, const struct process *p, const struct caught *c)
{
    struct worker *k = &model.workers[p->index];
    (void)context;
    if (k->works && c->segment && k->sent == c->bytes)
        return;
    k->sent = c->bytes;
    charge(p, c->token_port ? cost.token_out : cost.packet_out);
}

/* It leaves when the work up to it is done. */
static enum fate on_fate(void *context, int from, int to, const struct packet_header *h, usec *delay)
{
    const struct worker *k = &model.workers[from];
    (void)context, (void)to, (void)h;
    *delay = (usec)((k->done - now_ns()) / 1000);
    return FATE_DELAY;
}

static void pump(struct world *w, void *context);

static void client_takes(struct worker *k)
{
    double at = client_works(k, k->done, (double)k->deliveries * cost.client);
    k->deliveries = 0;
    if (model.took) {
        model.took[model.took_count++] = at - model.sent_at;
    } else if (k->credit > 0 && !k->pumping && !model.calm) {
        k->pumping = true;
        world_call(model.world, (usec)(at / 1000), pump, k);
    }
}

static void on_rest(void *context, const struct process *p)
{
    struct worker *k = &model.workers[p->index];
    (void)context;
    if (!k->works)
        return;
    k->works = false;
    k->cpu += k->done - k->begun;
    if (model.cores)
        model.core_free[k->core] = k->done;
    model.world->processes[p->index].busy_until = (usec)(k->done / 1000);
    if (k->deliveries > 0)
        client_takes(k);
}

/* -- clients ----------------------------------------------------------------------------------- */

static void on_frame(void *context, struct client *c, const struct heard_frame *f)
{
    struct worker *k = &model.workers[c->process->index];
    (void)context;
    if (f->header.type & FRAME_REGULAR)
        return;
    k->deliveries++;
    k->credit += name_equal(&f->header.sender, &c->private_group);
    model.ordered += c->process->index == 0;
}

/* Its daemon reads what it sends when it is done with what it does. */
static void pump(struct world *w, void *context)
{
    struct worker *k = context;
    struct process *p = k->client->process;
    if (p->busy_until > w->now) {
        world_call(w, p->busy_until, pump, k);
        return;
    }
    k->pumping = false;
    unsigned n = k->credit;
    k->credit = 0;
    for (unsigned i = 0; i < n; i++) {
        charge(p, cost.intake);
        client_send(k->client, FRAME_AGREED, "bench", SIZE);
    }
}

/* -- one ring ---------------------------------------------------------------------------------- */

static void build(int daemons)
{
    struct world_options o = {.seed = 1, .daemons = daemons, .segments = model.segments,
                              .accelerated = true, .max_session_messages = 1000000, .latency = WIRE_US};
    model.world = world_new(&o);
    model.world->fate = on_fate;
    world_observe(model.world, &(struct observer){.on_trace = on_trace, .on_handed = on_handed,
                                                  .on_sent = on_sent, .on_rest = on_rest});
}

/* How long until all of set are in one view, and no others; or the end. */
static usec until_together(const struct procset *set, const char *what)
{
    usec begun = model.world->now;
    while (!world_is_together(model.world, set, true) && model.world->now - begun < LIMIT_US)
        world_run(model.world, model.world->now + USEC_MS);
    if (!world_is_together(model.world, set, true)) {
        fprintf(stderr, "growth: not together, %s\n", what);
        exit(1);
    }
    return model.world->now - begun;
}

static void connect_all(int daemons)
{
    static const struct client_events events = {.on_frame = on_frame};
    for (int i = 0; i < daemons; i++) {
        model.workers[i].client = client_connect(model.world, i, "c", false, &events);
        world_run(model.world, model.world->now + 5 * USEC_MS);
        client_join(model.workers[i].client, "bench");
    }
    world_run(model.world, model.world->now + 100 * USEC_MS);
    for (int i = 0; i < daemons; i++) {
        struct worker *k = &model.workers[i];
        k->credit = IN_FLIGHT;
        k->pumping = true;
        world_call(model.world, model.world->now, pump, k);
    }
}

static void become_calm(int daemons)
{
    model.calm = true;
    for (int i = 0; i < daemons; i++)
        model.workers[i].credit = 0;
    world_run(model.world, model.world->now + WARM_US);
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return x < y ? -1 : x > y;
}

/* The median, over all who receive it, of messages that have the ring for themselves. */
static double light_us(int daemons, uint32_t service)
{
    model.took = calloc((size_t)(LIGHT * daemons), sizeof *model.took);
    if (!model.took)
        abort();
    for (int i = 0; i < LIGHT; i++) {
        struct worker *k = &model.workers[i * 7 % daemons];
        model.sent_at = now_ns();
        charge(k->client->process, cost.intake);
        client_send(k->client, service, "bench", SIZE);
        while (model.took_count < (size_t)((i + 1) * daemons))
            world_run(model.world, model.world->now + STEP_US);
        world_run(model.world, model.world->now + LIGHT_GAP_US);
    }
    qsort(model.took, model.took_count, sizeof *model.took, ascending);
    double median = model.took[model.took_count / 2];
    free(model.took);
    model.took = NULL;
    model.took_count = 0;
    return median / 1000 + 2 * LOCAL_US;
}

static double cpu_of_all(int daemons)
{
    double sum = 0;
    for (int i = 0; i < daemons; i++)
        sum += model.workers[i].cpu;
    return sum;
}

static void play(int daemons)
{
    struct procset all = {{0}}, rest;
    build(daemons);
    for (int i = 0; i < daemons; i++) {
        procset_add(&all, (unsigned)i);
        world_start(model.world, i);
    }
    usec formed = until_together(&all, "after the start");
    connect_all(daemons);
    world_run(model.world, model.world->now + WARM_US);
    double cpu = cpu_of_all(daemons);
    uint64_t before = model.ordered;
    world_run(model.world, model.world->now + RUN_US);
    double ordered = (double)(model.ordered - before);
    cpu = cpu_of_all(daemons) - cpu;
    become_calm(daemons);
    double agreed = light_us(daemons, FRAME_AGREED), safe = light_us(daemons, FRAME_SAFE);
    world_crash(model.world, daemons - 1);
    rest = all;
    procset_remove(&rest, (unsigned)daemons - 1);
    usec lost = until_together(&rest, "without the last");
    double rate = ordered * USEC_SECOND / RUN_US;
    printf("{\"bench\":\"simulated\",\"daemons\":%d,\"segments\":%d,\"cores\":%d,\"ordered_per_s\":%.0f,"
           "\"deliveries_per_s\":%.0f,\"daemon_cpu_us_per_ordered\":%.3f,\"agreed_us\":%.0f,"
           "\"safe_us\":%.0f,\"formed_ms\":%" PRIu64 ",\"lost_ms\":%" PRIu64 "}\n",
           daemons, model.segments, model.cores, rate, rate * daemons, cpu / 1000 / ordered / daemons, agreed, safe,
           formed / USEC_MS, lost / USEC_MS);
    fflush(stdout);
    world_free(model.world);
    model = (struct model){.cores = model.cores, .segments = model.segments};
}

static int usage(void)
{
    fprintf(stderr, "usage: growth [--cores N] [--segments N] DAEMONS...\n");
    return 2;
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"cores", required_argument, NULL, 'c'}, {"segments", required_argument, NULL, 's'}, {0}};
    model.segments = 1;
    for (int letter; (letter = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        int number = optarg ? atoi(optarg) : 0;
        int most = letter == 'c' ? (int)CORES_MAX : (int)CONF_SEGMENTS_MAX;
        if (number < 1 || number > most)
            return usage();
        *(letter == 'c' ? &model.cores : &model.segments) = number;
    }
    for (int i = optind; i < argc; i++) {
        int daemons = atoi(argv[i]);
        if (daemons < 2 || daemons > PROCS_MAX || daemons < model.segments)
            return usage();
        play(daemons);
    }
    return optind < argc ? 0 : usage();
}
