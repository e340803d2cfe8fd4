/* SPDX-License-Identifier: MIT
 *
 * flushbench - what the flush layer costs: its throughput beside that of the SP_ calls, the two in
 * turns, and how long a change of view takes in a large group whose members go on sending. bench/flush
 * starts a daemon for it. Each prints one line of JSON.
 */
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bench/measure.h"
#include "fl.h"

enum { NAMES_MAX = 1024, BODY_MAX = 100 * 1024, ROUNDS = 11, ASK_US = 200, LOOK_MS = 50 };

static const char GROUP[] = "flushbench";

/* -- one message, by either family of calls ------------------------------------------------- */

struct heard {
    service type;
    char sender[MAX_GROUP_NAME];
    char groups[NAMES_MAX][MAX_GROUP_NAME];
    char body[BODY_MAX];
    int count, swapped, more, len;
    int16 kind;
};

static void hear(mailbox mbox, int flushed, struct heard *h)
{
    h->type = 0;
    h->len = flushed ? FL_receive(mbox, &h->type, h->sender, NAMES_MAX, &h->count, h->groups,
                                  &h->kind, &h->swapped, sizeof h->body, h->body, &h->more)
                     : SP_receive(mbox, &h->type, h->sender, NAMES_MAX, &h->count, h->groups,
                                  &h->kind, &h->swapped, sizeof h->body, h->body);
    if (h->len < 0)
        give_up("receive", h->len);
    if (flushed && Is_flush_req_mess(h->type) && FL_flush(mbox, GROUP) < 0)
        give_up("flush", 0);
}

static mailbox enter(const struct setup *s, int flushed, char self[MAX_GROUP_NAME])
{
    mailbox mbox;
    int code = flushed ? FL_connect(s->daemon, NULL, 0, &mbox, self)
                       : SP_connect(s->daemon, NULL, 0, 1, &mbox, self);
    if (code != ACCEPT_SESSION)
        give_up("connect", code);
    code = flushed ? FL_join(mbox, GROUP) : SP_join(mbox, GROUP);
    if (code < 0)
        give_up("join", code);
    return mbox;
}

/* -- throughput ----------------------------------------------------------------------------- */

struct pair {
    const struct setup *setup;
    int flushed;
    pthread_barrier_t begin, end;
    double ordered_per_s;
    atomic_ullong cpu_us, received; /* of all clients */
};

static uint64_t own_cpu_us(void)
{
    struct rusage u;
    getrusage(RUSAGE_SELF, &u);
    return (uint64_t)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000u +
           (uint64_t)(u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

/* The last message of each has type 1; when all of those have come it is over. */
static uint64_t exchange(const struct pair *p, mailbox mbox, const char *self, uint64_t until,
                         struct heard *h)
{
    static char out[BODY_MAX];
    const struct setup *s = p->setup;
    uint64_t received = 0;
    int in_flight = 0, said = 0;
    for (int goodbyes = 0; goodbyes < s->clients;) {
        while (!said && in_flight < s->window) {
            int last = now_us() >= until;
            int n = p->flushed
                        ? FL_multicast(mbox, s->service, GROUP, (int16)last, s->size, out)
                        : SP_multicast(mbox, s->service, GROUP, (int16)last, s->size, out);
            if (n < 0)
                give_up("multicast", n);
            in_flight++;
            said = last;
        }
        hear(mbox, p->flushed, h);
        if (!Is_regular_mess(h->type))
            continue;
        received++;
        goodbyes += h->kind == 1;
        in_flight -= strcmp(h->sender, self) == 0;
    }
    return received;
}

static int speaker(int index, void *context)
{
    static struct heard h;
    struct pair *p = context;
    char self[MAX_GROUP_NAME];
    mailbox mbox = enter(p->setup, p->flushed, self);
    do
        hear(mbox, p->flushed, &h);
    while (!Is_reg_memb_mess(h.type) || h.count < p->setup->clients);
    pthread_barrier_wait(&p->begin);
    uint64_t begin = now_us(), cpu = own_cpu_us();
    uint64_t received =
        exchange(p, mbox, self, begin + (uint64_t)(p->setup->seconds * 1e6), &h);
    p->cpu_us += own_cpu_us() - cpu;
    p->received += received;
    if (index == 0)
        p->ordered_per_s = (double)received * 1e6 / (double)(now_us() - begin);
    pthread_barrier_wait(&p->end);
    if (p->flushed)
        FL_disconnect(mbox);
    else
        SP_disconnect(mbox);
    return 0;
}

/* What one run came to. */
struct outcome {
    double ordered_per_s, cpu_us; /* of a client's processor, for a message that it has received */
};

static struct outcome run_once(const struct setup *s, int flushed)
{
    struct pair *p = shared_memory(sizeof *p);
    pthread_barrierattr_t shared;
    *p = (struct pair){.setup = s, .flushed = flushed};
    pthread_barrierattr_init(&shared);
    pthread_barrierattr_setpshared(&shared, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&p->begin, &shared, (unsigned)s->clients);
    pthread_barrier_init(&p->end, &shared, (unsigned)s->clients);
    run_children(s->clients, speaker, p);
    return (struct outcome){p->ordered_per_s, (double)p->cpu_us / (double)p->received};
}

static int by_size(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double middle(double values[ROUNDS])
{
    qsort(values, ROUNDS, sizeof values[0], by_size);
    return values[ROUNDS / 2];
}

static void bench_pairs(const struct setup *s)
{
    double plain[ROUNDS], flushed[ROUNDS], ratio[ROUNDS], plain_cpu[ROUNDS], flushed_cpu[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        struct outcome sp = run_once(s, 0), fl = run_once(s, 1);
        plain[i] = sp.ordered_per_s;
        flushed[i] = fl.ordered_per_s;
        ratio[i] = fl.ordered_per_s / sp.ordered_per_s;
        plain_cpu[i] = sp.cpu_us;
        flushed_cpu[i] = fl.cpu_us;
    }
    printf("{\"bench\":\"flush throughput\",\"clients\":%d,\"size\":%d,\"service\":%d,"
           "\"sp_per_s\":%.0f,\"fl_per_s\":%.0f,\"ratio\":%.3f,\"sp_client_us\":%.3f,"
           "\"fl_client_us\":%.3f}\n",
           s->clients, s->size, s->service, middle(plain), middle(flushed), middle(ratio),
           middle(plain_cpu), middle(flushed_cpu));
}

/* -- views ---------------------------------------------------------------------------------- */

/* What a member has seen last. */
struct sight {
    atomic_int members;
    _Atomic uint64_t at;
};

struct crowd {
    const struct setup *setup;
    atomic_int over;
    atomic_ullong sent;
    _Atomic uint64_t longest_refusal_us;
    struct sight sights[]; /* of the members; behind them that of the one who comes and goes */
};

static void see(struct sight *s, const struct heard *h)
{
    if (!Is_reg_memb_mess(h->type))
        return;
    s->at = now_us();
    s->members = h->count;
}

struct talker {
    struct crowd *crowd;
    mailbox mbox;
};

/* Sends at its rate; while that is refused it asks again and again. */
static void *talk(void *context)
{
    static char out[BODY_MAX];
    struct talker *t = context;
    const struct setup *s = t->crowd->setup;
    uint64_t due = now_us(), refused = 0;
    while (!t->crowd->over) {
        int n = FL_multicast(t->mbox, s->service, GROUP, 0, s->size, out);
        uint64_t now = now_us();
        if (n == ILLEGAL_STATE || n == ILLEGAL_GROUP) {
            refused = n == ILLEGAL_STATE && !refused ? now : refused;
            usleep(ASK_US);
            continue;
        }
        if (n < 0)
            break; /* its mailbox is closed */
        if (refused && now - refused > t->crowd->longest_refusal_us)
            t->crowd->longest_refusal_us = now - refused;
        refused = 0;
        t->crowd->sent++;
        due += 1000000u / (unsigned)s->rate;
        if (due > now)
            usleep((useconds_t)(due - now));
    }
    return NULL;
}

static int member(int index, void *context)
{
    static struct heard h;
    struct crowd *c = context;
    char self[MAX_GROUP_NAME];
    struct talker t = {.crowd = c, .mbox = enter(c->setup, 1, self)};
    pthread_t thread;
    if (index < c->setup->clients)
        pthread_create(&thread, NULL, talk, &t);
    while (!c->over) {
        struct pollfd p = {.fd = t.mbox, .events = POLLIN};
        if (h.more == 0 && poll(&p, 1, LOOK_MS) == 0)
            continue;
        hear(t.mbox, 1, &h);
        see(&c->sights[index], &h);
    }
    if (index < c->setup->clients)
        pthread_join(thread, NULL);
    _exit(0); /* all at once */
}

/* Until every member has a view of so many, and who comes and goes, too; the time of the last. */
static uint64_t await_view(struct crowd *c, int members, int sights)
{
    uint64_t last = 0;
    for (int i = 0; i < sights;) {
        if (c->sights[i].members != members) {
            usleep(ASK_US);
            continue;
        }
        last = c->sights[i].at > last ? c->sights[i].at : last;
        i++;
    }
    return last;
}

/* In the last child: joins and leaves, again and again. */
static void come_and_go(struct crowd *c, struct samples *own, struct samples *joins,
                        struct samples *leaves)
{
    static struct heard h;
    const struct setup *s = c->setup;
    char self[MAX_GROUP_NAME];
    mailbox mbox;
    if (FL_connect(s->daemon, NULL, 0, &mbox, self) != ACCEPT_SESSION)
        give_up("connect", 0);
    for (int round = 0; round < s->count; round++) {
        await_view(c, s->members, s->members);
        uint64_t begin = now_us();
        FL_join(mbox, GROUP);
        do
            hear(mbox, 1, &h);
        while (!Is_reg_memb_mess(h.type));
        samples_add(own, (uint32_t)(now_us() - begin));
        samples_add(joins, (uint32_t)(await_view(c, s->members + 1, s->members) - begin));
        begin = now_us();
        FL_leave(mbox, GROUP);
        samples_add(leaves, (uint32_t)(await_view(c, s->members, s->members) - begin));
        do
            hear(mbox, 1, &h);
        while (h.type != CAUSED_BY_LEAVE);
    }
    FL_disconnect(mbox);
}

static int crowd_member(int index, void *context)
{
    struct crowd *c = context;
    struct samples own = {0}, joins = {0}, leaves = {0};
    if (index < c->setup->members)
        return member(index, context);
    uint64_t begin = now_us();
    come_and_go(c, &own, &joins, &leaves);
    double seconds = (double)(now_us() - begin) / 1e6;
    printf("{\"bench\":\"flush views\",\"members\":%d,\"senders\":%d,\"size\":%d,\"rounds\":%d,"
           "\"sent_per_s\":%.0f,\"longest_refusal_us\":%llu",
           c->setup->members, c->setup->clients, c->setup->size, c->setup->count,
           (double)c->sent / seconds, (unsigned long long)c->longest_refusal_us);
    samples_print(&own, "first_view_us");
    samples_print(&joins, "join_us");
    samples_print(&leaves, "leave_us");
    printf("}\n");
    fflush(stdout);
    c->over = 1;
    return 0;
}

static void bench_views(const struct setup *s)
{
    struct crowd *c = shared_memory(sizeof *c + (size_t)s->members * sizeof c->sights[0]);
    c->setup = s;
    run_children(s->members + 1, crowd_member, c);
}

/* -- the command line ----------------------------------------------------------------------- */

static int usage(void)
{
    fputs("usage: flushbench pairs|views -s DAEMON [-c CLIENTS THAT SEND] [-m MEMBERS] [-b BYTES]\n"
          "                  [-w WINDOW] [-r RATE] [-N ROUNDS] [-t SECONDS] [-S SERVICE BIT]\n",
          stderr);
    return 2;
}

static int *number_of(struct setup *s, int letter)
{
    switch (letter) {
    case 'c':
        return &s->clients;
    case 'm':
        return &s->members;
    case 'b':
        return &s->size;
    case 'w':
        return &s->window;
    case 'r':
        return &s->rate;
    case 'N':
        return &s->count;
    case 'S':
        return &s->service;
    default:
        return NULL;
    }
}

int main(int argc, char **argv)
{
    struct setup s = {.daemon = "4803", .clients = 4, .members = 100, .size = 100, .window = 50,
                      .rate = 500, .count = 20, .seconds = 1, .service = FIFO_MESS};
    const char *bench = argc > 1 ? argv[1] : "";
    int letter;
    optind = 2;
    while ((letter = getopt(argc, argv, "s:c:m:b:w:r:N:t:S:")) != -1) {
        int *number = number_of(&s, letter);
        if (letter == 's')
            s.daemon = optarg;
        else if (letter == 't')
            s.seconds = atof(optarg);
        else if (number)
            *number = atoi(optarg);
        else
            return usage();
    }
    if (s.size < 0 || s.size > BODY_MAX || s.rate < 1 || s.members < 1 || s.members >= NAMES_MAX)
        return usage();
    if (strcmp(bench, "pairs") == 0)
        bench_pairs(&s);
    else if (strcmp(bench, "views") == 0)
        bench_views(&s);
    else
        return usage();
    return 0;
}
