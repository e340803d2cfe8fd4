/* SPDX-License-Identifier: MIT
 *
 * The daemons' own proof of agreement, with no other check that would speak first: scripts/mutants makes one
 * daemon deliver something else, which its peers and itself must notice.
 */
#include "tests/support/test.h"

#include "tests/sim/agree_check.h"
#include "tests/sim/load.h"

enum { DAEMONS = 4, MEET_US = 20 * USEC_SECOND, TALK_US = 12 * USEC_SECOND };

static struct world *begin(struct load **load)
{
    struct world_options options = {.daemons = DAEMONS, .segments = 1, .seed = 7, .max_gap = 256,
                                    .accelerated = true};
    struct world *w = world_new(&options);
    struct load_options busy = {.seed = 7, .clients = 2, .groups = 3, .pause = 2 * USEC_MS,
                                .large_ppm = 20000, .membership = true};
    agree_check_begin(w);
    *load = load_new(w, &busy, NULL);
    for (int i = 0; i < DAEMONS; i++)
        world_start(w, i);
    return w;
}

static void go_on(struct world *w, usec how_long)
{
    world_run(w, w->now + how_long);
    if (w->verdict.broken)
        fail_msg("%s broken at %.3f ms: %s", w->verdict.id, (double)w->verdict.at / 1000, w->verdict.text);
}

static void meet(struct world *w)
{
    struct procset up = world_up(w);
    assert_true(world_settle(w, &up, MEET_US));
    go_on(w, 0);
}

static void end(struct world *w, struct load *load)
{
    load_free(load);
    world_free(w);
}

/* Each of them has spoken several times of what all have delivered. */
static void e1_daemons_of_a_busy_ring_agree(void **state)
{
    (void)state;
    struct load *load;
    struct world *w = begin(&load);
    meet(w);
    go_on(w, TALK_US);
    end(w, load);
}

/* The end of one view is compared in the next one. */
static void e1_daemons_that_go_from_view_to_view_agree(void **state)
{
    (void)state;
    struct load *load;
    struct world *w = begin(&load);
    meet(w);
    for (int i = 0; i < 10; i++) {
        go_on(w, 50 * USEC_MS);
        world_crash(w, DAEMONS - 1);
        meet(w);
        go_on(w, 50 * USEC_MS);
        world_start(w, DAEMONS - 1);
        meet(w);
    }
    end(w, load);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(e1_daemons_of_a_busy_ring_agree),
        cmocka_unit_test(e1_daemons_that_go_from_view_to_view_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
