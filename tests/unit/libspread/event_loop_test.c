/* SPDX-License-Identifier: MIT */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "event_world.h"
#include "tests/support/child.h"

static const sp_time AT_ONCE = {0, 0};

static void attach(struct event_world *w, int pipe, int code, int priority)
{
    E_attach_fd(w->out[pipe], READ_FD, world_take_one, code, w, priority);
}

/* -- the order of a round ------------------------------------------------------------------- */

static void high_goes_first_medium_waits_for_it_low_has_one_a_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, '1', LOW_PRIORITY);
    attach(w, 1, '2', LOW_PRIORITY);
    attach(w, 2, 'M', MEDIUM_PRIORITY);
    attach(w, 3, 'H', HIGH_PRIORITY);
    for (int i = 0; i < PIPES; i++)
        world_fill(w, i, 2);
    world_run(w, "H1H2M1M2");
    world_close(w);
}

static void all_ready_entries_of_a_level_are_served_as_attached(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 2, 'a', HIGH_PRIORITY);
    attach(w, 0, 'b', HIGH_PRIORITY);
    attach(w, 3, 'c', HIGH_PRIORITY);
    attach(w, 1, 'L', LOW_PRIORITY);
    for (int i = 0; i < PIPES; i++)
        world_fill(w, i, 2);
    world_run(w, "abcLabcL");
    world_close(w);
}

static void low_entries_take_turns_over_the_rounds(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    for (int i = 0; i < PIPES; i++)
        attach(w, i, 'a' + i, LOW_PRIORITY);
    world_fill(w, 1, 3);
    world_fill(w, 3, 3);
    world_run(w, "bdbd");
    world_fill(w, 0, 1); /* a stands behind d, the one served last */
    world_run(w, "abd");
    world_close(w);
}

static void a_descriptor_at_two_priorities_is_served_at_both(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'H', HIGH_PRIORITY);
    attach(w, 0, 'L', LOW_PRIORITY);
    world_fill(w, 0, 4);
    world_run(w, "HLHL");
    world_close(w);
}

static void an_entry_whose_input_is_left_is_called_again(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', LOW_PRIORITY);
    world_fill(w, 0, 3);
    world_run(w, "aaa");
    world_close(w);
}

/* -- timers and descriptors ----------------------------------------------------------------- */

static void a_backlog_of_high_and_medium_goes_before_the_timers(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'H', HIGH_PRIORITY);
    attach(w, 1, 'M', MEDIUM_PRIORITY);
    world_fill(w, 0, 2);
    world_fill(w, 1, 2);
    E_queue(world_tick, 't', w, AT_ONCE);
    world_run(w, "HHMMt");
    world_close(w);
}

static void a_backlog_of_low_lets_the_timers_run_after_one_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'L', LOW_PRIORITY);
    world_fill(w, 0, 3);
    E_queue(world_tick, 't', w, AT_ONCE);
    world_run(w, "LtLL");
    world_close(w);
}

static void take_one_and_queue(int fd, int code, void *data)
{
    E_queue(world_tick, 't', data, AT_ONCE);
    world_take_one(fd, code, data);
}

static void fill_high(int code, void *data)
{
    world_fill(data, 0, 3);
    world_note(data, code);
}

static void after_the_backlog_timers_run_in_every_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, take_one_and_queue, 'H', w, HIGH_PRIORITY);
    E_queue(fill_high, 'a', w, AT_ONCE);
    world_run(w, "aHtHtHt");
    world_close(w);
}

static void the_loop_waits_for_the_next_timer(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'x', HIGH_PRIORITY);
    E_queue(world_tick, 'a', w, (sp_time){.usec = 2000});
    E_queue(world_tick, 'b', w, (sp_time){.usec = 4000});
    sp_time start = E_get_time_monotonic();
    world_run(w, "ab");
    sp_time took = E_sub_time(E_get_time_monotonic(), start);
    assert_true(E_compare_time(took, (sp_time){.usec = 3900}) >= 0);
    world_close(w);
}

/* -- changes made by a function -------------------------------------------------------------- */

static void attach_the_others(int fd, int code, void *data)
{
    struct event_world *w = data;
    attach(w, 1, 'b', HIGH_PRIORITY);
    attach(w, 2, 'c', MEDIUM_PRIORITY);
    attach(w, 3, 'd', LOW_PRIORITY);
    world_take_one(fd, code, data);
}

static void what_a_function_attaches_is_served_in_a_later_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, attach_the_others, 'a', w, HIGH_PRIORITY);
    for (int i = 0; i < PIPES; i++)
        world_fill(w, i, 1);
    world_run(w, "abdc"); /* round 1: a; round 2: b, d; round 3: c */
    world_close(w);
}

static void fill_the_others(int fd, int code, void *data)
{
    world_fill(data, 1, 1);
    world_fill(data, 2, 1);
    world_take_one(fd, code, data);
}

static void what_a_function_makes_ready_is_served_in_a_later_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, fill_the_others, 'a', w, HIGH_PRIORITY);
    attach(w, 1, 'b', HIGH_PRIORITY);
    attach(w, 2, 'L', LOW_PRIORITY);
    attach(w, 3, 'm', LOW_PRIORITY);
    world_fill(w, 0, 1);
    world_fill(w, 3, 1);
    world_run(w, "ambL");
    world_close(w);
}

static void detach_the_others(int fd, int code, void *data)
{
    struct event_world *w = data;
    E_detach_fd(w->out[1], READ_FD);
    E_deactivate_fd(w->out[2], READ_FD);
    E_detach_fd(fd, READ_FD);
    world_take_one(fd, code, data);
}

static void what_a_function_detaches_or_deactivates_is_not_called(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, detach_the_others, 'a', w, HIGH_PRIORITY);
    attach(w, 1, 'x', HIGH_PRIORITY);
    attach(w, 2, 'y', HIGH_PRIORITY);
    attach(w, 3, 'd', HIGH_PRIORITY);
    for (int i = 0; i < PIPES; i++)
        world_fill(w, i, 1);
    world_run(w, "ad");
    world_run_round(w);
    assert_string_equal(w->record, "");
    world_close(w);
}

static void swap_the_other(int fd, int code, void *data)
{
    struct event_world *w = data;
    E_detach_fd(w->out[1], READ_FD);
    attach(w, 1, 'B', HIGH_PRIORITY); /* might be another file of the same number */
    world_take_one(fd, code, data);
}

static void an_entry_attached_anew_is_not_served_on_old_evidence(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, swap_the_other, 'a', w, HIGH_PRIORITY);
    attach(w, 1, 'b', HIGH_PRIORITY);
    attach(w, 2, 'L', LOW_PRIORITY);
    for (int i = 0; i < 3; i++)
        world_fill(w, i, 1);
    world_run(w, "aLB");
    world_close(w);
}

static void raise_threshold(int fd, int code, void *data)
{
    E_set_active_threshold(MEDIUM_PRIORITY);
    world_take_one(fd, code, data);
}

static void a_raised_threshold_suppresses_low_in_the_same_round(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, raise_threshold, 'H', w, HIGH_PRIORITY);
    attach(w, 1, 'L', LOW_PRIORITY);
    attach(w, 2, 'M', MEDIUM_PRIORITY);
    for (int i = 0; i < 3; i++)
        world_fill(w, i, 1);
    world_run(w, "HM");
    E_set_active_threshold(LOW_PRIORITY);
    world_run(w, "L");
    world_close(w);
}

static void forget_everything(int fd, int code, void *data)
{
    E_init();
    E_queue(world_tick, 't', data, AT_ONCE);
    world_take_one(fd, code, data);
}

static void a_function_may_clear_the_loop(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_attach_fd(w->out[0], READ_FD, forget_everything, 'a', w, HIGH_PRIORITY);
    attach(w, 1, 'x', HIGH_PRIORITY);
    world_fill(w, 0, 1);
    world_fill(w, 1, 1);
    world_run(w, "at");
    world_close(w);
}

/* -- leaving --------------------------------------------------------------------------------- */

static void the_loop_returns_after_the_current_function(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    attach(w, 0, 'a', HIGH_PRIORITY);
    attach(w, 1, 'b', HIGH_PRIORITY);
    attach(w, 2, 'L', LOW_PRIORITY);
    for (int i = 0; i < 3; i++)
        world_fill(w, i, 1);
    world_run(w, "a");
    world_run(w, "b"); /* it can be entered again; what is attached stays */
    world_run(w, "L");
    E_queue(world_tick, 't', w, AT_ONCE);
    E_queue(world_tick, 'u', w, AT_ONCE);
    world_run(w, "t");
    world_run(w, "u");
    world_close(w);
}

static void a_request_to_leave_has_no_effect_on_a_later_loop(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    E_exit_events();
    E_exit_events_async_safe();
    E_queue(world_tick, 'a', w, AT_ONCE);
    world_run(w, "a");
    world_close(w);
}

static void on_signal(int number)
{
    (void)number;
    E_exit_events_async_safe();
}

static void with_handler(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigaction(number, &action, NULL);
}

static void raise_it(int code, void *data)
{
    (void)data;
    raise(code);
}

static void a_signal_that_comes_before_the_wait_ends_it(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    with_handler(SIGUSR1, on_signal);
    E_queue(raise_it, SIGUSR1, NULL, AT_ONCE);
    E_handle_events(); /* no further timer: would wait for 10000 s */
    with_handler(SIGUSR1, SIG_DFL);
    world_close(w);
}

static void raise_soon(int usec, void *data)
{
    struct itimerval soon = {.it_value.tv_usec = usec};
    (void)data;
    setitimer(ITIMER_REAL, &soon, NULL);
}

static void a_signal_during_the_wait_ends_it(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    with_handler(SIGALRM, on_signal);
    for (int usec = 1; usec < 300; usec += 3) { /* now and then between the check and the wait */
        E_queue(raise_soon, usec, NULL, AT_ONCE);
        E_handle_events();
    }
    with_handler(SIGALRM, SIG_DFL);
    world_close(w);
}

static void *kick(void *go)
{
    char byte;
    if (read(*(int *)go, &byte, 1) == 1)
        E_exit_events_async_safe();
    return NULL;
}

static void let_go(int code, void *data)
{
    (void)code;
    world_fill(data, 0, 1);
}

/* The handler of a process signal may run in another thread: no system call of ours is then
 * interrupted. */
static void a_signal_handled_by_another_thread_ends_the_wait(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, kick, &w->out[0]), 0);
    E_queue(let_go, 0, w, AT_ONCE);
    E_handle_events();
    pthread_join(thread, NULL);
    world_close(w);
}

static int status_of(pid_t child)
{
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void fork_and_wait(int code, void *data)
{
    pid_t *child = data;
    (void)code;
    *child = child_fork();
    if (*child != 0)
        E_exit_events();
}

/* Whoever reads the parent's wake-up first would steal the child's: each must have its own. */
static void parent_and_child_are_woken_each_by_its_own(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    pid_t child = -1;
    with_handler(SIGTERM, on_signal);
    E_queue(fork_and_wait, 0, &child, AT_ONCE);
    E_handle_events();
    if (child == 0)
        _exit(7); /* left its loop, by the signal */
    assert_true(child > 0);

    kill(child, SIGTERM);
    int status = status_of(child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 7);

    E_queue(raise_it, SIGTERM, NULL, AT_ONCE);
    E_handle_events();
    with_handler(SIGTERM, SIG_DFL);
    world_close(w);
}

static void close_the_rest(int code, void *data)
{
    struct event_world *w = data;
    for (int fd = w->in [PIPES - 1] + 1; fd < 64; fd++)
        close(fd); /* the wake-up among them, as far as the loop made it after the pipes */
    world_note(w, code);
}

static void the_loop_survives_an_application_that_closes_everything(void **state)
{
    (void)state;
    struct event_world *w = world_open();
    pid_t child = child_fork();
    if (child == 0) { /* a child makes its wake-up now, behind the pipes */
        with_handler(SIGUSR1, on_signal);
        E_queue(close_the_rest, 'a', w, AT_ONCE);
        E_queue(world_tick, 'b', w, (sp_time){.usec = 2000});
        world_run(w, "ab");
        E_queue(raise_it, SIGUSR1, NULL, AT_ONCE);
        E_handle_events();
        _exit(0);
    }
    assert_int_equal(status_of(child), 0);
    world_close(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(high_goes_first_medium_waits_for_it_low_has_one_a_round),
        cmocka_unit_test(all_ready_entries_of_a_level_are_served_as_attached),
        cmocka_unit_test(low_entries_take_turns_over_the_rounds),
        cmocka_unit_test(a_descriptor_at_two_priorities_is_served_at_both),
        cmocka_unit_test(an_entry_whose_input_is_left_is_called_again),
        cmocka_unit_test(a_backlog_of_high_and_medium_goes_before_the_timers),
        cmocka_unit_test(a_backlog_of_low_lets_the_timers_run_after_one_round),
        cmocka_unit_test(after_the_backlog_timers_run_in_every_round),
        cmocka_unit_test(the_loop_waits_for_the_next_timer),
        cmocka_unit_test(what_a_function_attaches_is_served_in_a_later_round),
        cmocka_unit_test(what_a_function_makes_ready_is_served_in_a_later_round),
        cmocka_unit_test(what_a_function_detaches_or_deactivates_is_not_called),
        cmocka_unit_test(an_entry_attached_anew_is_not_served_on_old_evidence),
        cmocka_unit_test(a_raised_threshold_suppresses_low_in_the_same_round),
        cmocka_unit_test(a_function_may_clear_the_loop),
        cmocka_unit_test(the_loop_returns_after_the_current_function),
        cmocka_unit_test(a_request_to_leave_has_no_effect_on_a_later_loop),
        cmocka_unit_test(a_signal_that_comes_before_the_wait_ends_it),
        cmocka_unit_test(a_signal_during_the_wait_ends_it),
        cmocka_unit_test(a_signal_handled_by_another_thread_ends_the_wait),
        cmocka_unit_test(parent_and_child_are_woken_each_by_its_own),
        cmocka_unit_test(the_loop_survives_an_application_that_closes_everything),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
