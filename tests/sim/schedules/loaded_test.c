/* SPDX-License-Identifier: MIT
 *
 * Two daemons on a machine that is too busy: each stands still again and again, mostly for some
 * hundredths of a second, now and then for most of one, and runs for half of the time. Five seconds
 * after the start a client of one of them joins a group, and waits for the notice.
 *
 * No single moment matters here, so there are many runs, each with its own random pauses.
 */
#include "tests/sim/schedules/scene.h"

#include "daemon/base/random.h"
#include "tests/sim/clients.h"

enum {
    RUNS = 1000,
    LONGEST_PAUSE_US = 800 * USEC_MS, /* one in ten is up to that, the others to a tenth of it */
    PATIENCE_US = 4 * USEC_SECOND, /* the ring is lost, and offers come to nothing */
    NEVER_US = 60 * USEC_SECOND,
};

struct loaded {
    struct world *world;
    struct random random;
    struct pausing {
        struct loaded *all;
        int who;
    } pausing[2];
    bool heard;
};

static usec up_to(struct loaded *l, usec most)
{
    return 1 + random_next(&l->random) % most;
}

static void stand_still(struct world *w, void *context);

static void go_on(struct world *w, void *context)
{
    struct pausing *p = context;
    world_resume(w, p->who);
    world_call(w, w->now + USEC_MS + up_to(p->all, LONGEST_PAUSE_US / 10), stand_still, p);
}

static void stand_still(struct world *w, void *context)
{
    struct pausing *p = context;
    bool is_long = up_to(p->all, 10) == 1;
    world_pause(w, p->who);
    world_call(w,
               w->now + USEC_MS + up_to(p->all, is_long ? LONGEST_PAUSE_US : LONGEST_PAUSE_US / 10),
               go_on, p);
}

static void on_open(void *context, struct client *c)
{
    (void)context;
    client_join(c, "g");
}

static void on_frame(void *context, struct client *c, const struct heard_frame *f)
{
    struct loaded *l = context;
    (void)c;
    (void)f;
    l->heard = true;
}

/* How long the client of that daemon waits. */
static usec wait_of(uint64_t seed, int daemon)
{
    struct world_options o = {
        .seed = seed, .daemons = 2, .segments = 1, .max_gap = 256, .accelerated = true};
    struct loaded l = {.world = world_new(&o), .random = {seed}};
    struct client_events events = {.on_open = on_open, .on_frame = on_frame, .context = &l};

    world_start(l.world, 0);
    world_run(l.world, up_to(&l, 600 * USEC_MS));
    world_start(l.world, 1);
    for (int i = 0; i < 2; i++) {
        l.pausing[i] = (struct pausing){&l, i};
        world_call(l.world, l.world->now + up_to(&l, LONGEST_PAUSE_US), stand_still, &l.pausing[i]);
    }
    world_run(l.world, l.world->now + 4 * USEC_SECOND + up_to(&l, USEC_SECOND));
    usec begun = l.world->now;
    client_connect(l.world, daemon, "x", true, &events);
    while (!l.heard && l.world->now < begun + NEVER_US)
        world_run(l.world, l.world->now + 10 * USEC_MS);
    usec wait = l.world->now - begun;
    world_free(l.world);
    return wait;
}

static void a_join_is_answered(int daemon)
{
    usec worst = 0;
    uint64_t when = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        usec wait = wait_of(seed, daemon);
        if (wait > worst)
            when = seed;
        worst = wait > worst ? wait : worst;
    }
    print_message("the longest wait of %d is %llu ms, with seed %llu\n", RUNS,
                  (unsigned long long)(worst / USEC_MS), (unsigned long long)when);
    assert_true(worst < PATIENCE_US);
}

static void a_join_at_the_leader_is_answered(void **state)
{
    (void)state;
    a_join_is_answered(0);
}

/* Who is left out of the leader's ring is courted by it, and must not wait for that alone: while the
 * leader's offers come to nothing it had no ring, for as long as 10 s. */
static void a_join_at_the_other_is_answered(void **state)
{
    (void)state;
    a_join_is_answered(1);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_join_at_the_leader_is_answered),
        cmocka_unit_test(a_join_at_the_other_is_answered),
    };
    return cmocka_run_group_tests_name("loaded", tests, NULL, NULL);
}
