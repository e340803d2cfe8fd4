/* SPDX-License-Identifier: MIT
 *
 * story - what clients of simulated daemons see, line by line, for the figures of docs/guide.md.
 *
 * usage: story NAME        one of those at the end
 *
 * Each line is a time in microseconds, who it is that something happens to, and what:
 *
 *   a sends TEXT            a receives TEXT
 *   a joins                 a view CAUSE MEMBERS SETS      CAUSE as in the service type; SETS: "a+b/c", or "-"
 *   a signal                the transitional signal
 *   d1 token d2 TIME        the token is sent on, and arrives at that time
 *   d1 data d2 TIME         a packet of clients' messages does
 *   - cut AB|C              the network
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "daemon/packet/header.h"
#include "tests/sim/clients.h"

enum { SEED = 4, MEMBERS_MAX = 8 };
static const char *const group[] = {"g"};

struct story {
    struct world *world;
    struct client *clients[MEMBERS_MAX];
    bool packets; /* are told */
    bool transfer; /* the first member tells a joiner the state */
    usec begun;    /* 0: not yet; nothing is told */
};

static struct story story;

static void tell(const char *who, const char *what)
{
    printf("%" PRIu64 " %s %s", story.world->now - story.begun, who, what);
}

/* -- what a client is given ----------------------------------------------------------------- */

/* "#a#d1" is a. */
static void put_names(const uint8_t *names, uint32_t count, char between)
{
    for (uint32_t i = 0; i < count; i++)
        printf("%s%c", i ? (char[]){between, 0} : "", names[i * NAME_FIELD + 1]);
}

static void put_sets(const uint8_t *body)
{
    uint32_t sets, count;
    memcpy(&sets, body + NOTICE_SETS_AT, sizeof sets);
    const uint8_t *at = body + NOTICE_FIRST_SET;
    for (uint32_t i = 0; i < sets; i++) {
        memcpy(&count, at, sizeof count);
        if (i)
            putchar('/');
        put_names(at + sizeof count, count, '+');
        at += sizeof count + (size_t)count * NAME_FIELD;
    }
}

static const char *cause(uint32_t type)
{
    return type & FRAME_BY_JOIN ? "JOIN" : type & FRAME_BY_LEAVE ? "LEAVE" :
           type & FRAME_BY_DISCONNECT ? "DISCONNECT" : "NETWORK";
}

static void say(struct client *c, uint32_t service, const char *text)
{
    client_say(c, service, 0, group, 1, text);
    tell(c->name, "sends ");
    printf("%s %s\n", text, service & FRAME_SAFE ? "SAFE" : "AGREED");
}

static void on_frame(void *context, struct client *c, const struct heard_frame *f)
{
    (void)context;
    if (!story.begun) {
        /* they are still coming together */
    } else if (f->header.type & FRAME_REGULAR) {
        tell(c->name, "view ");
        printf("%s ", cause(f->header.type));
        put_names(f->groups, (uint32_t)f->header.num_groups, ',');
        putchar(' ');
        put_sets(f->body);
        putchar('\n');
        if (story.transfer && f->header.type & FRAME_BY_JOIN && c == story.clients[0])
            say(c, FRAME_AGREED, "state");
    } else if (f->header.type & FRAME_TRANSITION) {
        tell(c->name, "signal\n");
    } else {
        tell(c->name, "receives ");
        printf("%s\n", (const char *)f->body);
    }
}

static void on_passage(void *context, const struct passage *d)
{
    (void)context;
    const char *kind = d->header->type == PACKET_TOKEN ? "token" : d->header->type == PACKET_DATA ? "data" : NULL;
    if (!story.packets || kind == NULL || d->copies == 0)
        return;
    tell((char[]){'d', (char)('1' + d->from), 0}, kind);
    printf(" d%d %" PRIu64 "\n", d->to + 1, d->at - story.begun);
}

/* -- the course of events ------------------------------------------------------------------- */

/* A client of each daemon: a at d1, b at d2, ...; the first so many join. */
static void begin(int daemons, int members, const struct world_options *options)
{
    static const struct client_events events = {.on_frame = on_frame};
    struct world_options o = *options;
    struct procset all = {{0}};
    o.seed = SEED;
    o.daemons = daemons;
    o.segments = 1;
    o.max_gap = 256;
    o.accelerated = true;
    story.world = world_new(&o);
    world_observe(story.world, &(struct observer){.on_passage = on_passage});
    for (int i = 0; i < daemons; i++) {
        procset_add(&all, (unsigned)i);
        world_start(story.world, i);
    }
    world_settle(story.world, &all, 60 * (usec)USEC_SECOND);
    for (int i = 0; i < daemons; i++) {
        char name[] = {(char)('a' + i), 0};
        story.clients[i] = client_connect(story.world, i, name, true, &events);
        world_run(story.world, story.world->now + 50 * USEC_MS);
        if (i < members)
            client_join(story.clients[i], group[0]);
        world_run(story.world, story.world->now + 50 * USEC_MS);
    }
    story.begun = story.world->now;
    tell("-", "begin\n");
}

static void run(usec how_long)
{
    world_run(story.world, story.world->now + how_long);
}

static void cut(const char *parts)
{
    tell("-", "cut ");
    printf("%s\n", parts);
    world_cut(story.world, parts);
}

/* Three send at once, and all receive in one order. */
static void order(void)
{
    begin(3, 3, &(struct world_options){.latency = 100});
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 3; i++) {
            char text[] = {story.clients[i]->name[0], (char)('1' + round), 0};
            say(story.clients[i], FRAME_AGREED, text);
        }
    run(20 * USEC_MS);
}

/* When a message of each kind is given to whom, and what of the token had to come before. */
static void service_of(void)
{
    begin(3, 3, &(struct world_options){.latency = 100});
    story.packets = true;
    say(story.clients[1], FRAME_AGREED, "x");
    say(story.clients[1], FRAME_SAFE, "y");
    run(3 * USEC_MS);
    story.packets = false;
}

/* c joins, and is told the state, while b goes on. */
static void transfer(void)
{
    begin(3, 2, &(struct world_options){.latency = 100});
    story.transfer = true;
    say(story.clients[1], FRAME_AGREED, "+1");
    run(5 * USEC_MS);
    tell("c", "joins\n");
    client_join(story.clients[2], group[0]);
    run(150);
    say(story.clients[1], FRAME_AGREED, "+2");
    run(20 * USEC_MS);
    say(story.clients[1], FRAME_AGREED, "+3");
    run(20 * USEC_MS);
}

/* A cut while messages are on their way, both sides go on, and meet again. */
static void partition(void)
{
    begin(4, 4, &(struct world_options){.latency = 100});
    say(story.clients[0], FRAME_AGREED, "1");
    run(20 * USEC_MS);
    say(story.clients[3], FRAME_SAFE, "2");
    run(700);
    cut("AB|CD");
    run(5 * (usec)USEC_SECOND);
    say(story.clients[1], FRAME_AGREED, "3");
    say(story.clients[2], FRAME_AGREED, "4");
    run(20 * USEC_MS);
    tell("-", "heal\n");
    world_heal(story.world);
    run(60 * (usec)USEC_SECOND);
    say(story.clients[0], FRAME_AGREED, "5");
    run(20 * USEC_MS);
}

int main(int argc, char **argv)
{
    static const struct {
        const char *name;
        void (*play)(void);
    } stories[] = {{"order", order}, {"service", service_of}, {"transfer", transfer}, {"partition", partition}};
    for (size_t i = 0; i < sizeof stories / sizeof *stories; i++)
        if (argc == 2 && strcmp(argv[1], stories[i].name) == 0) {
            stories[i].play();
            world_free(story.world);
            return 0;
        }
    fprintf(stderr, "usage: story order | service | transfer | partition\n");
    return 2;
}
