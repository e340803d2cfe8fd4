/* SPDX-License-Identifier: MIT */
#include "tests/support/test.h"

#include <string.h>

#include "daemon/base/random.h"
#include "daemon/ring/window.h"

enum { SIZE = 16 };

static struct slot a_packet(struct block *b, uint16_t origin)
{
    return (struct slot){.block = block_ref(b), .body = b->bytes, .len = 1, .origin = origin};
}

static void put(struct window *w, struct block *b, uint64_t seq)
{
    struct slot s = a_packet(b, (uint16_t)(seq % 3));
    window_put(w, seq, &s);
}

struct fixture {
    struct window w;
    struct block *b;
};

static int begin(void **state)
{
    static struct fixture f;
    f.b = block_new(1);
    window_init(&f.w, SIZE);
    *state = &f;
    return 0;
}

/* Whatever happened, nobody but the test refers to the block in the end. */
static int end(void **state)
{
    struct fixture *f = *state;
    window_fini(&f->w);
    uint32_t refs = f->b->refs;
    block_unref(f->b);
    return refs == 1 ? 0 : -1;
}

static void aru_goes_over_what_came_early_once_the_hole_is_filled(void **state)
{
    struct fixture *f = *state;
    put(&f->w, f->b, 3);
    put(&f->w, f->b, 2);
    assert_int_equal(f->w.aru, 0);
    assert_int_equal(f->w.high, 3);
    assert_null(window_get(&f->w, 1));
    put(&f->w, f->b, 1);
    assert_int_equal(f->w.aru, 3);
    assert_int_equal(window_get(&f->w, 2)->origin, 2);
}

static void what_is_here_forgotten_or_out_of_reach_is_not_wanted(void **state)
{
    struct fixture *f = *state;
    assert_false(window_wants(&f->w, 0));
    assert_true(window_wants(&f->w, 1));
    assert_true(window_wants(&f->w, SIZE));
    assert_false(window_wants(&f->w, SIZE + 1));
    assert_false(window_wants(&f->w, UINT64_MAX));
    put(&f->w, f->b, 1);
    put(&f->w, f->b, 5);
    assert_false(window_wants(&f->w, 1));
    assert_false(window_wants(&f->w, 5));
    window_forget(&f->w, 1);
    assert_false(window_wants(&f->w, 1));
    assert_true(window_wants(&f->w, SIZE + 1));
    assert_false(window_wants(&f->w, SIZE + 2));
}

static void the_last_number_that_fits_does_not_hide_the_first(void **state)
{
    struct fixture *f = *state;
    put(&f->w, f->b, SIZE);
    assert_true(window_has(&f->w, SIZE));
    assert_false(window_has(&f->w, 0));
    assert_true(window_wants(&f->w, 1));
    for (uint64_t seq = 1; seq < SIZE; seq++)
        put(&f->w, f->b, seq);
    assert_int_equal(f->w.aru, SIZE);
    window_forget(&f->w, SIZE);
    assert_int_equal(f->b->refs, 1);
}

static void a_restart_lets_everything_go_and_begins_at_1(void **state)
{
    struct fixture *f = *state;
    put(&f->w, f->b, 1);
    put(&f->w, f->b, 9);
    window_restart(&f->w);
    assert_int_equal(f->b->refs, 1);
    assert_false(window_has(&f->w, 1));
    assert_false(window_has(&f->w, 9));
    put(&f->w, f->b, 1);
    assert_int_equal(f->w.high, 1);
}

static void numbers_used_up_at_once_are_forgotten_too(void **state)
{
    struct fixture *f = *state;
    window_skip_to(&f->w, (uint64_t)1 << 40);
    assert_false(window_wants(&f->w, (uint64_t)1 << 40));
    put(&f->w, f->b, ((uint64_t)1 << 40) + 1);
    assert_int_equal(f->w.aru, ((uint64_t)1 << 40) + 1);
}

static void renumbering_reaches_every_packet_that_is_here(void **state)
{
    struct fixture *f = *state;
    static const uint16_t map[3] = {7, 8, 9};
    for (uint64_t seq = 1; seq <= 5; seq += 2)
        put(&f->w, f->b, seq);
    window_forget(&f->w, 1);
    window_renumber(&f->w, map);
    assert_int_equal(window_get(&f->w, 3)->origin, 7);
    assert_int_equal(window_get(&f->w, 5)->origin, 9);
}

/* A window against a list of truth values. */
static void any_order_of_packets_gives_what_a_plain_list_gives(void **state)
{
    enum { STEPS = 20000, FAR = STEPS + SIZE + 2 };
    static bool here[FAR];
    struct fixture *f = *state;
    struct random r = {1};
    uint64_t stable = 0;
    memset(here, 0, sizeof here);
    for (int i = 0; i < STEPS; i++) {
        uint64_t seq = stable + random_below(&r, SIZE + 2);
        bool wanted = seq > stable && seq <= stable + SIZE && !here[seq];
        assert_int_equal(window_wants(&f->w, seq), wanted);
        assert_int_equal(window_has(&f->w, seq), seq > stable && here[seq]);
        if (wanted) {
            put(&f->w, f->b, seq);
            here[seq] = true;
        }
        uint64_t aru = stable;
        while (here[aru + 1])
            aru++;
        assert_int_equal(f->w.aru, aru);
        if (random_below(&r, 4) == 0) {
            stable += random_below(&r, (uint32_t)(aru - stable) + 1);
            window_forget(&f->w, stable);
        }
        assert_int_equal(f->w.stable, stable);
    }
    assert_true(stable > 1000);
}

#define WITH_WINDOW(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        WITH_WINDOW(aru_goes_over_what_came_early_once_the_hole_is_filled),
        WITH_WINDOW(what_is_here_forgotten_or_out_of_reach_is_not_wanted),
        WITH_WINDOW(the_last_number_that_fits_does_not_hide_the_first),
        WITH_WINDOW(a_restart_lets_everything_go_and_begins_at_1),
        WITH_WINDOW(numbers_used_up_at_once_are_forgotten_too),
        WITH_WINDOW(renumbering_reaches_every_packet_that_is_here),
        WITH_WINDOW(any_order_of_packets_gives_what_a_plain_list_gives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
