/* SPDX-License-Identifier: MIT */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "event_world.h"

static const sp_time AT_ONCE = {0, 0};

static sp_time after_ms(long ms)
{
    return (sp_time){.usec = ms * 1000};
}

static void due_timers_run_in_order_of_time(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(world_tick, 'c', w, after_ms(3));
    E_queue(world_tick, 'a', w, AT_ONCE);
    E_queue(world_tick, 'b', w, after_ms(1));
    world_run(w, "abc");
    world_close(w);
}

/* Times that lie before now are all the same: at once. */
static void equal_times_run_in_order_of_queueing(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(world_tick, 'a', w, (sp_time){.sec = -1});
    E_queue(world_tick, 'b', w, AT_ONCE);
    E_queue(world_tick, 'c', w, (sp_time){.sec = LONG_MIN});
    E_queue(world_tick, 'd', w, (sp_time){.usec = -5});
    world_run(w, "abcd");
    world_close(w);
}

static void a_timer_of_the_same_identity_is_replaced(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(world_tick, 'a', w, AT_ONCE);
    E_queue(world_tick, 'b', w, AT_ONCE);
    E_queue(world_tick, 'a', w, AT_ONCE); /* now behind b, and only once */
    E_queue(world_tick, 'z', w, after_ms(2));
    world_run(w, "baz");
    world_close(w);
}

static void note_star(int code, void *data)
{
    (void)code;
    world_note(data, '*');
}

static void note_code_without_world(int code, void *data)
{
    world_note(*(struct event_world **)data, code);
}

static void function_code_and_data_make_the_identity(void **state)
{
    (void)state;
    struct event_world *w = world_open(), *first = w, *second = w;
    E_queue(world_tick, 'a', w, AT_ONCE);
    E_queue(world_tick, 'b', w, AT_ONCE);
    E_queue(note_star, 'a', w, AT_ONCE);
    E_queue(note_code_without_world, 'd', &first, AT_ONCE);
    E_queue(note_code_without_world, 'd', &second, AT_ONCE);
    world_run(w, "ab*dd");
    world_close(w);
}

static void a_pending_timer_can_be_asked_for_and_removed(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    assert_int_equal(E_in_queue(world_tick, 'a', w), 0);
    assert_int_equal(E_dequeue(world_tick, 'a', w), -1);
    assert_int_equal(E_queue(world_tick, 'a', w, AT_ONCE), 0);
    assert_int_equal(E_in_queue(world_tick, 'a', w), 1);
    assert_int_equal(E_in_queue(world_tick, 'b', w), 0);
    assert_int_equal(E_dequeue(world_tick, 'a', w), 0);
    assert_int_equal(E_in_queue(world_tick, 'a', w), 0);
    assert_int_equal(E_dequeue(world_tick, 'a', w), -1);
    E_queue(world_tick, 'b', w, AT_ONCE);
    world_run(w, "b");
    world_close(w);
}

static void queue_self_twice(int code, void *data)
{
    assert_int_equal(E_in_queue(queue_self_twice, code, data), 0);
    if (code < 'c')
        E_queue(queue_self_twice, code + 1, data, AT_ONCE);
    world_note(data, code);
}

static void again_with_same_code(int code, void *data)
{
    struct event_world *w = data;
    assert_int_equal(E_in_queue(again_with_same_code, code, data), 0);
    if (w->used < 2)
        assert_int_equal(E_queue(again_with_same_code, code, data, AT_ONCE), 0);
    world_note(w, code);
}

static void a_timer_may_queue_itself_again(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(queue_self_twice, 'a', w, AT_ONCE);
    world_run(w, "abc");
    E_queue(again_with_same_code, 'x', w, AT_ONCE);
    world_run(w, "xxx");
    world_close(w);
}

/* The descriptor is LOW, so it does not hold the timers back. */
static void a_timer_queued_at_once_runs_before_any_descriptor(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    world_fill(w, 0, 2);
    E_attach_fd(w->out[0], READ_FD, world_take_one, 'L', w, LOW_PRIORITY);
    E_queue(queue_self_twice, 'a', w, AT_ONCE);
    world_run(w, "LabcL");
    world_close(w);
}

static void queue_two_more(int code, void *data)
{
    E_queue(world_tick, 'x', data, AT_ONCE);
    E_queue(world_tick, 'y', data, AT_ONCE);
    world_note(data, code);
}

static void other_due_timers_run_in_between_in_time_order(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(queue_two_more, 'a', w, AT_ONCE);
    E_queue(world_tick, 'b', w, AT_ONCE);
    world_run(w, "abxy");
    world_close(w);
}

static void remove_the_other(int code, void *data)
{
    E_dequeue(world_tick, 'x', data);
    world_note(data, code);
}

static void a_due_timer_that_is_removed_does_not_run(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(remove_the_other, 'a', w, AT_ONCE);
    E_queue(world_tick, 'x', w, AT_ONCE);
    E_queue(world_tick, 'b', w, AT_ONCE);
    world_run(w, "ab");
    world_close(w);
}

static void a_time_beyond_all_time_never_comes(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(world_tick, 'x', w, (sp_time){.sec = LONG_MAX, .usec = 999999});
    E_queue(world_tick, 'a', w, after_ms(1));
    world_run(w, "a");
    assert_int_equal(E_in_queue(world_tick, 'x', w), 1);
    world_close(w);
}

static void init_forgets_all_timers(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_queue(world_tick, 'x', w, AT_ONCE);
    E_init();
    assert_int_equal(E_in_queue(world_tick, 'x', w), 0);
    E_queue(world_tick, 'a', w, AT_ONCE);
    world_run(w, "a");
    world_close(w);
}

/* -- many ----------------------------------------------------------------------------------- */

struct many {
    int ran, last;
};

static void count_up(int code, void *data)
{
    struct many *m = *(struct many **)data;
    assert_true(code > m->last);
    m->last = code;
    m->ran++;
    if (code == 49999)
        E_exit_events();
}

/* Linear look-ups would take minutes here. */
static void fifty_thousand_timers_are_found_and_run_in_order(void **state)
{
    (void)state;
    struct many m = {.last = -1}, *pointers[2] = {&m, &m};
    E_init();
    for (int i = 0; i < 50000; i++)
        E_queue(count_up, i, &pointers[0], (sp_time){.sec = 1000 + i % 7});
    for (int i = 49999; i >= 0; i--)
        assert_int_equal(E_queue(count_up, i, &pointers[1], (sp_time){.sec = 1000 + i % 11}), 0);
    for (int i = 0; i < 50000; i++) /* replaced, in another order of time */
        E_queue(count_up, i, &pointers[0], AT_ONCE);
    for (int i = 0; i < 50000; i++)
        assert_int_equal(E_dequeue(count_up, i, &pointers[1]), 0);
    for (int i = 0; i < 50000; i += 2)
        assert_int_equal(E_dequeue(count_up, i, &pointers[0]), 0);
    E_handle_events();
    assert_int_equal(m.ran, 25000);
    E_init();
}

/* Against a plain list that is searched from end to end. */
static void any_mix_of_queueing_and_removal_leaves_the_right_timers(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    bool pending[26] = {false};
    srandom(42);
    for (int step = 0; step < 20000; step++) {
        int code = (int)(random() % 26);
        if (random() % 2) {
            E_queue(world_tick, 'a' + code, w, (sp_time){.sec = 100 + random() % 100});
            pending[code] = true;
        } else {
            assert_int_equal(E_dequeue(world_tick, 'a' + code, w), pending[code] ? 0 : -1);
            pending[code] = false;
        }
        assert_int_equal(E_in_queue(world_tick, 'a' + code, w), pending[code]);
    }
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(due_timers_run_in_order_of_time),
        cmocka_unit_test(equal_times_run_in_order_of_queueing),
        cmocka_unit_test(a_timer_of_the_same_identity_is_replaced),
        cmocka_unit_test(function_code_and_data_make_the_identity),
        cmocka_unit_test(a_pending_timer_can_be_asked_for_and_removed),
        cmocka_unit_test(a_timer_may_queue_itself_again),
        cmocka_unit_test(a_timer_queued_at_once_runs_before_any_descriptor),
        cmocka_unit_test(other_due_timers_run_in_between_in_time_order),
        cmocka_unit_test(a_due_timer_that_is_removed_does_not_run),
        cmocka_unit_test(a_time_beyond_all_time_never_comes),
        cmocka_unit_test(init_forgets_all_timers),
        cmocka_unit_test(fifty_thousand_timers_are_found_and_run_in_order),
        cmocka_unit_test(any_mix_of_queueing_and_removal_leaves_the_right_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
